-- The IRB's page: one row per printed row and column of each release, all about the month with which its period ends.
with mapped as (

    select
        cast(cells.period_to_year as integer) as period,
        {{ first_of_month('cast(cells.period_to_year as integer)', 'month.value') }} as month,
        measure.value as measure_id,
        country.value as country,
        {{ plain_text('cells.printed') }} as printed,
        {{ printed_count('cells.printed') }} as value,
        {{ lineage('cells') }}
    from {{ source('irb_irregular_claims', 'irb_irregular_claims__cells') }} as cells
    {{ meanings('irb_irregular_claims', {
        'month': 'cells.period_to_month',
        'measure': 'cells.column_label',
        'country': 'cells.row_label',
    }) }}

)

-- Figures run on from the start of the series; they are kept as published, and no quarter is made of them here. The rows
-- of countries are masked so that parts need not sum, so they add to nothing; int_irb_identities holds them against
-- the row of all countries.
select
    {{ observation({
        'source_id': "'irb_irregular_claims'",
        'cut': "'quarter_page'",
        'window_rolls': 'false',
        'is_exhaustive': 'false',
        'grain': "case when country = 'all' then 'total' else 'detail' end",
        'geography_id': "'CA'",
        'citizenship': "nullif(country, 'all')",
        'missing_reason': missing_because({'suppressed': is_mask('printed')}),
    }, carried=['measure_id', 'period', 'month']) }}
from mapped
