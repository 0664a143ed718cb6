-- How many encounters a day at the southwest land border in its largest month?
select facts.month, facts.value, cast(facts.value / months.days as integer) as a_day
from marts.fct_crossings_monthly as facts
inner join marts.dim_month as months on months.month = facts.month
where facts.measure_id = 'us_cbp_encounters' and facts.geography_id = 'us-land-border-southwest'
order by facts.value desc nulls last, facts.month asc
limit 1
