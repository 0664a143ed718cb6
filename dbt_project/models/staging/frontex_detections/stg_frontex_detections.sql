-- Frontex's detections: one row per series (route, border type, nationality) and month, zeros as printed.
with meaning as (

    select lookup, label, value
    from {{ source('raw', 'lookups') }}
    where source_id = 'frontex_detections'

),

mapped as (

    select
        route.value as geography_id,
        border_type.value as region,
        citizenship.value as citizenship,
        cast(calendar_year.value as integer) as calendar_year,
        {{ first_of_month('calendar_year.value', 'month_number.value') }} as month,
        cells.printed,
        {{ printed_count('cells.printed') }} as value,
        cells._release_id as release_id,
        cells._sha256 as sha256,
        cells._locator as locator
    from {{ source('frontex_detections', 'frontex_detections__cells') }} as cells
    left join meaning as route
        on route.lookup = 'route' and route.label = cells.route
    left join meaning as border_type
        on border_type.lookup = 'border_type' and border_type.label = cells.border_type
    left join meaning as citizenship
        on citizenship.lookup = 'citizenship' and citizenship.label = cells.nationality
    left join meaning as month_number
        on month_number.lookup = 'month' and month_number.label = cells.month_label
    left join meaning as calendar_year
        on calendar_year.lookup = 'fiscal_year' and calendar_year.label = cells.month_label

)

select
    {{ observation({
        'source_id': "'frontex_detections'",
        'measure_id': "'eu_frontex_detections'",
        'cut': "'series'",
        'window_rolls': 'false',
        'is_exhaustive': 'true',
        'grain': "'detail'",
        'period': 'calendar_year',
        'month': 'month',
        'geography_id': 'geography_id',
        'region': 'region',
        'citizenship': 'citizenship',
        'adds_to_place': 'geography_id',
        'adds_to_country': "'EU'",
        'printed': 'printed',
        'value': 'value',
        'missing_reason': "case when value is null then 'parse_failed' end",
        'release_id': 'release_id',
        'sha256': 'sha256',
        'locator': 'locator',
    }) }}
-- The workbook prints no totals. Its rows are all there are, so the routes and the whole are sums of them.
from mapped
