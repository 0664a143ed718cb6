-- What each release says of each cell, both grains: the ground on which logs, facts and traces stand.
{{ config(materialized='view') }}

select
    cell_id, source_id, measure_id, cut, 'total' as grain, period, month, geography_id,
    {% for column in breakdown_columns() %}cast(null as {{ dbt.type_string() }}) as {{ column }}, {% endfor %}
    release_id, release_order, known_on, value, missing_reason, value_basis, computed_value, locator, sha256
from {{ ref('int_total_observations') }}

union all

select
    cell_id, source_id, measure_id, cut, 'detail' as grain, period, month, geography_id,
    {{ breakdown_columns() | join(', ') }},
    release_id, release_order, known_on, value, missing_reason, value_basis, computed_value, locator, sha256
from {{ ref('int_detail_observations') }}
