-- What was known at the end of a day, before later releases revised it?
select month, value, release_id, published_at
from marts.crossings_as_of(date '2024-01-31')
where measure_id = 'us_cbp_encounters' and geography_id = 'us-land-border-southwest'
order by month desc
limit 12;
