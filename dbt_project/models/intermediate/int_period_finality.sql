-- Since which release a period of a cut is final. Where files print it (CBP: "2024" instead of "2024 (FYTD)"), with
-- the first that prints all twelve months as closed; else (year pages) with the first release that holds a later
-- year's page.
with per_release as (

    select
        source_id,
        cut,
        period,
        release_id,
        release_order,
        known_on,
        count(distinct month) as months,
        bool_and(period_state is not distinct from 'closed') as is_closed,
        bool_and(period_state is null) as prints_no_state
    from {{ ref('int_coverage') }}
    group by source_id, cut, period, release_id, release_order, known_on

),

closings as (

    select source_id, cut, period, release_id, release_order, known_on
    from per_release
    where is_closed and months = 12

    union all

    select
        earlier.source_id, earlier.cut, earlier.period,
        later.release_id, later.release_order, later.known_on
    from (select distinct source_id, cut, period from per_release where prints_no_state) as earlier
    inner join per_release as later
        on later.source_id = earlier.source_id
        and later.cut = earlier.cut
        and later.period > earlier.period

),

ranked as (

    select
        *,
        row_number() over (
            partition by source_id, cut, period order by release_order, release_id
        ) as rank_of_closing
    from closings

)

select
    source_id,
    cut,
    period,
    release_id as final_release_id,
    release_order as final_release_order,
    known_on as final_on
from ranked
where rank_of_closing = 1
