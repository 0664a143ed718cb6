-- What happened on the two sides of the same stretch of border? (Beside each other, never added.)
select
    links.us_geography_id,
    ca.month,
    ca.value as ca_interceptions,
    us.value as us_encounters
from marts.dim_border_link as links
inner join marts.fct_crossings_monthly as ca
    on ca.geography_id = links.ca_geography_id and ca.measure_id = 'ca_rcmp_interceptions'
inner join marts.fct_crossings_monthly as us
    on us.geography_id = links.us_geography_id and us.measure_id = 'us_cbp_encounters' and us.month = ca.month
where links.ca_geography_id = 'CA-QC' and links.us_geography_id = 'usbp-sector-swanton' and ca.month = '2023-01-01'
order by ca.month
