-- How many figures are missing, and why? A missing figure is never a 0.
select measure_id, missing_reason, count(*) as months_and_places
from marts.fct_crossings_monthly
where value is null
group by measure_id, missing_reason
order by months_and_places desc, measure_id;
