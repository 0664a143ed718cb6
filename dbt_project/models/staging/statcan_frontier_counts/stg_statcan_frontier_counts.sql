-- Frontier counts: one row per printed cell of a line (kind of traveller), a column (length of stay) and a month.
with mapped as (

    select
        cast(cells.year as integer) as period,
        {{ first_of_month('cells.year', 'month.value') }} as month,
        place.value as geography_id,
        measure.value as measure_id,
        traveller.value as traveller,
        {{ plain_text('cells.printed') }} as printed,
        {{ printed_count('cells.printed') }} as value,
        {{ lineage('cells') }}
    from {{ source('statcan_frontier_counts', 'statcan_frontier_counts__cells') }} as cells
    {{ meanings('statcan_frontier_counts', {
        'month': 'cells.month_name',
        'place': 'cells.geography',
        'measure': 'cells.column_label',
        'traveller': 'cells.row_label',
    }) }}

)

-- Lines stand for wholes and for their parts; only the three lines right below the total add up to it.
select
    {{ observation({
        'source_id': "'statcan_frontier_counts'",
        'cut': "'frontier_table'",
        'window_rolls': 'true',
        'is_exhaustive': 'false',
        'grain': "case when traveller = 'all' then 'total' else 'detail' end",
        'demographic': "nullif(traveller, 'all')",
        'adds_to_country': "case
        when
            traveller in ('non_resident_visitors', 'canadian_residents', 'other_travellers')
            and measure_id = 'ca_frontier_travellers'
            then geography_id
    end",
        'missing_reason': missing_because({'not_applicable': "printed = '...'"}),
    }, carried=['measure_id', 'period', 'month', 'geography_id']) }}
from mapped
