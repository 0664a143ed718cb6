-- The broken-down cells that any release prints: what each of them is about.
with cells as (

    select distinct
        cell_key,
        source_id,
        measure_id,
        cut,
        grain,
        period,
        month,
        geography_id,
        {{ breakdown_columns() | join(',
        ') }}
    from {{ ref('int_printed_cells') }}
    where grain = 'detail'

)

select
    {{ cell_id() }} as cell_id,
    *,
    'published' as value_basis
from cells
