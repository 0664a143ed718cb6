-- A dimension that lacks a row must take no fact out of the labelled view; and a level that held a place beside a part of
-- it would count people twice.
select facts.cell_id
from {{ ref('fct_crossings_monthly') }} as facts
left join {{ ref('crossings') }} as labelled
    on labelled.cell_id = facts.cell_id
where labelled.cell_id is null or labelled.value is distinct from facts.value

union all

select parts.cell_id
from {{ ref('crossings') }} as parts
inner join {{ ref('crossings') }} as wholes
    on wholes.measure_id = parts.measure_id
    and wholes.month = parts.month
    and wholes.geography_id = parts.parent_id
    and wholes.place_level = parts.place_level
