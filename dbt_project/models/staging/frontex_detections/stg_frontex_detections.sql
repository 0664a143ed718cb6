-- Frontex's detections: one row per series (route, border type, nationality) and month, zeros as printed.
with mapped as (

    select
        cast(fiscal_year.value as integer) as period,
        {{ first_of_month('fiscal_year.value', 'month.value') }} as month,
        route.value as geography_id,
        border_type.value as region,
        citizenship.value as citizenship,
        cells.printed,
        {{ printed_count('cells.printed') }} as value,
        {{ lineage('cells') }}
    from {{ source('frontex_detections', 'frontex_detections__cells') }} as cells
    {{ meanings('frontex_detections', {
        'fiscal_year': 'cells.month_label',
        'month': 'cells.month_label',
        'route': 'cells.route',
        'border_type': 'cells.border_type',
        'citizenship': 'cells.nationality',
    }) }}

)

select
    {{ observation({
        'source_id': "'frontex_detections'",
        'measure_id': "'eu_frontex_detections'",
        'cut': "'series'",
        'window_rolls': 'false',
        'is_exhaustive': 'true',
        'grain': "'detail'",
        'adds_to_place': 'geography_id',
        'adds_to_country': "'EU'",
    }, carried=['period', 'month', 'geography_id', 'region', 'citizenship']) }}
-- The workbook prints no totals. Its rows are all there are, so the routes and the whole are sums of them.
from mapped
