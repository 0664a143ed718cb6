-- How far does each source reach, and is more due?
select source_id, status, reached_month, next_expected
from marts.rpt_source_status
order by source_id
