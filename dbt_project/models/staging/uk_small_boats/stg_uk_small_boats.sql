-- The Home Office's small boats workbook: one row per day and measure, and one per week for preventions.
with meaning as (

    select lookup, label, value
    from {{ source('raw', 'lookups') }}
    where source_id = 'uk_small_boats'

),

cells as (

    select
        sheet.value as sheet_kind,
        measure.value as measure_id,
        cast(workbooks.day as date) as day,
        workbooks.printed,
        workbooks._release_id as release_id,
        workbooks._sha256 as sha256,
        workbooks._locator as locator
    from {{ source('uk_small_boats', 'uk_small_boats__cells') }} as workbooks
    left join meaning as sheet
        on sheet.lookup = 'sheet' and sheet.label = workbooks.sheet
    left join meaning as measure
        on measure.lookup = 'measure' and measure.label = workbooks.column_label

),

-- The weekly sheet repeats arrivals and boats of the daily one; what it alone prints are preventions.
told_once as (

    select *
    from cells
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
        cast({{ dbt.date_trunc('month', 'day') }} as date) as month,
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
        cast({{ dbt.date_trunc('month', 'implied_days.day') }} as date) = implied_days.month
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
        'measure_id': 'measure_id',
        'cut': 'sheet_kind',
        'window_rolls': 'false',
        'is_exhaustive': "sheet_kind = 'daily'",
        'grain': "'detail'",
        'period': 'cast(extract(year from day) as integer)',
        'month': "cast(" ~ dbt.date_trunc('month', 'day') ~ " as date)",
        'geography_id': "'GB'",
        'day': 'cast(day as ' ~ dbt.type_string() ~ ')',
        'adds_to_country': "case when sheet_kind = 'daily' then 'GB' end",
        'printed': 'printed',
        'value': 'value',
        'missing_reason': "case
        when value is not null then null
        when printed is null then 'not_yet_published'
        when " ~ is_dash('printed') ~ " then 'not_collected'
        else 'parse_failed'
    end",
        'release_id': 'release_id',
        'sha256': 'sha256',
        'locator': 'locator',
    }) }}
from read
