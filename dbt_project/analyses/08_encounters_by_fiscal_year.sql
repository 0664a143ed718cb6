-- How many encounters did CBP count nationwide in each fiscal year, and of how many months is the sum?
select months.us_fiscal_year as fiscal_year, sum(facts.value) as encounters,
    count(facts.value) as months_of_12, bool_and(facts.is_final) as is_final
from marts.fct_crossings_monthly as facts
inner join marts.dim_month as months on months.month = facts.month
where facts.measure_id = 'us_cbp_encounters' and facts.geography_id = 'US'
group by fiscal_year
order by fiscal_year
