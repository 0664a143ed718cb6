-- Which provinces and Border Patrol sectors lie on either side of the Canada-US border, for setting them beside each other.
select
    ca_geography_id,
    us_geography_id,
    note
from {{ ref('border_links') }}
