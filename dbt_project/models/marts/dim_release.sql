-- Every release that the archive holds, served or not.
select
    release_id,
    source_id,
    published_at,
    published_precision,
    published_basis,
    published_text,
    retrieved_at,
    state,
    origin,
    cast(release_order as integer) as release_order,
    cast(rows as bigint) as printed_rows,
    first_month,
    last_month,
    decided_by,
    decision_reason
from {{ source('raw', 'releases') }}
