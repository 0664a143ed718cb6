-- The Border Patrol document of fiscal 2000 to 2020: one row per sector, border or country and month, and one per
-- yearly total.
with mapped as (

    select
        cast(fiscal_year.value as integer) as period,
        month.value = 'total' as is_year_total,
        {{ month_of_fiscal_year(year_label='total') }} as starts_on,
        place.value as geography_id,
        -- A sector that was closed is no part of a total, which does not lack it.
        case when cells.printed != 'N/A' then part_of.value end as counted_in,
        cells.printed,
        {{ printed_count('cells.printed') }} as value,
        {{ lineage('cells') }}
    from {{ source('usbp_sector_monthly', 'usbp_sector_monthly__cells') }} as cells
    {{ meanings('usbp_sector_monthly', {
        'fiscal_year': 'cells.title',
        'month': 'cells.column_label',
        'place': 'cells.row_label',
        'part_of': 'cells.row_label',
    }) }}
    {{ declaration('usbp_sector_monthly') }}

)

select
    {{ observation({
        'source_id': "'usbp_sector_monthly'",
        'measure_id': "'us_usbp_encounters_fy2000_2020'",
        'cut': "'sector_pdf'",
        'window_rolls': 'false',
        'is_exhaustive': 'false',
        'grain': "case when is_year_total then 'period_total' else 'total' end",
        'period_state': "'closed'",
        'period_kind': "case when is_year_total then 'fiscal_year' end",
        'period_start': 'case when is_year_total then starts_on end',
        'month': 'case when not is_year_total then starts_on end',
        'adds_to_region': "case when counted_in not in ('US', 'nothing') then counted_in end",
        'adds_to_country': "case when counted_in = 'US' then 'US' end",
        'missing_reason': missing_because({'not_collected': "printed = 'N/A'"}),
    }, carried=['period', 'geography_id']) }}
-- Sectors add up to their border, the three borders to the country: a total has one set of parts.
from mapped
