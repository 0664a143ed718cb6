-- Printed cells that are broken down further than by place and month, per release.
{{ config(materialized='view') }}

select
    cell_key,
    source_id,
    measure_id,
    cut,
    period,
    month,
    geography_id,
    {{ breakdown_columns() | join(', ') }},
    release_id,
    release_order,
    known_on,
    value,
    missing_reason,
    'published' as value_basis,
    cast(null as bigint) as computed_value,
    locator,
    sha256
from {{ ref('int_printed_cells') }}
where grain = 'detail'
