-- The two cuts of one file: every month and region that both give, each as its newest release has it.
{{ config(materialized='view') }}

with cuts as (

    select
        cells.measure_id,
        cells.month,
        cells.region,
        cells.release_id,
        cast(sum(case when cells.cut = 'state' then cells.value end) as bigint) as state_value,
        cast(sum(case when cells.cut = 'aor' then cells.value end) as bigint) as aor_value,
        count(distinct cells.cut) as cuts
    from {{ ref('int_printed_cells') }} as cells
    inner join {{ ref('int_latest_totals') }} as facts
        on facts.measure_id = cells.measure_id
        and facts.month = cells.month
        and facts.release_id = cells.release_id
        and facts.geography_id = 'US'
    where cells.cut in ('state', 'aor')
    group by cells.measure_id, cells.month, cells.region, cells.release_id

)

select
    'state_against_aor' as pair_id,
    'state_against_aor' as kind,
    'equal' as comparison,
    month,
    case when region like 'us-land-border-%' then region else 'US' end as geography_id,
    measure_id as left_measure_id,
    measure_id as right_measure_id,
    state_value as left_value,
    aor_value as right_value,
    aor_value as right_low,
    aor_value as right_high,
    -- A cut has no row where nobody was counted.
    true as left_counted_nobody,
    true as right_counted_nobody,
    release_id as left_release_id,
    release_id as right_release_id,
    cast(null as boolean) as is_final,
    cast(null as boolean) as is_over,
    cast(0 as bigint) as tolerance,
    'Both cuts show the same encounters' as tolerance_reason,
    case when region not like 'us-land-border-%' then 'Everything outside the two land borders.' end as explanation
from cuts
where cuts = 2
