-- Which printed cells stand behind a figure: the cell of the figure itself where the agency prints it, and the parts of a
-- sum. One row per figure and cell. Read by `roxham trace` and by the figures' pages, which name the figures in a relation
-- before this one: wanted (release_id, measure_id, month, geography_id).
select
    wanted.release_id, wanted.measure_id, wanted.month, wanted.geography_id,
    cells.source_id, cells.sha256, cells.locator, cells.is_printed, 'printed figure' as role
from wanted
inner join raw.printed_cells as cells
    on cells.release_id = wanted.release_id
    and cells.measure_id = wanted.measure_id
    and cells.month = wanted.month
    and cells.grain = 'total'
    and cells.geography_id = wanted.geography_id

union all

select
    wanted.release_id, wanted.measure_id, wanted.month, wanted.geography_id,
    cells.source_id, cells.sha256, cells.locator, cells.is_printed, 'part of the sum' as role
from wanted
inner join (
    select *, unnest(list_distinct([adds_to_place, adds_to_region, adds_to_country])) as adds_to
    from raw.printed_cells
    where
        release_id in (select release_id from wanted)
        and measure_id in (select measure_id from wanted)
        and month in (select month from wanted)
) as cells
    on cells.release_id = wanted.release_id
    and cells.measure_id = wanted.measure_id
    and cells.month = wanted.month
    and cells.adds_to = wanted.geography_id
    and not (cells.grain = 'total' and cells.geography_id = wanted.geography_id)
