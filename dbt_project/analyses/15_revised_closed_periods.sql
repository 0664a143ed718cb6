-- Which releases changed figures of closed periods?
select release_id, cells_changed_after_final
from marts.rpt_release_summary
where cells_changed_after_final > 0
order by published_at, release_id
