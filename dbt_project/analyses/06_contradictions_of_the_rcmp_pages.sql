-- Where does the agency contradict itself about interceptions?
select kind, period_start, published_value, computed_value, difference, explanation
from marts.rpt_discrepancies
where measure_id = 'ca_rcmp_interceptions' and is_current
order by kind, period_start
