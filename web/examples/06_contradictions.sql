-- Where do an agency's own figures contradict each other?
select kind, measure_id, period_start, geography_id, published_value, computed_value, difference, explanation
from marts.rpt_discrepancies
where is_current
order by abs(difference) desc, measure_id, period_start;
