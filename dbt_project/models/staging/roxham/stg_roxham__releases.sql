-- Accepted releases in the order in which they became known.
select
    release_id,
    source_id,
    release_order,
    published_at as known_on,
    published_precision,
    published_basis,
    origin
from {{ source('raw', 'releases') }}
where state = 'accepted'
