-- Every state of one figure: what was published, from when until when it stood.
select valid_from, valid_to, value, release_id
from marts.fct_crossings_monthly_vintages
where measure_id = 'us_cbp_encounters' and geography_id = 'US' and month = date '2023-10-01'
order by valid_from;
