-- Border Patrol sectors month by month from October 1999 on: the finished document of fiscal 2000 to 2020 and, from its
-- first month on, CBP's running dataset. The two measures stand beside each other and are never summed.
{% set closed_measure = "'us_usbp_encounters_fy2000_2020'" %}
{% set running_measure = "'us_cbp_encounters'" %}
with sectors as (

    select geography_id
    from {{ ref('dim_geography') }}
    where kind = 'border_patrol_sector'

),

facts as (

    select facts.*
    from {{ ref('fct_crossings_monthly') }} as facts
    inner join sectors
        on sectors.geography_id = facts.geography_id

),

closed_series as (

    select * from facts
    where measure_id = {{ closed_measure }}

),

running_series as (

    select * from facts
    where measure_id = {{ running_measure }}

),

-- As everywhere, the newest release that covers a month speaks for it: where both cover one, the running dataset.
beside_each_other as (

    select
        coalesce(running_series.geography_id, closed_series.geography_id) as geography_id,
        coalesce(running_series.month, closed_series.month) as month,
        running_series.cell_id is not null as running_speaks,
        running_series.cell_id is not null and closed_series.cell_id is not null as is_overlap,
        closed_series.cell_id as closed_cell_id,
        running_series.cell_id as running_cell_id,
        closed_series.value as closed_value,
        closed_series.missing_reason as closed_missing_reason,
        running_series.value as running_value,
        running_series.missing_reason as running_missing_reason
    from closed_series
    full outer join running_series
        on running_series.geography_id = closed_series.geography_id
        and running_series.month = closed_series.month

),

in_order as (

    select
        *,
        lag(running_speaks) over (partition by geography_id order by month) as running_spoke_before
    from beside_each_other

),

breaks as (

    select
        *,
        (running_speaks is distinct from running_spoke_before) and running_spoke_before is not null as changes_source,
        month = cast('2020-03-01' as date) as changes_definition
    from in_order

)

select
    breaks.geography_id,
    breaks.month,
    facts.measure_id,
    facts.value,
    facts.missing_reason,
    facts.source_id,
    facts.release_id,
    facts.published_at,
    facts.published_precision,
    breaks.changes_source or breaks.changes_definition as is_break,
    case
        when breaks.changes_source then 'another source and measure speaks from this month on'
        when breaks.changes_definition then 'Title 42 expulsions are counted in from this month on'
    end as break_reason,
    breaks.is_overlap,
    breaks.closed_value,
    breaks.closed_missing_reason,
    breaks.running_value,
    breaks.running_missing_reason,
    breaks.running_value - breaks.closed_value as difference,
    -- CBP prints no row where it counted nobody, so a printed 0 in the document and no row in the dataset say the same.
    case
        when not breaks.is_overlap then null
        when breaks.running_value = breaks.closed_value then true
        when breaks.closed_value = 0 and breaks.running_missing_reason = 'not_listed' then true
        else false
    end as agrees,
    facts.sha256,
    facts.locator
from breaks
inner join facts
    on facts.cell_id = case when breaks.running_speaks then breaks.running_cell_id else breaks.closed_cell_id end
