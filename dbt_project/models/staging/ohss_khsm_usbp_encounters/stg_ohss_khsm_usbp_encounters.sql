-- OHSS's lists of Border Patrol encounters, rounded to ten: one row per line of the monthly sheets, and the annual
-- totals that are not broken down.
with mapped as (

    select
        sheet.value as sheet,
        cast(fiscal_year.value as integer) as period,
        month.value = 'year' as is_year_total,
        {{ month_of_fiscal_year(year_label='year') }} as starts_on,
        coalesce(nullif(sector.value, 'all'), nullif(region.value, 'all'), 'US') as geography_id,
        nullif(citizenship.value, 'all') as citizenship,
        nullif(family_status.value, 'all') as demographic,
        cells.printed,
        {{ printed_count('cells.printed') }} as value,
        {{ lineage('cells') }}
    from {{ source('ohss_khsm_usbp_encounters', 'ohss_khsm_usbp_encounters__cells') }} as cells
    {{ meanings('ohss_khsm_usbp_encounters', {
        'sheet': 'cells.sheet',
        'fiscal_year': 'cells.fiscal_year',
        'month': 'cells.month_label',
        'region': 'cells.region',
        'sector': 'cells.sector',
        'citizenship': 'cells.citizenship',
        'family_status': 'cells.family_status',
    }) }}
    {{ declaration('ohss_khsm_usbp_encounters') }}

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
        'window_rolls': 'false',
        'is_exhaustive': 'false',
        'grain': "case when is_year_total then 'period_total' when cut = 'places' then 'total' else 'detail' end",
        'period_kind': "case when is_year_total then 'fiscal_year' end",
        'period_start': 'case when is_year_total then starts_on end',
        'month': 'case when not is_year_total then starts_on end',
        'adds_to_country': "case when sheet in ('monthly_region', 'annual_region') then 'US' end",
    }, carried=['cut', 'period', 'geography_id', 'citizenship', 'demographic']) }}
-- The three regions are all there are and add up to the printed total within rounding.
from served
where cut is not null
