-- Both cuts of CBP's Nationwide Encounters: one row per line of a file, labels mapped, fiscal months made calendar
-- months.
with lines as (

    select
        'state' as cut,
        fiscal_year,
        month_abbv,
        cast(null as {{ dbt.type_string() }}) as component,
        land_border_region,
        state,
        cast(null as {{ dbt.type_string() }}) as area_of_responsibility,
        demographic,
        citizenship,
        title_of_authority,
        cast(null as {{ dbt.type_string() }}) as encounter_type,
        encounter_count,
        _release_id,
        _sha256,
        _locator
    from {{ source('cbp_nationwide_encounters', 'cbp_nationwide_encounters__state') }}

    union all

    select
        'aor' as cut,
        fiscal_year,
        month_abbv,
        component,
        land_border_region,
        cast(null as {{ dbt.type_string() }}) as state,
        area_of_responsibility,
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

-- Month Grouping (FYTD, Remaining) is left behind on purpose: it flips as the year goes on and is no part of the key.
mapped as (

    select
        lines.cut,
        cast(fiscal_year.value as integer) as period,
        {{ fiscal_year_state('lines.fiscal_year') }} as period_state,
        {{ month_of_fiscal_year() }} as month,
        coalesce(state.value, area.value) as geography_id,
        component.value as component,
        region.value as region,
        citizenship.value as citizenship,
        demographic.value as demographic,
        authority.value as authority,
        encounter_type.value as encounter_type,
        lines.encounter_count as printed,
        coalesce(
            {{ printed_count('lines.encounter_count') }},
            {{ printed_count(without_point_zero('lines.encounter_count')) }}
        ) as value,
        {{ lineage('lines') }}
    from lines
    {{ meanings('cbp_nationwide_encounters', {
        'fiscal_year': 'lines.fiscal_year',
        'month': 'lines.month_abbv',
        'state': 'lines.state',
        'area': 'lines.area_of_responsibility',
        'component': 'lines.component',
        'region': 'lines.land_border_region',
        'citizenship': 'lines.citizenship',
        'demographic': 'lines.demographic',
        'authority': 'lines.title_of_authority',
        'encounter_type': 'lines.encounter_type',
    }) }}
    {{ declaration('cbp_nationwide_encounters') }}

)

select
    {{ observation({
        'source_id': "'cbp_nationwide_encounters'",
        'measure_id': "'us_cbp_encounters'",
        'window_rolls': 'true',
        'is_exhaustive': 'true',
        'grain': "'detail'",
        'adds_to_place': 'geography_id',
        'adds_to_region': "case when cut = 'state' and region like 'us-land-border-%' then region end",
        'adds_to_country': "case when cut = 'state' then 'US' end",
    }, carried=[
        'cut', 'period', 'period_state', 'month', 'geography_id', 'component', 'region', 'citizenship', 'demographic',
        'authority', 'encounter_type',
    ]) }}
-- The country and its land borders are summed from the state cut only: the other cut shows the same encounters. A count
-- that cannot be read is a fault of the file; where nobody was counted, CBP prints no row at all.
from mapped
