-- Both cuts of CBP's Nationwide Encounters: one row per line of a file, labels mapped, fiscal months made calendar
-- months.
with state_cut as (

    select
        'state' as cut,
        fiscal_year,
        month_abbv,
        cast(null as {{ dbt.type_string() }}) as component,
        land_border_region,
        'state' as place_lookup,
        state as place,
        demographic,
        citizenship,
        title_of_authority,
        cast(null as {{ dbt.type_string() }}) as encounter_type,
        encounter_count,
        _release_id,
        _sha256,
        _locator
    from {{ source('cbp_nationwide_encounters', 'cbp_nationwide_encounters__state') }}

),

aor_cut as (

    select
        'aor' as cut,
        fiscal_year,
        month_abbv,
        component,
        land_border_region,
        'area' as place_lookup,
        area_of_responsibility as place,
        demographic,
        citizenship,
        title_of_authority,
        encounter_type,
        encounter_count,
        _release_id,
        _sha256,
        _locator
    from {{ source('cbp_nationwide_encounters', 'cbp_nationwide_encounters__aor') }}

),

printed as (

    select * from state_cut
    union all
    select * from aor_cut

),

meaning as (

    select lookup, label, value
    from {{ source('raw', 'lookups') }}
    where source_id = 'cbp_nationwide_encounters'

),

-- Month Grouping (FYTD, Remaining) is left behind on purpose: it flips as the year goes on and is no part of the key.
mapped as (

    select
        printed.cut,
        cast(fiscal_year.value as integer) as fiscal_year,
        case when lower(printed.fiscal_year) like '%(fytd)%' then 'open' else 'closed' end as period_state,
        cast(month_number.value as integer) as month_number,
        place.value as geography_id,
        component.value as component,
        region.value as region,
        citizenship.value as citizenship,
        demographic.value as demographic,
        authority.value as authority,
        encounter_type.value as encounter_type,
        printed.encounter_count,
        {{ printed_count('printed.encounter_count') }} as value,
        printed._release_id as release_id,
        printed._sha256 as sha256,
        printed._locator as locator
    from printed
    left join meaning as fiscal_year
        on fiscal_year.lookup = 'fiscal_year' and fiscal_year.label = printed.fiscal_year
    left join meaning as month_number
        on month_number.lookup = 'month' and month_number.label = printed.month_abbv
    left join meaning as place
        on place.lookup = printed.place_lookup and place.label = printed.place
    left join meaning as component
        on component.lookup = 'component' and component.label = printed.component
    left join meaning as region
        on region.lookup = 'region' and region.label = printed.land_border_region
    left join meaning as citizenship
        on citizenship.lookup = 'citizenship' and citizenship.label = printed.citizenship
    left join meaning as demographic
        on demographic.lookup = 'demographic' and demographic.label = printed.demographic
    left join meaning as authority
        on authority.lookup = 'authority' and authority.label = printed.title_of_authority
    left join meaning as encounter_type
        on encounter_type.lookup = 'encounter_type' and encounter_type.label = printed.encounter_type

)

select
    {{ observation({
        'source_id': "'cbp_nationwide_encounters'",
        'measure_id': "'us_cbp_encounters'",
        'cut': 'mapped.cut',
        'window_rolls': 'true',
        'is_exhaustive': 'true',
        'grain': "'detail'",
        'period': 'mapped.fiscal_year',
        'period_state': 'mapped.period_state',
        'month': fiscal_to_calendar('mapped.fiscal_year', 'mapped.month_number', 'sources.fiscal_year_start'),
        'geography_id': 'mapped.geography_id',
        'component': 'mapped.component',
        'region': 'mapped.region',
        'citizenship': 'mapped.citizenship',
        'demographic': 'mapped.demographic',
        'authority': 'mapped.authority',
        'encounter_type': 'mapped.encounter_type',
        'adds_to_place': 'mapped.geography_id',
        'adds_to_region': "case when mapped.cut = 'state' and mapped.region like 'us-land-border-%' then mapped.region end",
        'adds_to_country': "case when mapped.cut = 'state' then 'US' end",
        'printed': 'mapped.encounter_count',
        'value': 'mapped.value',
        'missing_reason': "case when mapped.value is null then 'parse_failed' end",
        'release_id': 'mapped.release_id',
        'sha256': 'mapped.sha256',
        'locator': 'mapped.locator',
    }) }}
-- The country and its land borders are summed from the state cut only: the other cut shows the same encounters.
-- A count that cannot be read is a fault of the file; where nobody was counted, CBP prints no row at all.
from mapped
inner join {{ source('raw', 'sources') }} as sources
    on sources.source_id = 'cbp_nationwide_encounters'
