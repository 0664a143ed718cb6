{# The states of a vintage log that were ever known at the end of a day, in the columns of the facts. What is broken down
   has no sum beside it. #}
{% macro known_states(log, breakdowns=[]) -%}
select
    log.cell_id,
    log.measure_id,
    log.month,
    log.geography_id,
    {% for column in breakdowns %}log.{{ column }},
    {% endfor -%}
    log.value,
    log.missing_reason,
    log.value_basis,
    {% if not breakdowns %}log.computed_value,
    {% endif -%}
    log.valid_from,
    log.valid_to,
    log.is_latest,
    log.release_number,
    log.lag_days,
    log.is_revision,
    log.revisions_so_far as revision_count,
    log.first_value,
    log.first_value_basis,
    log.final_on,
    log.source_id,
    log.cut,
    log.release_id,
    log.valid_from as published_at,
    releases.published_precision
from {{ log }} as log
inner join {{ ref('stg_roxham__releases') }} as releases
    on releases.release_id = log.release_id
-- Of two releases of one day only the later one was ever the known state at the end of a day.
where log.valid_to is null or log.valid_to > log.valid_from
{%- endmacro %}
