-- The UK's daily pages of small boats: one row per printed day and figure. The day is the cut, so that a page says
-- nothing of any other day.
with meaning as (

    select lookup, label, value
    from {{ source('raw', 'lookups') }}
    where source_id = 'uk_small_boats_page'

),

cells as (

    select
        measure.value as measure_id,
        cast(pages.day as date) as day,
        pages.printed,
        {{ printed_count('pages.printed') }} as value,
        pages._release_id as release_id,
        pages._sha256 as sha256,
        pages._locator as locator
    from {{ source('uk_small_boats_page', 'uk_small_boats_page__cells') }} as pages
    left join meaning as measure
        on measure.lookup = 'measure' and measure.label = pages.column_label

)

select
    {{ observation({
        'source_id': "'uk_small_boats_page'",
        'measure_id': 'measure_id',
        'cut': 'cast(day as ' ~ dbt.type_string() ~ ')',
        'window_rolls': 'true',
        'is_exhaustive': 'false',
        'grain': "'detail'",
        'period': 'cast(extract(year from day) as integer)',
        'month': "cast(" ~ dbt.date_trunc('month', 'day') ~ " as date)",
        'geography_id': "'GB'",
        'day': 'cast(day as ' ~ dbt.type_string() ~ ')',
        'printed': 'printed',
        'value': 'value',
        'missing_reason': "case when value is null then 'parse_failed' end",
        'release_id': 'release_id',
        'sha256': 'sha256',
        'locator': 'locator',
    }) }}
from cells
