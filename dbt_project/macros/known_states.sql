{# The states of a vintage log that were ever known at the end of a day, in the columns of the facts. What is broken down
   has no sum beside it, and may have been renamed: that changes a cell and revises nothing. #}
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
    {% if breakdowns -%}
    log.is_revision and not coalesce(renamed.is_rename, false) as is_revision,
    {{ revisions_without_renames() }} as revision_count,
    {%- else -%}
    log.is_revision,
    log.revisions_so_far as revision_count,
    {%- endif %}
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
{% if breakdowns -%}
left join {{ ref('int_renamed_states') }} as renamed
    on renamed.cell_key = log.cell_key
    and renamed.release_id = log.release_id
{% endif -%}
-- Of two releases of one day only the later one was ever the known state at the end of a day.
where log.valid_to is null or log.valid_to > log.valid_from
{%- endmacro %}

{# How often a broken-down cell was revised: a cell that never was renamed has no row in int_renamed_states. #}
{% macro revisions_without_renames() -%}
    case
        when renamed.renames_so_far is null then log.revisions_so_far
        else log.revisions_so_far - renamed.renames_so_far
    end
{%- endmacro %}
