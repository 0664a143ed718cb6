-- Which month saw most interceptions?
select month, value
from marts.fct_crossings_monthly
where measure_id = 'ca_rcmp_interceptions' and geography_id = 'CA' and value is not null
order by value desc, month asc
limit 1
