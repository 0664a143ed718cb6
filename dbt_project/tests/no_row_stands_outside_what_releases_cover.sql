-- A release says nothing outside the months and cut of its files: no state of a log stands where nothing covers it.
{% for log in [ref('int_total_log'), ref('int_detail_log')] %}
select log.cell_id, log.release_id, log.month
from {{ log }} as log
left join {{ coverage_of('log') }}
where coverage.release_id is null
{{ 'union all' if not loop.last }}
{% endfor %}
