-- Totals of a year, a fiscal year or a quarter as each release prints them, beside the months of the same row in the same file.
with printed as (
{% for model in var('observation_models') %}
    select {{ observation_columns() | join(', ') }}
    from {{ ref(model) }}
    where grain = 'period_total'
    {{ 'union all' if not loop.last }}
{% endfor %}
),

-- The months of the same row in the same file that lie in the period.
months as (

    select
        printed.source_id,
        printed.measure_id,
        printed.cut,
        printed.period_kind,
        printed.period_start,
        printed.geography_id,
        printed.office,
        printed.release_id,
        printed.sha256,
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
    group by
        printed.source_id, printed.measure_id, printed.cut, printed.period_kind, printed.period_start,
        printed.geography_id, printed.office, printed.release_id, printed.sha256

)

select
    printed.source_id,
    printed.measure_id,
    printed.cut,
    printed.period,
    printed.period_kind,
    printed.period_start,
    printed.geography_id,
    printed.office,
    printed.adds_to_region,
    printed.adds_to_country,
    printed.value,
    printed.missing_reason,
    months.sum_of_months,
    months.months_with_value,
    months.months_suppressed,
    -- The months that are there run on from the first without a hole, as they do while a year is running.
    months.months_with_value + months.months_suppressed
        = {{ dbt.datediff('printed.period_start', 'months.last_month_with_figure', 'month') }} + 1  -- noqa: LT05
        as has_months_without_gap,
    printed.release_id,
    releases.release_order,
    releases.known_on,
    releases.published_precision,
    printed.sha256,
    printed.locator,
    row_number() over (
        partition by printed.source_id, printed.measure_id, printed.cut, printed.period_kind, printed.period_start,
            printed.geography_id, printed.office
        order by releases.release_order desc
    ) = 1 as is_newest
from printed
inner join {{ ref('stg_roxham__releases') }} as releases
    on releases.release_id = printed.release_id
-- The same choice of file as for the months: a file that does not speak for its months does not speak for its year.
inner join months
    on months.source_id = printed.source_id
    and months.measure_id = printed.measure_id
    and months.cut = printed.cut
    and months.period_kind = printed.period_kind
    and months.period_start = printed.period_start
    and months.geography_id = printed.geography_id
    and months.office is not distinct from printed.office
    and months.release_id = printed.release_id
    and months.sha256 = printed.sha256
