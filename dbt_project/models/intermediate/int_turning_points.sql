-- Where something changes in what the releases that cover a month say of a cell: its first state, every change, and the
-- last printed state before a gap. Only releases that cover a cell's month and cut are counted (`cover_number`), and each
-- cell is set beside its own neighbours only: the work is linear in printed cells, none is crossed with releases.
with printed as (

    select
        observations.cell_key,
        coverage.cover_number,
        coverage.last_cover_number,
        observations.value,
        observations.missing_reason,
        observations.computed_value,
        sources.absent_means
    from {{ ref('int_observations') }} as observations
    inner join {{ coverage_of('observations') }}
    inner join {{ source('raw', 'sources') }} as sources
        on sources.source_id = observations.source_id

),

beside_its_neighbours as (

    select
        *,
        lag(cover_number) over (partition by cell_key order by cover_number) as previous_cover_number,
        lag(value) over (partition by cell_key order by cover_number) as previous_value,
        lag(missing_reason) over (partition by cell_key order by cover_number) as previous_missing_reason,
        lag(computed_value) over (partition by cell_key order by cover_number) as previous_computed_value,
        lead(cover_number) over (partition by cell_key order by cover_number) as next_cover_number
    from printed

),

told as (

    select
        cell_key,
        cover_number,
        value,
        missing_reason,
        computed_value,
        absent_means,
        case
            when previous_cover_number is null then true
            when previous_cover_number < cover_number - 1 then true
            when (value is distinct from previous_value) then true
            when (missing_reason is distinct from previous_missing_reason) then true
            when (computed_value is distinct from previous_computed_value) then true
            else false
        end as is_change,
        case
            when next_cover_number > cover_number + 1 then true
            when next_cover_number is null and cover_number < last_cover_number then true
            else false
        end as is_followed_by_gap
    from beside_its_neighbours

)

select *
from told
where is_change or is_followed_by_gap
