-- Since which release a period of a cut is over, and whether its source leaves it alone from then on (`closes` in its
-- YAML). Where files mark it (CBP: "2024" instead of "2024 (FYTD)"), with the first that prints all twelve months as
-- closed; else (year pages) with the first release that holds a later year's page.
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

    select source_id, cut, period, release_id, release_order, known_on, 'when_marked' as closed_by
    from per_release
    where is_closed and months = 12

    union all

    select
        earlier.source_id, earlier.cut, earlier.period,
        later.release_id, later.release_order, later.known_on, 'year_end' as closed_by
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
    ranked.source_id,
    ranked.cut,
    ranked.period,
    ranked.release_id as final_release_id,
    ranked.release_order as final_release_order,
    ranked.known_on as final_on,
    sources.closes <> 'never' as is_final
from ranked
inner join {{ source('raw', 'sources') }} as sources
    on sources.source_id = ranked.source_id
where
    ranked.rank_of_closing = 1
    and sources.closes in (ranked.closed_by, 'never')
