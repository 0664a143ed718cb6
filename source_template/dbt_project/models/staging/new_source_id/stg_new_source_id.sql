-- Say: which publication; one row per line of the table, labels mapped.
with mapped as (

    select
        cast(fiscal_year.value as integer) as period,
        {{ first_of_month('fiscal_year.value', 'month.value') }} as month,
        place.value as geography_id,
        cells.printed,
        {{ printed_count('cells.printed') }} as value,
        {{ lineage('cells') }}
    from {{ source('new_source_id', 'new_source_id__cells') }} as cells
    {{ meanings('new_source_id', {
        'fiscal_year': 'cells.year_label',
        'month': 'cells.month_label',
        'place': 'cells.place',
    }) }}

)

select
    {{ observation({
        'source_id': "'new_source_id'",
        'measure_id': "'new_source_id'",
        'cut': "'table'",
        'window_rolls': 'false',
        'is_exhaustive': 'false',
        'grain': "'total'",
    }, carried=['period', 'month', 'geography_id']) }}
from mapped
