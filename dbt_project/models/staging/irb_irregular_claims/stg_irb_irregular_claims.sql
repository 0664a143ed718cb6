-- The IRB's page: one row per printed row and column of each release, all about the month with which its period ends.
with meaning as (

    select lookup, label, value
    from {{ source('raw', 'lookups') }}
    where source_id = 'irb_irregular_claims'

),

cells as (

    select
        cast(pages.period_to_year as integer) as period,
        {{ first_of_month('cast(pages.period_to_year as integer)', 'month_name.value') }} as month,
        measure.value as measure_id,
        country.value as country,
        {{ plain_text('pages.printed') }} as printed,
        {{ printed_count('pages.printed') }} as value,
        pages._release_id as release_id,
        pages._sha256 as sha256,
        pages._locator as locator
    from {{ source('irb_irregular_claims', 'irb_irregular_claims__cells') }} as pages
    left join meaning as month_name
        on month_name.lookup = 'month' and month_name.label = pages.period_to_month
    left join meaning as measure
        on measure.lookup = 'measure' and measure.label = pages.column_label
    left join meaning as country
        on country.lookup = 'country' and country.label = pages.row_label

)

-- Figures run on from the start of the series; they are kept as published, and no quarter is made of them here. The rows
-- of countries are masked so that parts need not sum, so they add to nothing; int_irb_identities holds them against
-- the row of all countries.
select
    {{ observation({
        'source_id': "'irb_irregular_claims'",
        'measure_id': 'measure_id',
        'cut': "'quarter_page'",
        'window_rolls': 'false',
        'is_exhaustive': 'false',
        'grain': "case when country = 'all' then 'total' else 'detail' end",
        'period': 'period',
        'month': 'month',
        'geography_id': "'CA'",
        'citizenship': "case when country <> 'all' then country end",
        'printed': 'printed',
        'value': 'value',
        'missing_reason': "case
        when value is not null then null
        when " ~ is_mask('printed') ~ " then 'suppressed'
        else 'parse_failed'
    end",
        'release_id': 'release_id',
        'sha256': 'sha256',
        'locator': 'locator',
    }) }}
from cells
