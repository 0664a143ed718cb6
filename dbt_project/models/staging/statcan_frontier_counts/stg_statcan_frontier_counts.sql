-- Frontier counts: one row per printed cell of a line (kind of traveller), a column (length of stay) and a month.
with meaning as (

    select lookup, label, value
    from {{ source('raw', 'lookups') }}
    where source_id = 'statcan_frontier_counts'

),

cells as (

    select
        cast(printed_cells.year as integer) as period,
        {{ first_of_month('printed_cells.year', 'month_name.value') }} as month,
        place.value as geography_id,
        measure.value as measure_id,
        traveller.value as traveller,
        {{ plain_text('printed_cells.printed') }} as printed,
        {{ printed_count('printed_cells.printed') }} as value,
        printed_cells._release_id as release_id,
        printed_cells._sha256 as sha256,
        printed_cells._locator as locator
    from {{ source('statcan_frontier_counts', 'statcan_frontier_counts__cells') }} as printed_cells
    left join meaning as month_name
        on month_name.lookup = 'month' and month_name.label = printed_cells.month_name
    left join meaning as place
        on place.lookup = 'place' and place.label = printed_cells.geography
    left join meaning as measure
        on measure.lookup = 'measure' and measure.label = printed_cells.column_label
    left join meaning as traveller
        on traveller.lookup = 'traveller' and traveller.label = printed_cells.row_label

)

-- Lines stand for wholes and for their parts; only the three lines right below the total add up to it.
select
    {{ observation({
        'source_id': "'statcan_frontier_counts'",
        'measure_id': 'measure_id',
        'cut': "'frontier_table'",
        'window_rolls': 'true',
        'is_exhaustive': 'false',
        'grain': "case when traveller = 'all' then 'total' else 'detail' end",
        'period': 'period',
        'month': 'month',
        'geography_id': 'geography_id',
        'demographic': "case when traveller <> 'all' then traveller end",
        'adds_to_country': "case
        when
            traveller in ('non_resident_visitors', 'canadian_residents', 'other_travellers')
            and measure_id = 'ca_frontier_travellers'
            then geography_id
    end",
        'printed': 'printed',
        'value': 'value',
        'missing_reason': "case
        when value is not null then null
        when printed = '...' then 'not_collected'
        else 'parse_failed'
    end",
        'release_id': 'release_id',
        'sha256': 'sha256',
        'locator': 'locator',
    }) }}
from cells
