-- The states of each cell, in the order of the releases that cover its month, each distinct from the one before. A release
-- that covers the month and does not print the cell is a state too, as its source means it (`not_listed`, `withdrawn`).
with states as (

    select cell_key, cover_number, value, missing_reason, computed_value
    from {{ ref('int_turning_points') }}
    where is_change

    union all

    select
        cell_key,
        cover_number + 1 as cover_number,
        cast(null as bigint) as value,
        absent_means as missing_reason,
        cast(null as bigint) as computed_value
    from {{ ref('int_turning_points') }}
    where is_followed_by_gap

),

-- A cell that is blank again after it said something was withdrawn; a blank that never said anything is still to come.
reasoned as (

    select
        cell_key,
        cover_number,
        value,
        computed_value,
        case
            when missing_reason not in ('not_yet_published', 'withdrawn') then missing_reason
            when missing_reason is null then null
            when max(case when value is not null or missing_reason in ('suppressed', 'parse_failed') then 1 end) over (
                partition by cell_key order by cover_number rows between unbounded preceding and 1 preceding
            ) is not null then 'withdrawn'
            else 'not_yet_published'
        end as missing_reason
    from states

),

compared as (

    select
        *,
        lag(cover_number) over (partition by cell_key order by cover_number) is null as is_first_state,
        lag(value) over (partition by cell_key order by cover_number) as previous_value,
        lag(missing_reason) over (partition by cell_key order by cover_number) as previous_missing_reason,
        lag(computed_value) over (partition by cell_key order by cover_number) as previous_computed_value
    from reasoned

),

changes as (

    select
        *,
        -- A first figure in place of a "not yet" is news, not a revision; nor is a new sum beside an unchanged total.
        case
            when is_first_state or previous_missing_reason = 'not_yet_published' then false
            when (value is distinct from previous_value) then true
            when (missing_reason is distinct from previous_missing_reason) then true
            else false
        end as is_revision
    from compared
    where
        is_first_state
        or value is distinct from previous_value
        or missing_reason is distinct from previous_missing_reason
        or computed_value is distinct from previous_computed_value

),

counted as (

    select
        *,
        sum(case when is_revision then 1 else 0 end) over (
            partition by cell_key order by cover_number rows between unbounded preceding and current row
        ) as revisions_so_far,
        lead(cover_number) over (partition by cell_key order by cover_number) as valid_to_cover_number,
        min(case when missing_reason is distinct from 'not_yet_published' then cover_number end) over (
            partition by cell_key
        ) as first_figure_cover_number
    from changes

)

select
    cell_key,
    cover_number,
    valid_to_cover_number,
    value,
    missing_reason,
    computed_value,
    previous_value,
    previous_missing_reason,
    is_first_state,
    is_revision,
    cast(revisions_so_far as integer) as revisions_so_far,
    first_figure_cover_number,
    max(case when cover_number = first_figure_cover_number then value end) over (partition by cell_key) as first_value
from counted
