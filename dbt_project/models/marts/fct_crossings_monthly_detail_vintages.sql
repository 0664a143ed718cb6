-- Every state that a broken-down cell has had, with the span of days in which it was the known one.
select
    states.cell_id,
    states.measure_id,
    states.month,
    states.geography_id,
    {% for column in breakdown_columns() %}states.{{ column }},
    {% endfor -%}
    states.value,
    states.missing_reason,
    states.value_basis,
    states.valid_from,
    states.valid_to,
    states.is_latest,
    states.release_number,
    states.lag_days,
    states.is_revision,
    states.revision_count,
    states.first_value,
    states.first_value_basis,
    states.final_on,
    states.source_id,
    states.cut,
    states.release_id,
    states.valid_from as published_at,
    states.published_precision,
    flagged.flags
from {{ ref('int_known_states') }} as states
left join {{ ref('int_flagged_figures') }} as flagged
    on flagged.cell_key = states.cell_key
    and flagged.release_id = states.release_id
where states.grain = 'detail'
