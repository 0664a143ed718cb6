-- What did CBP say about October 2023 nationwide, as known at the end of February 2024?
select value, published_at
from marts.crossings_as_of('2024-02-29')
where measure_id = 'us_cbp_encounters' and geography_id = 'US' and month = '2023-10-01'
