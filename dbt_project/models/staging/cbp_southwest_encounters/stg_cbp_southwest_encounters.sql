-- CBP's Southwest Land Border Encounters: one row per line of a file, labels mapped, fiscal months made calendar months.
with meaning as (

    select lookup, label, value
    from {{ source('raw', 'lookups') }}
    where source_id = 'cbp_southwest_encounters'

),

printed as (

    select
        *,
        {{ without_point_zero('encounter_count') }} as count_printed
    from {{ source('cbp_southwest_encounters', 'cbp_southwest_encounters__encounters') }}

),

-- Month Grouping (FYTD, Remaining) is left behind on purpose: it flips as the year goes on and is no part of the key.
mapped as (

    select
        cast(fiscal_year.value as integer) as fiscal_year,
        case when lower(printed.fiscal_year) like '%(fytd)%' then 'open' else 'closed' end as period_state,
        cast(month_number.value as integer) as month_number,
        component.value as component,
        citizenship.value as citizenship,
        demographic.value as demographic,
        authority.value as authority,
        encounter_type.value as encounter_type,
        printed.count_printed,
        {{ printed_count('printed.count_printed') }} as value,
        printed._release_id as release_id,
        printed._sha256 as sha256,
        printed._locator as locator
    from printed
    left join meaning as fiscal_year
        on fiscal_year.lookup = 'fiscal_year' and fiscal_year.label = printed.fiscal_year
    left join meaning as month_number
        on month_number.lookup = 'month' and month_number.label = printed.month_abbv
    left join meaning as component
        on component.lookup = 'component' and component.label = printed.component
    left join meaning as citizenship
        on citizenship.lookup = 'citizenship' and citizenship.label = printed.citizenship_grouping
    left join meaning as demographic
        on demographic.lookup = 'demographic' and demographic.label = printed.demographic
    left join meaning as authority
        on authority.lookup = 'authority' and authority.label = printed.title_of_authority
    left join meaning as encounter_type
        on encounter_type.lookup = 'encounter_type' and encounter_type.label = printed.encounter_type

)

select
    {{ observation({
        'source_id': "'cbp_southwest_encounters'",
        'measure_id': "'us_cbp_southwest_encounters'",
        'cut': "'southwest'",
        'window_rolls': 'true',
        'is_exhaustive': 'true',
        'grain': "'detail'",
        'period': 'mapped.fiscal_year',
        'period_state': 'mapped.period_state',
        'month': fiscal_to_calendar('mapped.fiscal_year', 'mapped.month_number', 'sources.fiscal_year_start'),
        'geography_id': "'us-land-border-southwest'",
        'component': 'mapped.component',
        'citizenship': 'mapped.citizenship',
        'demographic': 'mapped.demographic',
        'authority': 'mapped.authority',
        'encounter_type': 'mapped.encounter_type',
        'adds_to_place': "'us-land-border-southwest'",
        'printed': 'mapped.count_printed',
        'value': 'mapped.value',
        'missing_reason': "case when mapped.value is null then 'parse_failed' end",
        'release_id': 'mapped.release_id',
        'sha256': 'mapped.sha256',
        'locator': 'mapped.locator',
    }) }}
-- A count that cannot be read is a fault of the file; where nobody was counted, CBP prints no row at all.
from mapped
inner join {{ source('raw', 'sources') }} as sources
    on sources.source_id = 'cbp_southwest_encounters'
