-- What each release says of each cell, both grains: printed cells that are broken down further, and figures of a place
-- as a whole. What a cell is about stands in int_cells.
{{ config(materialized='view') }}

select
    cell_key, 'total' as grain, source_id, measure_id, cut, month, release_id, release_order,
    value, missing_reason, value_basis, computed_value, locator
from {{ ref('int_total_observations') }}

union all

select
    cell_key, grain, source_id, measure_id, cut, month, release_id, release_order,
    value, missing_reason, 'published' as value_basis, cast(null as bigint) as computed_value, locator
from {{ ref('int_printed_cells') }}
where grain = 'detail'
