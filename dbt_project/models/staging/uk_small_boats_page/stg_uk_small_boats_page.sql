-- The UK's daily pages of small boats: one row per printed day and figure. The day is the cut, so that a page says
-- nothing of any other day.
with mapped as (

    select
        measure.value as measure_id,
        cast(cells.day as date) as day,
        cells.printed,
        {{ printed_count('cells.printed') }} as value,
        {{ lineage('cells') }}
    from {{ source('uk_small_boats_page', 'uk_small_boats_page__cells') }} as cells
    {{ meanings('uk_small_boats_page', {'measure': 'cells.column_label'}) }}

)

select
    {{ observation({
        'source_id': "'uk_small_boats_page'",
        'cut': 'cast(day as ' ~ dbt.type_string() ~ ')',
        'window_rolls': 'true',
        'is_exhaustive': 'false',
        'grain': "'detail'",
        'period': 'cast(extract(year from day) as integer)',
        'month': month_of('day'),
        'geography_id': "'GB'",
        'day': 'cast(day as ' ~ dbt.type_string() ~ ')',
    }, carried=['measure_id']) }}
from mapped
