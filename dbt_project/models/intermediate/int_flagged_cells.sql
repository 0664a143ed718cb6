-- Printed cells whose figure a check of their release put in doubt, each with its flags in one text.
with flags as (

    select distinct release_id, sha256, locator, flag
    from {{ source('raw', 'flagged_cells') }}

)

select
    cells.cell_key,
    cells.grain,
    cells.source_id,
    cells.measure_id,
    cells.cut,
    cells.month,
    cells.geography_id,
    cells.adds_to_place,
    cells.adds_to_region,
    cells.adds_to_country,
    cells.release_id,
    flags.flag
from {{ ref('int_printed_cells') }} as cells
inner join flags
    on flags.release_id = cells.release_id
    and flags.sha256 = cells.sha256
    and flags.locator = cells.locator
