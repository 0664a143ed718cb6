-- Why do some say 4,994 and others 4,998 for January 2023?
select value as published_total, computed_value as sum_of_provinces
from marts.fct_crossings_monthly
where measure_id = 'ca_rcmp_interceptions' and geography_id = 'CA' and month = '2023-01-01'
