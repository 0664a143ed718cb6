-- How did interceptions in Canada move from March to April 2023? (Nothing is said about a cause.)
select month, value
from marts.fct_crossings_monthly
where measure_id = 'ca_rcmp_interceptions' and geography_id = 'CA' and month in ('2023-03-01', '2023-04-01')
order by month
