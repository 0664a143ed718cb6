-- Citizenships encountered most at the northern land border; take one cut at a time.
select citizenship, sum(value) as encounters
from marts.fct_crossings_monthly_detail
where measure_id = 'us_cbp_encounters' and cut = 'state' and region = 'us-land-border-northern'
group by citizenship
order by encounters desc, citizenship
limit 10;
