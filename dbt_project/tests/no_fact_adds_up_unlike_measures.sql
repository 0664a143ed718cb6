-- Rule 6. Each sum is made again from the cells of one comparable group; a mart that had mixed groups would differ.
with parts as (

    select cells.*, measures.comparable_group
    from {{ ref('int_printed_cells') }} as cells
    inner join {{ ref('dim_measure') }} as measures on measures.measure_id = cells.measure_id

),

placed as (

    select measure_id, comparable_group, month, release_id, cut, adds_to_place as geography_id, value
    from parts where adds_to_place is not null
    union all
    select measure_id, comparable_group, month, release_id, cut, adds_to_region as geography_id, value
    from parts where adds_to_region is not null
    union all
    select measure_id, comparable_group, month, release_id, cut, adds_to_country as geography_id, value
    from parts where adds_to_country is not null

),

sums as (

    select measure_id, month, release_id, cut, geography_id, sum(value) as value, count(distinct comparable_group) as groups
    from placed
    group by measure_id, month, release_id, cut, geography_id

)

select facts.cell_id
from {{ ref('fct_crossings_monthly') }} as facts
left join sums
    on sums.measure_id = facts.measure_id
    and sums.month = facts.month
    and sums.release_id = facts.release_id
    and sums.cut = facts.cut
    and sums.geography_id = facts.geography_id
where
    facts.computed_value is distinct from sums.value
    or sums.groups > 1
    or (facts.value_basis = 'computed' and facts.value is distinct from facts.computed_value)
