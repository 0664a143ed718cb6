-- Year totals as each release prints them, beside the months of the same row in the same file.
with printed as (
{% for model in var('observation_models') %}
    select {{ observation_columns() | join(', ') }}
    from {{ ref(model) }}
    where grain = 'period_total'
    {{ 'union all' if not loop.last }}
{% endfor %}
),

months as (

    select
        source_id,
        measure_id,
        cut,
        period,
        geography_id,
        office,
        release_id,
        sha256,
        cast(sum(value) as bigint) as sum_of_months,
        cast(count(value) as integer) as months_with_value,
        cast(count(case when missing_reason = 'suppressed' then 1 end) as integer) as months_suppressed,
        max(case when value is not null or missing_reason = 'suppressed' then month end) as last_month_with_figure
    from {{ ref('int_printed_cells') }}
    group by source_id, measure_id, cut, period, geography_id, office, release_id, sha256

)

select
    printed.source_id,
    printed.measure_id,
    printed.cut,
    printed.period,
    printed.geography_id,
    printed.office,
    printed.adds_to_country,
    printed.value,
    printed.missing_reason,
    months.sum_of_months,
    months.months_with_value,
    months.months_suppressed,
    -- The months that are there run on from the first without a hole, as they do while a year is running.
    months.months_with_value + months.months_suppressed = extract(month from months.last_month_with_figure)
        as has_months_without_gap,
    printed.release_id,
    releases.release_order,
    releases.known_on,
    releases.published_precision,
    printed.sha256,
    printed.locator,
    row_number() over (
        partition by printed.source_id, printed.measure_id, printed.cut, printed.period, printed.geography_id,
            printed.office
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
    and months.period = printed.period
    and months.geography_id = printed.geography_id
    and months.office is not distinct from printed.office
    and months.release_id = printed.release_id
    and months.sha256 = printed.sha256
