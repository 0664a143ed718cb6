-- OHSS's lists of Border Patrol encounters, rounded to ten: one row per line of the monthly sheets, and the annual
-- totals that are not broken down.
with meaning as (

    select lookup, label, value
    from {{ source('raw', 'lookups') }}
    where source_id = 'ohss_khsm_usbp_encounters'

),

mapped as (

    select
        sheet.value as sheet,
        cast(fiscal_year.value as integer) as fiscal_year,
        month_number.value as month_number,
        case when region.value <> 'all' then region.value end as region,
        case when sector.value <> 'all' then sector.value end as sector,
        case when citizenship.value <> 'all' then citizenship.value end as citizenship,
        case when family_status.value <> 'all' then family_status.value end as family_status,
        cells.printed,
        {{ printed_count('cells.printed') }} as value,
        cells._release_id as release_id,
        cells._sha256 as sha256,
        cells._locator as locator
    from {{ source('ohss_khsm_usbp_encounters', 'ohss_khsm_usbp_encounters__cells') }} as cells
    left join meaning as sheet
        on sheet.lookup = 'sheet' and sheet.label = cells.sheet
    left join meaning as fiscal_year
        on fiscal_year.lookup = 'fiscal_year' and fiscal_year.label = cells.fiscal_year
    left join meaning as month_number
        on month_number.lookup = 'month' and month_number.label = cells.month_label
    left join meaning as region
        on region.lookup = 'region' and region.label = cells.region
    left join meaning as sector
        on sector.lookup = 'sector' and sector.label = cells.sector
    left join meaning as citizenship
        on citizenship.lookup = 'citizenship' and citizenship.label = cells.citizenship
    left join meaning as family_status
        on family_status.lookup = 'family_status' and family_status.label = cells.family_status

),

-- The three lists of places are one cut: the country, its border regions and its sectors, each printed once. The
-- sheets by region and sector print the sectors a second time, and annual sheets that are broken down have no place in
-- the contract: both stay raw.
served as (

    select
        *,
        case
            when sheet in ('monthly_count', 'monthly_region', 'monthly_sector') then 'places'
            when sheet in ('annual_count', 'annual_region', 'annual_sector') then 'places'
            when sheet = 'monthly_citizenship' then 'citizenship'
            when sheet = 'monthly_family_status' then 'family_status'
            when sheet = 'monthly_region_citizenship' then 'region_citizenship'
            when sheet = 'monthly_region_family_status' then 'region_family_status'
        end as cut
    from mapped

)

select
    {{ observation({
        'source_id': "'ohss_khsm_usbp_encounters'",
        'measure_id': "'us_usbp_encounters_ohss'",
        'cut': 'served.cut',
        'window_rolls': 'false',
        'is_exhaustive': 'false',
        'grain': "case
        when served.month_number = 'year' then 'period_total'
        when served.cut = 'places' then 'total'
        else 'detail'
    end",
        'period': 'served.fiscal_year',
        'period_kind': "case when served.month_number = 'year' then 'fiscal_year' end",
        'period_start': "case when served.month_number = 'year' then "
            ~ fiscal_to_calendar('served.fiscal_year', 'sources.fiscal_year_start', 'sources.fiscal_year_start')
            ~ " end",
        'month': "case when served.month_number <> 'year' then " ~ fiscal_to_calendar(
            'served.fiscal_year',
            "cast(case when served.month_number <> 'year' then served.month_number end as integer)",
            'sources.fiscal_year_start') ~ " end",
        'geography_id': "coalesce(served.sector, served.region, 'US')",
        'citizenship': 'served.citizenship',
        'demographic': 'served.family_status',
        'adds_to_country': "case when served.sheet in ('monthly_region', 'annual_region') then 'US' end",
        'printed': 'served.printed',
        'value': 'served.value',
        'missing_reason': "case when served.value is null then 'parse_failed' end",
        'release_id': 'served.release_id',
        'sha256': 'served.sha256',
        'locator': 'served.locator',
    }) }}
-- The three regions are all there are and add up to the printed total within rounding.
from served
inner join {{ source('raw', 'sources') }} as sources
    on sources.source_id = 'ohss_khsm_usbp_encounters'
where served.cut is not null
