-- What each accepted release brought: cells new, revised, appeared and vanished, and totals that moved.
with per_month as (

    select
        coverage.release_id,
        coverage.source_id,
        coverage.cut,
        coverage.window_rolls,
        coverage.month,
        coverage.release_order,
        coverage.cover_number,
        count(*) as printed_cells
    from {{ ref('int_printed_cells') }} as cells
    inner join {{ ref('int_coverage') }} as coverage
        on coverage.release_id = cells.release_id
        and coverage.measure_id = cells.measure_id
        and coverage.cut = cells.cut
        and coverage.month = cells.month
    group by
        coverage.release_id,
        coverage.source_id,
        coverage.cut,
        coverage.window_rolls,
        coverage.month,
        coverage.release_order,
        coverage.cover_number

),

cuts as (

    select
        source_id,
        cut,
        release_id,
        min(month) as first_month,
        lag(release_id) over (partition by source_id, cut order by min(release_order)) as previous_release_id
    from per_month
    group by source_id, cut, release_id

),

-- Months that the window has left behind are not withdrawn: their last figures go on being served.
left_window as (

    select
        cuts.release_id,
        count(distinct earlier.month) as months_left_window,
        sum(case when earlier.release_id is null then 0 else earlier.printed_cells end) as cells_left_window
    from cuts
    left join per_month as earlier
        on earlier.release_id = cuts.previous_release_id
        and earlier.cut = cuts.cut
        and earlier.month < cuts.first_month
        and earlier.window_rolls
    group by cuts.release_id

),

printed as (

    select
        release_id,
        sum(printed_cells) as cells_printed,
        sum(case when cover_number = 1 then printed_cells else 0 end) as cells_new,
        min(month) as first_month,
        max(month) as last_month
    from per_month
    group by release_id

),

releases as (

    select * from {{ ref('stg_roxham__releases') }}

),

revised as (

    select
        releases.release_id,
        count(case when revisions.change_kind = 'revised' then 1 end) as cells_revised,
        count(case when revisions.change_kind = 'appeared' then 1 end) as cells_appeared,
        count(case when revisions.change_kind = 'vanished' then 1 end) as cells_vanished,
        count(case when revisions.change_kind = 'reclassified' then 1 end) as cells_reclassified,
        count(case when revisions.was_final and revisions.change_kind <> 'reclassified' then 1 end)
            as cells_changed_after_final,
        count(case when revisions.tier = 'large' and revisions.change_kind <> 'reclassified' then 1 end)
            as large_changes
    from releases
    left join {{ ref('fct_revisions') }} as revisions on revisions.release_id = releases.release_id
    group by releases.release_id

),

moved as (

    select releases.release_id, count(log.cell_id) as totals_moved
    from releases
    left join {{ ref('int_vintage_log') }} as log
        on log.release_id = releases.release_id
        and log.grain = 'total'
        and log.is_revision
    group by releases.release_id

)

select
    releases.release_id,
    releases.source_id,
    releases.known_on as published_at,
    releases.published_precision,
    cast(releases.release_order as integer) as release_order,
    printed.first_month,
    printed.last_month,
    cast(printed.cells_printed as bigint) as cells_printed,
    cast(printed.cells_new as bigint) as cells_new,
    cast(revised.cells_revised as bigint) as cells_revised,
    cast(revised.cells_appeared as bigint) as cells_appeared,
    cast(revised.cells_vanished as bigint) as cells_vanished,
    cast(revised.cells_reclassified as bigint) as cells_reclassified,
    cast(left_window.cells_left_window as bigint) as cells_left_window,
    cast(left_window.months_left_window as bigint) as months_left_window,
    cast(moved.totals_moved as bigint) as totals_moved,
    cast(revised.cells_changed_after_final as bigint) as cells_changed_after_final,
    cast(revised.large_changes as bigint) as large_changes
from releases
inner join printed on printed.release_id = releases.release_id
inner join left_window on left_window.release_id = releases.release_id
inner join revised on revised.release_id = releases.release_id
inner join moved on moved.release_id = releases.release_id
