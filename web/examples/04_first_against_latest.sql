-- Which months moved most since they were first published?
select measure_id, geography_id, month, first_value, value, value - first_value as moved, revision_count
from marts.fct_crossings_monthly
where first_value_basis = 'observed_first' and value is distinct from first_value
order by abs(value - first_value) desc nulls last, measure_id, geography_id, month
limit 20;
