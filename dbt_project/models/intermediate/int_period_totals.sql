{{ config(schema='raw', alias='printed_totals') }}
{% set row = [
    'source_id', 'measure_id', 'cut', 'period_kind', 'period_start', 'geography_id', 'office'
] -%}
{% set total = row + [
    'period', 'adds_to_region', 'adds_to_country', 'value', 'missing_reason', 'release_id', 'sha256', 'is_printed', 'locator'
] -%}
-- Totals of a year, a fiscal year or a quarter as each release prints them, beside the months of the same row in the same file.
with printed as (
{% for model in observation_models() %}
    select {{ total | join(', ') }}
    from {{ ref(model) }}
    where grain = 'period_total'
    {{ 'union all' if not loop.last }}
{% endfor %}
),

-- How far each file prints the measure at all, whatever it says there: a year whose months it does not print yet is running.
reach as (

    select release_id, sha256, measure_id, max(month) as last_month
    from {{ ref('int_printed_cells') }}
    where (missing_reason is distinct from 'not_yet_published')
    group by release_id, sha256, measure_id

),

-- The months of the same row in the same file that lie in the period. The same choice of file as for the months: a file
-- that does not speak for its months does not speak for its year.
beside_months as (

    select
        printed.{{ total | join(', printed.') }},
        cast(sum(cells.value) as bigint) as sum_of_months,
        cast(count(cells.value) as integer) as months_with_value,
        cast(count(case when cells.missing_reason = 'suppressed' then 1 end) as integer) as months_suppressed,
        max(case when cells.value is not null or cells.missing_reason = 'suppressed' then cells.month end)
            as last_month_with_figure
    from printed
    inner join {{ ref('int_printed_cells') }} as cells
        on cells.source_id = printed.source_id
        and cells.measure_id = printed.measure_id
        and cells.cut = printed.cut
        and cells.period = printed.period
        and cells.geography_id = printed.geography_id
        and cells.office is not distinct from printed.office
        and cells.release_id = printed.release_id
        and cells.sha256 = printed.sha256
        and cells.month >= printed.period_start
        and cells.month < {{ dbt.dateadd('month', "case when printed.period_kind = 'quarter' then 3 else 12 end", 'printed.period_start') }}  -- noqa: LT05
    -- A row of a place (and office) as a whole; what is broken down further has no total of its own.
    where
        {% for column in breakdown_columns() | reject('equalto', 'office') -%}
        cells.{{ column }} is null{{ ' and ' if not loop.last }}
        {%- endfor %}
    group by printed.{{ total | join(', printed.') }}

),

ended as (

    select
        beside_months.*,
        {{ dbt.dateadd('month', "case when period_kind = 'quarter' then 2 else 11 end", 'period_start') }} as last_of_period
    from beside_months

)

select
    totals.source_id,
    totals.measure_id,
    totals.cut,
    totals.period,
    totals.period_kind,
    totals.period_start,
    totals.geography_id,
    totals.office,
    totals.adds_to_region,
    totals.adds_to_country,
    totals.value,
    totals.missing_reason,
    totals.sum_of_months,
    totals.months_with_value,
    totals.months_suppressed,
    -- The months that are there run on from the first without a hole, as they do while a year is running.
    totals.months_with_value + totals.months_suppressed
        = {{ dbt.datediff('totals.period_start', 'totals.last_month_with_figure', 'month') }} + 1  -- noqa: LT05
        as has_months_without_gap,
    totals.release_id,
    releases.release_order,
    releases.known_on,
    releases.published_precision,
    totals.period_start as covers_from,
    case
        when reach.last_month < totals.last_of_period then reach.last_month
        else cast(totals.last_of_period as date)
    end as covers_to,
    reach.last_month >= totals.last_of_period as is_complete,
    totals.sha256,
    totals.is_printed,
    totals.locator,
    row_number() over (
        partition by totals.{{ row | join(', totals.') }} order by releases.release_order desc
    ) = 1 as is_newest
from ended as totals
inner join reach
    on reach.release_id = totals.release_id
    and reach.sha256 = totals.sha256
    and reach.measure_id = totals.measure_id
inner join {{ ref('stg_roxham__releases') }} as releases
    on releases.release_id = totals.release_id
