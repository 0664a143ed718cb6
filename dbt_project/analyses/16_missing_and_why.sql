-- How many figures are missing, and why? (A missing figure is never a zero.)
select measure_id, missing_reason, count(*) as figures
from marts.fct_crossings_monthly
where value is null and measure_id in ('ca_rcmp_interceptions', 'us_cbp_encounters')
group by measure_id, missing_reason
order by measure_id, missing_reason
