-- How many encounters did the Border Patrol have in Swanton Sector, and of how many months is the sum?
select months.us_fiscal_year as fiscal_year, sum(facts.value) as encounters,
    count(case when facts.value is not null or facts.missing_reason = 'not_listed' then 1 end) as months_of_12
from marts.fct_crossings_monthly as facts
inner join marts.dim_month as months on months.month = facts.month
where facts.measure_id = 'us_cbp_encounters' and facts.geography_id = 'usbp-sector-swanton'
group by fiscal_year
order by fiscal_year
