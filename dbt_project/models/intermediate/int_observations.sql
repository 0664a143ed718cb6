-- What each release says of each cell, both grains: the ground on which logs, facts and traces stand.
{{ config(materialized='view') }}

select
    cell_id, source_id, measure_id, cut, 'total' as grain, period, month, geography_id,
    {% for column in breakdown_columns() %}cast(null as {{ dbt.type_string() }}) as {{ column }},
    {% endfor -%}
    release_id, release_order, known_on, value, missing_reason, value_basis, computed_value, locator, sha256
from {{ ref('int_total_observations') }}

union all

select
    cells.cell_id, cells.source_id, cells.measure_id, cells.cut, cells.grain, cells.period, cells.month,
    cells.geography_id,
    {% for column in breakdown_columns() %}cells.{{ column }},
    {% endfor -%}
    observations.release_id, observations.release_order, observations.known_on, observations.value,
    observations.missing_reason, observations.value_basis, observations.computed_value, observations.locator,
    observations.sha256
from {{ ref('int_detail_observations') }} as observations
inner join {{ ref('int_cells') }} as cells
    on cells.cell_key = observations.cell_key
