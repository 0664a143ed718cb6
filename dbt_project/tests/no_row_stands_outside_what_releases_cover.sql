-- A release says nothing outside the months and cut of its files: no state of the log stands where nothing covers it.
select log.cell_id, log.release_id, log.month
from {{ ref('int_vintage_log') }} as log
left join {{ coverage_of('log') }}
where coverage.release_id is null
