-- Where several releases cover a month, the fact is what the newest one says, read straight from its observations.
select facts.cell_id
from {{ ref('fct_crossings_monthly') }} as facts
inner join {{ ref('int_total_observations') }} as observations
    on observations.cell_id = facts.cell_id
    and observations.release_id = facts.release_id
where
    observations.value is distinct from facts.value
    or observations.computed_value is distinct from facts.computed_value
    or (observations.missing_reason is null) is distinct from (facts.missing_reason is null)
