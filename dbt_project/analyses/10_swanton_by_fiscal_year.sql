-- How many encounters did the Border Patrol have in Swanton Sector?
select months.us_fiscal_year as fiscal_year, sum(facts.value) as encounters
from marts.fct_crossings_monthly as facts
inner join marts.dim_month as months on months.month = facts.month
where facts.measure_id = 'us_cbp_encounters' and facts.geography_id = 'usbp-sector-swanton'
group by fiscal_year
order by fiscal_year
