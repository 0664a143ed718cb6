-- Why a sum lacks a part, the gravest last: figures that were not collected then, days that a running month has still to
-- get, unread parts. A sum that lacks a part is no total, and the gravest reason is told.
{{ config(schema='raw', alias='total_observations') }}
{% set gaps = ['not_collected', 'not_yet_published', 'parse_failed'] %}

-- Figures of a place as a whole, per release: as printed where the agency prints a total, else the sum of its rows.
with sums as (
{% for target in ['adds_to_place', 'adds_to_region', 'adds_to_country'] %}
    select
        source_id,
        measure_id,
        cut,
        month,
        {{ target }} as geography_id,
        release_id,
        is_exhaustive,
        min(sha256) as sha256,
        count(value) as printed_counts,
        count(case when missing_reason = 'suppressed' then 1 end) as masked_counts,
        max(case missing_reason
            {% for gap in gaps %}when '{{ gap }}' then {{ loop.index }}
            {% endfor -%}
        end) as gap,
        cast(sum(value) as bigint) as value,
        -- A masked part is a small count and not nothing, so a sum with such parts lies between two bounds.
        {% for bound in ['least', 'most'] -%}
        cast(sum(case when missing_reason = 'suppressed' then {{ var('masked_at_' ~ bound) }} else value end) as bigint)
            as at_{{ bound }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('int_printed_cells') }}
    where {{ target }} is not null
    group by source_id, measure_id, cut, month, {{ target }}, release_id, is_exhaustive
    {{ 'union all' if not loop.last }}
{% endfor %}
),

-- Where no part prints more than 0 and some are masked, the sum is a 0 that nobody printed: then there are only the bounds.
bounded as (

    select
        sums.*,
        case when sums.masked_counts > 0 and sums.value = 0 then null else sums.value end as computed_value
    from sums
    where not sums.is_exhaustive and sums.at_least is not null

),

-- A place that a file names anywhere is stated of in every month of that file: where nobody was counted, no row is
-- printed.
named as (

    select distinct source_id, measure_id, cut, sha256, release_id, geography_id
    from sums
    where is_exhaustive

),

first_covered as (

    select
        named.source_id, named.measure_id, named.cut, named.geography_id, coverage.month,
        min(coverage.cover_number) as cover_number
    from named
    inner join {{ ref('int_coverage') }} as coverage
        on coverage.release_id = named.release_id
        and coverage.measure_id = named.measure_id
        and coverage.cut = named.cut
        and coverage.sha256 = named.sha256
    group by named.source_id, named.measure_id, named.cut, named.geography_id, coverage.month

),

computed as (

    select
        coverage.source_id,
        coverage.measure_id,
        coverage.cut,
        coverage.period,
        coverage.month,
        first_covered.geography_id,
        coverage.release_id,
        coverage.release_order,
        coverage.known_on,
        case when sums.gap is null then sums.value end as value,
        case
            when sums.release_id is null then 'not_listed'
            {% for gap in gaps %}when sums.gap = {{ loop.index }} then '{{ gap }}'
            {% endfor -%}
        end as missing_reason,
        'computed' as value_basis,
        case when sums.gap is null then sums.value end as computed_value,
        case when sums.gap is null then sums.value end as computed_low,
        case when sums.gap is null then sums.value end as computed_high,
        case
            when sums.release_id is null then 'no row printed'
            else 'sum of ' || cast(sums.printed_counts as {{ dbt.type_string() }}) || ' printed counts'
        end as locator,
        coverage.sha256
    from first_covered
    inner join {{ ref('int_coverage') }} as coverage
        on coverage.source_id = first_covered.source_id
        and coverage.measure_id = first_covered.measure_id
        and coverage.cut = first_covered.cut
        and coverage.month = first_covered.month
        and coverage.cover_number >= first_covered.cover_number
    left join sums
        on sums.release_id = coverage.release_id
        and sums.measure_id = coverage.measure_id
        and sums.cut = coverage.cut
        and sums.month = coverage.month
        and sums.geography_id = first_covered.geography_id

),

printed as (

    select
        cells.source_id,
        cells.measure_id,
        cells.cut,
        cells.period,
        cells.month,
        cells.geography_id,
        cells.release_id,
        cells.release_order,
        cells.known_on,
        cells.value,
        cells.missing_reason,
        'published' as value_basis,
        bounded.computed_value,
        bounded.at_least as computed_low,
        bounded.at_most as computed_high,
        cells.locator,
        cells.sha256
    from {{ ref('int_printed_cells') }} as cells
    left join bounded
        on bounded.release_id = cells.release_id
        and bounded.measure_id = cells.measure_id
        and bounded.cut = cells.cut
        and bounded.month = cells.month
        and bounded.geography_id = cells.geography_id
    where cells.grain = 'total'

),

-- A place that the cut names in other months, and no release in this one: the releases that cover the month print no row
-- for it, and that is said. No column names it that could have been withdrawn.
series as (

    select distinct source_id, measure_id, cut, geography_id, 'computed' as value_basis
    from named
    union all
    select distinct source_id, measure_id, cut, geography_id, value_basis
    from printed

),

covered as (

    select source_id, measure_id, cut, geography_id, month from first_covered
    union
    select source_id, measure_id, cut, geography_id, month from printed

),

never_listed as (

    select
        coverage.source_id,
        coverage.measure_id,
        coverage.cut,
        coverage.period,
        coverage.month,
        series.geography_id,
        coverage.release_id,
        coverage.release_order,
        coverage.known_on,
        cast(null as bigint) as value,
        'not_listed' as missing_reason,
        series.value_basis,
        -- A page can print the parts without their total.
        bounded.computed_value,
        bounded.at_least as computed_low,
        bounded.at_most as computed_high,
        'no row printed' as locator,
        coverage.sha256
    from series
    inner join {{ ref('int_coverage') }} as coverage
        on coverage.source_id = series.source_id
        and coverage.measure_id = series.measure_id
        and coverage.cut = series.cut
    left join covered
        on covered.source_id = series.source_id
        and covered.measure_id = series.measure_id
        and covered.cut = series.cut
        and covered.geography_id = series.geography_id
        and covered.month = coverage.month
    left join bounded
        on bounded.release_id = coverage.release_id
        and bounded.measure_id = coverage.measure_id
        and bounded.cut = coverage.cut
        and bounded.month = coverage.month
        and bounded.geography_id = series.geography_id
    where coverage.has_figures and covered.month is null

),

observations as (

    select * from computed
    union all
    select * from printed
    union all
    select * from never_listed

)

select
    {{ short_key(cell_id(grain="'total'", breakdowns=false)) }} as cell_key,
    {{ cell_id(grain="'total'", breakdowns=false) }} as cell_id,
    *
from observations
