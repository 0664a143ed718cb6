-- How far each table of each measure reaches in our archive, beside how far the source has been seen to reach. A source may
-- be fresh while one of its tables ended years ago.
with days as (

    select distinct day
    from {{ ref('int_cells') }}
    where day is not null

),

covered as (

    select
        coverage.source_id, coverage.measure_id, coverage.cut, coverage.month,
        max(coverage.release_order) as release_order
    from {{ ref('int_coverage') }} as coverage
    left join days
        on days.day = coverage.cut
    -- Each day of a daily page is a cut of its own, which is whole.
    where coverage.has_figures and days.day is null
    group by coverage.source_id, coverage.measure_id, coverage.cut, coverage.month

),

cuts as (

    select
        source_id,
        measure_id,
        cut,
        min(month) as first_month,
        max(month) as reached_month,
        cast(count(*) as integer) as months_held,
        max(release_order) as release_order
    from covered
    group by source_id, measure_id, cut

),

months as (

    select distinct source_id, measure_id, month
    from covered

),

counted as (

    select
        cuts.source_id,
        cuts.measure_id,
        cuts.cut,
        cuts.first_month,
        cuts.reached_month,
        cuts.months_held,
        cuts.release_order,
        max(months.month) as measure_reached_month,
        cast(count(*) as integer) - cuts.months_held as months_not_held
    from cuts
    inner join months
        on months.source_id = cuts.source_id
        and months.measure_id = cuts.measure_id
        and months.month >= cuts.first_month
    group by
        cuts.source_id, cuts.measure_id, cuts.cut, cuts.first_month, cuts.reached_month, cuts.months_held,
        cuts.release_order

)

select
    counted.source_id,
    counted.measure_id,
    counted.cut,
    counted.first_month,
    counted.reached_month,
    counted.measure_reached_month,
    counted.months_held,
    counted.months_not_held,
    counted.reached_month < counted.measure_reached_month as ends_before_measure,
    releases.release_id,
    releases.known_on as published_at,
    releases.published_precision
from counted
inner join {{ ref('stg_roxham__releases') }} as releases
    on releases.source_id = counted.source_id
    and releases.release_order = counted.release_order
