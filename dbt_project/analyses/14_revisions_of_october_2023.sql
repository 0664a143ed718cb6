-- How often was that figure revised, and from what to what?
select valid_from, value
from marts.fct_crossings_monthly_vintages
where measure_id = 'us_cbp_encounters' and geography_id = 'US' and month = '2023-10-01'
order by valid_from
