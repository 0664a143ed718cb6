-- The places that figures are about.
select
    geography_id,
    name_en,
    name_fr,
    kind,
    iso,
    parent_id,
    country_id
from {{ ref('geography') }}
