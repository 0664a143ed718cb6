-- States of broken-down cells whose count is, or was before, only told under another name, as int_revisions recognises it:
-- what the log counts as revisions and the marts do not.
with renames as (

    select cell_id, release_id, published_at
    from {{ ref('int_revisions') }}
    where
        change_kind = 'reclassified'
        and grain = 'detail'
        -- The other half of a rename may be a cell's first state, which is no revision of anything.
        and (from_value is not null or from_missing_reason is not null)

)

select
    log.cell_key,
    log.release_id,
    cast(count(*) as integer) as renames_so_far,
    count(case when renames.release_id = log.release_id then 1 end) > 0 as is_rename
from {{ ref('int_vintage_log') }} as log
inner join renames
    on renames.cell_id = log.cell_id
    and renames.published_at <= log.valid_from
group by log.cell_key, log.release_id
