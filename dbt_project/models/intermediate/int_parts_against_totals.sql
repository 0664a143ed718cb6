{% set part_name = "geography_id || coalesce('/' || office, '') || coalesce('/' || encounter_type, '')" -%}
-- Printed totals that their printed parts do not add up to: month by month, and in the column of year totals.
with cells as (

    select
        source_id, measure_id, cut, period, 'month' as period_kind, month as period_start,
        geography_id, office, encounter_type, grain, adds_to_region, adds_to_country, value, missing_reason,
        release_id, release_order, locator
    from {{ ref('int_printed_cells') }}
    where not is_exhaustive

    union all

    select
        source_id, measure_id, cut, period, period_kind, period_start,
        geography_id, office, cast(null as {{ dbt.type_string() }}) as encounter_type,
        case when office is null then 'total' else 'detail' end as grain,
        adds_to_region, adds_to_country, value, missing_reason,
        release_id, release_order, locator
    from {{ ref('int_period_totals') }}

),

-- A cell can be a part of its region's total, of its country's, or of both.
parts_of_totals as (
{% for target in ['adds_to_region', 'adds_to_country'] %}
    select
        release_id, measure_id, cut, period, period_kind, period_start, {{ target }} as part_of,
        {{ part_name }} as part_name, value, missing_reason
    from cells
    where {{ target }} is not null
    {{ 'union all' if not loop.last }}
{% endfor %}
),

parts as (

    select
        release_id, measure_id, cut, period_kind, period_start, part_of as geography_id,
        cast(sum(value) as bigint) as value,
        count(value) as parts_with_value,
        count(case when value is not null or missing_reason = 'suppressed' then 1 end) as parts_with_figures,
        count(case when missing_reason = 'suppressed' then 1 end) as parts_suppressed
    from parts_of_totals
    group by release_id, measure_id, cut, period_kind, period_start, part_of

),

-- Every part of that total that any release prints in the period. A page that lacks some of them says less than its
-- total, and does not contradict it.
known_parts as (

    select measure_id, cut, period, part_of as geography_id, count(distinct part_name) as parts
    from parts_of_totals
    group by measure_id, cut, period, part_of

),

compared as (

    select
        totals.*,
        parts.value as computed_value,
        parts.parts_with_figures = known_parts.parts as has_every_part,
        {{ rounding_tolerance('measures.rounded_to', 'parts.parts_with_value', 'parts.parts_suppressed') }} as tolerance
    from cells as totals
    inner join parts
        on parts.release_id = totals.release_id
        and parts.measure_id = totals.measure_id
        and parts.cut = totals.cut
        and parts.period_kind = totals.period_kind
        and parts.period_start = totals.period_start
        and parts.geography_id = totals.geography_id
    inner join known_parts
        on known_parts.measure_id = totals.measure_id
        and known_parts.cut = totals.cut
        and known_parts.period = totals.period
        and known_parts.geography_id = totals.geography_id
    inner join {{ source('raw', 'measures') }} as measures
        on measures.measure_id = totals.measure_id
    where totals.grain = 'total'

)

select
    {{ contradiction({
        'kind': "case when period_kind = 'month' then 'parts_against_total' else 'parts_against_year_total' end",
        'published_value': 'value',
    }, without=['breakdown']) }}
from compared
where
    (has_every_part and value - computed_value > tolerance)
    or computed_value - value > tolerance
