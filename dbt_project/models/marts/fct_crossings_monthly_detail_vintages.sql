-- Every state that a broken-down cell has had, with the span of days in which it was the known one.
select
    cell_id,
    measure_id,
    month,
    geography_id,
    {% for column in breakdown_columns() %}{{ column }},
    {% endfor -%}
    value,
    missing_reason,
    value_basis,
    valid_from,
    valid_to,
    is_latest,
    release_number,
    lag_days,
    is_revision,
    revision_count,
    first_value,
    first_value_basis,
    final_on,
    source_id,
    cut,
    release_id,
    valid_from as published_at,
    published_precision
from {{ ref('int_known_states') }}
where grain = 'detail'
