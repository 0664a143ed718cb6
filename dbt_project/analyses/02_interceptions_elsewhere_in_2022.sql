-- And how many in the rest of Canada?
select sum(case when geography_id = 'CA' then value else -value end) as elsewhere
from marts.fct_crossings_monthly
where measure_id = 'ca_rcmp_interceptions'
    and geography_id in ('CA', 'CA-QC')
    and month between '2022-01-01' and '2022-12-01'
