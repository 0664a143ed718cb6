-- The Border Patrol document of fiscal 2000 to 2020: one row per sector, border or country and month, and one per
-- yearly total.
with meaning as (

    select lookup, label, value
    from {{ source('raw', 'lookups') }}
    where source_id = 'usbp_sector_monthly'

),

cells as (

    select
        cast(fiscal_year.value as integer) as fiscal_year,
        month_name.value as month_name,
        place.value as geography_id,
        part_of.value as part_of,
        printed.printed,
        {{ printed_count('printed.printed') }} as value,
        printed._release_id as release_id,
        printed._sha256 as sha256,
        printed._locator as locator
    from {{ source('usbp_sector_monthly', 'usbp_sector_monthly__cells') }} as printed
    left join meaning as fiscal_year
        on fiscal_year.lookup = 'fiscal_year' and fiscal_year.label = printed.title
    left join meaning as month_name
        on month_name.lookup = 'month' and month_name.label = printed.column_label
    left join meaning as place
        on place.lookup = 'place' and place.label = printed.row_label
    left join meaning as part_of
        on part_of.lookup = 'part_of' and part_of.label = printed.row_label

),

dated as (

    select
        cells.*,
        cells.month_name = 'total' as is_year_total,
        case
            when cells.month_name != 'total'
                then {{ fiscal_to_calendar(
                    'cells.fiscal_year', 'cast(cells.month_name as integer)', 'sources.fiscal_year_start'
                ) }}
        end as month,
        {{ fiscal_to_calendar('cells.fiscal_year', 'sources.fiscal_year_start', 'sources.fiscal_year_start') }}
            as first_month,
        -- A sector that was closed is no part of a total, which does not lack it.
        case when cells.printed != 'N/A' then cells.part_of end as counted_in
    from cells
    inner join {{ source('raw', 'sources') }} as sources
        on sources.source_id = 'usbp_sector_monthly'

)

select
    {{ observation({
        'source_id': "'usbp_sector_monthly'",
        'measure_id': "'us_usbp_encounters_fy2000_2020'",
        'cut': "'sector_pdf'",
        'window_rolls': 'false',
        'is_exhaustive': 'false',
        'grain': "case when is_year_total then 'period_total' else 'total' end",
        'period': 'fiscal_year',
        'period_state': "'closed'",
        'period_kind': "case when is_year_total then 'fiscal_year' end",
        'period_start': 'case when is_year_total then first_month end',
        'month': 'month',
        'geography_id': 'geography_id',
        'adds_to_region': "case when counted_in not in ('US', 'nothing') then counted_in end",
        'adds_to_country': "case when counted_in = 'US' then 'US' end",
        'printed': 'printed',
        'value': 'value',
        'missing_reason': "case
        when value is not null then null
        when printed = 'N/A' then 'not_collected'
        else 'parse_failed'
    end",
        'release_id': 'release_id',
        'sha256': 'sha256',
        'locator': 'locator',
    }) }}
-- Sectors add up to their border, the three borders to the country: a total has one set of parts.
from dated
