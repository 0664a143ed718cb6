-- Rule 6. Each sum is made again from the cells of one comparable group; a mart that had mixed groups would differ.
with covering as (

    select distinct measure_id, cut, month, release_id
    from {{ ref('fct_crossings_monthly') }}

),

parts as (
{% for target in ['adds_to_place', 'adds_to_region', 'adds_to_country'] %}
    select
        cells.month,
        cells.cut,
        cells.release_id,
        cells.{{ target }} as geography_id,
        measures.comparable_group,
        cells.measure_id,
        sum(cells.value) as value,
        count(case when cells.missing_reason = 'suppressed' then 1 end) as masked_counts,
        max(case
            when cells.missing_reason in ('not_yet_published', 'not_collected', 'parse_failed') then 1
        end) is not null as lacks_a_part
    from {{ ref('int_printed_cells') }} as cells
    inner join covering
        on covering.release_id = cells.release_id
        and covering.measure_id = cells.measure_id
        and covering.cut = cells.cut
        and covering.month = cells.month
    inner join {{ ref('dim_measure') }} as measures
        on measures.measure_id = cells.measure_id
    where cells.{{ target }} is not null
    group by cells.month, cells.cut, cells.release_id, cells.{{ target }}, measures.comparable_group, cells.measure_id
    {{ 'union all' if not loop.last }}
{% endfor %}
)

select facts.cell_id
from {{ ref('fct_crossings_monthly') }} as facts
inner join {{ ref('dim_measure') }} as measures
    on measures.measure_id = facts.measure_id
left join parts
    on parts.measure_id = facts.measure_id
    and parts.comparable_group = measures.comparable_group
    and parts.month = facts.month
    and parts.release_id = facts.release_id
    and parts.cut = facts.cut
    and parts.geography_id = facts.geography_id
where
    (
        facts.computed_value is distinct from parts.value
        -- A sum that lacks a part is not served.
        and not (facts.value_basis = 'computed' and facts.computed_value is null and parts.lacks_a_part)
        -- Nor is the 0 that masked parts add up to beside a printed total: they have bounds alone.
        and not (
            facts.value_basis = 'published' and facts.computed_value is null and parts.value = 0
            and parts.masked_counts > 0
        )
    )
    or (facts.value_basis = 'computed' and facts.value is distinct from facts.computed_value)
