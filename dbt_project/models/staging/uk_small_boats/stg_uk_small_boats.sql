-- The Home Office's small boats workbook: one row per day and measure, and one per week for preventions.
with mapped as (

    select
        sheet.value as sheet_kind,
        measure.value as measure_id,
        cast(cells.day as date) as day,
        cells.printed,
        {{ lineage('cells') }}
    from {{ source('uk_small_boats', 'uk_small_boats__cells') }} as cells
    {{ meanings('uk_small_boats', {'sheet': 'cells.sheet', 'measure': 'cells.column_label'}) }}

),

-- The weekly sheet repeats arrivals and boats of the daily one; what it alone prints are preventions.
told_once as (

    select *
    from mapped
    where
        sheet_kind = 'daily'
        or measure_id in ('uk_small_boat_migrants_prevented', 'uk_small_boat_events_prevented')

),

months_printed as (

    select distinct
        sheet_kind,
        measure_id,
        release_id,
        sha256,
        {{ month_of('day') }} as month,
        min(day) over (partition by sheet_kind, measure_id, release_id, sha256) as first_day
    from told_once

),

days_of_a_month as (

    select generated_number as day_number
    from ({{ dbt.generate_series(31) }}) as numbers

),

implied_days as (

    select
        months_printed.*,
        cast({{ dbt.dateadd('day', 'days_of_a_month.day_number - 1', 'months_printed.month') }} as date) as day
    from months_printed
    cross join days_of_a_month

),

-- A month that the file has begun implies its days, and the days on which its weeks end; what is not there yet has no
-- cell. Without it the month has no sum: the days of a month that is not over are never shown as the month.
begun_months as (

    select
        implied_days.sheet_kind,
        implied_days.measure_id,
        implied_days.day,
        told_once.printed,
        told_once.locator is not null as is_printed,
        implied_days.release_id,
        implied_days.sha256,
        coalesce(
            told_once.locator,
            case implied_days.sheet_kind when 'daily' then 'SB_01' else 'SB_02' end
            || ' · no row for the day ' || cast(implied_days.day as {{ dbt.type_string() }})
        ) as locator
    from implied_days
    left join told_once
        on told_once.sheet_kind = implied_days.sheet_kind
        and told_once.measure_id = implied_days.measure_id
        and told_once.day = implied_days.day
        and told_once.release_id = implied_days.release_id
        and told_once.sha256 = implied_days.sha256
    where
        {{ month_of('implied_days.day') }} = implied_days.month
        and (
            implied_days.sheet_kind = 'daily'
            or {{ dbt.datediff('implied_days.first_day', 'implied_days.day', 'day') }} % 7 = 0  -- noqa: LT05
        )

),

read as (

    select
        *,
        {{ printed_count('printed') }} as value
    from begun_months

)

select
    {{ observation({
        'source_id': "'uk_small_boats'",
        'cut': 'sheet_kind',
        'window_rolls': 'false',
        'is_exhaustive': "sheet_kind = 'daily'",
        'grain': "'detail'",
        'period': 'cast(extract(year from day) as integer)',
        'month': month_of('day'),
        'geography_id': "'GB'",
        'day': 'cast(day as ' ~ dbt.type_string() ~ ')',
        'adds_to_country': "case when sheet_kind = 'daily' then 'GB' end",
        'missing_reason': missing_because({
            'not_yet_published': 'printed is null',
            'not_collected': is_dash('printed'),
        }),
    }, carried=['measure_id', 'is_printed']) }}
from read
