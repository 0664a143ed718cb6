-- The first release held that has figures of a month, and whether it was seen to be the first there was: the month is
-- the newest of its file, and an earlier release of that cut had reached the reference month before it.
with numbered as (

    select
        *,
        row_number() over (partition by source_id, measure_id, cut, month order by release_order) as figure_number
    from {{ ref('int_coverage') }}
    where has_figures

),

first_held as (

    select * from numbered
    where figure_number = 1

)

select
    first_held.source_id,
    first_held.measure_id,
    first_held.cut,
    first_held.month,
    first_held.release_id,
    case
        when first_held.is_newest_month_of_file and before.release_order < first_held.release_order
            then 'observed_first'
        else 'archive_starts_later'
    end as first_value_basis
from first_held
inner join {{ source('raw', 'sources') }} as sources
    on sources.source_id = first_held.source_id
left join first_held as before
    on before.source_id = first_held.source_id
    and before.measure_id = first_held.measure_id
    and before.cut = first_held.cut
    and before.month = {{ dbt.dateadd('month', '-sources.reference_step_months', 'first_held.month') }}
