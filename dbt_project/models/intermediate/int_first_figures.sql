-- The first release held that has figures of a month, and whether it was seen to be the first there was: the month
-- is the newest of its file, and an earlier release, of the same or the preceding period of that cut, did not carry it.
with numbered as (

    select
        *,
        row_number() over (partition by source_id, measure_id, cut, month order by release_order) as figure_number
    from {{ ref('int_coverage') }}
    where has_figures

),

periods_held as (

    select source_id, measure_id, cut, period, min(release_order) as first_release_order
    from numbered
    group by source_id, measure_id, cut, period

)

select
    numbered.source_id,
    numbered.measure_id,
    numbered.cut,
    numbered.month,
    numbered.release_id,
    case
        when numbered.is_newest_month_of_file and min(periods_held.first_release_order) < numbered.release_order
            then 'observed_first'
        else 'archive_starts_later'
    end as first_value_basis
from numbered
left join periods_held
    on periods_held.source_id = numbered.source_id
    and periods_held.measure_id = numbered.measure_id
    and periods_held.cut = numbered.cut
    and periods_held.period between numbered.period - 1 and numbered.period
where numbered.figure_number = 1
group by
    numbered.source_id,
    numbered.measure_id,
    numbered.cut,
    numbered.month,
    numbered.release_id,
    numbered.release_order,
    numbered.is_newest_month_of_file
