-- The figures that each press claim asks for, month by month and place by place, as known on the day it was printed and
-- now; for claims of a record also the same months of other years.
with asked as (

    select
        claims.*,
        'when_printed' as asked,
        cast(claims.printed_on as date) as asked_on,
        cast(claims.printed_on as date) as known_by
    from {{ ref('press_claims') }} as claims

    union all

    select
        claims.*,
        'now' as asked,
        cast(clock.value as date) as asked_on,
        cast('9999-12-31' as date) as known_by
    from {{ ref('press_claims') }} as claims
    cross join {{ source('raw', 'build') }} as clock
    where clock.key = 'as_of'

),

shifts as (

    select generated_number - 41 as years_apart
    from ({{ dbt.generate_series(81) }}) as numbers

),

-- Years apart 0 is what the claim is about; the others are what a record is measured against.
windows as (

    select
        asked.*,
        shifts.years_apart,
        cast({{ dbt.dateadd('month', '12 * shifts.years_apart', 'asked.period_start') }} as date) as window_start,
        cast({{ dbt.dateadd('month', '12 * shifts.years_apart', 'asked.period_end') }} as date) as window_end
    from asked
    cross join shifts
    where
        shifts.years_apart = 0
        or (
            asked.rule = 'record'
            and cast({{ dbt.dateadd('month', '12 * shifts.years_apart', 'asked.period_start') }} as date)
            >= asked.compare_from
            and cast({{ dbt.dateadd('month', '12 * shifts.years_apart', 'asked.period_end') }} as date)
            <= asked.compare_to
        )

),

places as (

    select claim_id, 'figure' as side, place as geography_id, 1 as sign
    from {{ ref('press_claims') }}
    where members = 'itself'

    union all

    select claims.claim_id, 'figure' as side, sectors.geography_id, 1 as sign
    from {{ ref('press_claims') }} as claims
    inner join {{ ref('geography') }} as sectors
        on sectors.parent_id = claims.place
        and sectors.kind = 'border_patrol_sector'
    where claims.members = 'sectors'

    union all

    select claim_id, 'figure' as side, minus_place as geography_id, -1 as sign
    from {{ ref('press_claims') }}
    where minus_place is not null

    union all

    select claim_id, 'limit' as side, limit_place as geography_id, 1 as sign
    from {{ ref('press_claims') }}
    where limit_place is not null

),

months as (

    select
        windows.claim_id,
        windows.asked,
        windows.asked_on,
        windows.known_by,
        windows.measure_id,
        windows.earlier_measure_id,
        windows.years_apart,
        places.side,
        places.geography_id,
        places.sign,
        calendar.month,
        calendar.days
    from windows
    inner join places
        on places.claim_id = windows.claim_id
    inner join {{ ref('int_months') }} as calendar
        on calendar.month between windows.window_start and windows.window_end

)

-- Where the measure has no row for the month, the series before its break may have one.
select
    months.claim_id,
    months.asked,
    months.asked_on,
    months.years_apart,
    months.side,
    months.geography_id,
    months.sign,
    months.month,
    months.days,
    coalesce(figures.cell_id, earlier.cell_id) as cell_id,
    case when figures.cell_id is null then earlier.measure_id else figures.measure_id end as measure_id,
    case when figures.cell_id is null then earlier.value else figures.value end as value,
    case
        when figures.cell_id is not null then figures.missing_reason
        when earlier.cell_id is not null then earlier.missing_reason
        else 'not_held'
    end as missing_reason,
    case when figures.cell_id is null then earlier.release_id else figures.release_id end as release_id
from months
{% for name, measure_id in {'figures': 'measure_id', 'earlier': 'earlier_measure_id'}.items() -%}
left join {{ ref('int_vintage_log') }} as {{ name }}
    on {{ name }}.grain = 'total'
    and {{ name }}.measure_id = months.{{ measure_id }}
    and {{ name }}.geography_id = months.geography_id
    and {{ name }}.month = months.month
    and {{ name }}.valid_from <= months.known_by
    and ({{ name }}.valid_to is null or {{ name }}.valid_to > months.known_by)
{% endfor %}
