-- CBP's Southwest Land Border Encounters: one row per line of a file, labels mapped, fiscal months made calendar months.
with lines as (

    select
        *,
        {{ without_point_zero('encounter_count') }} as printed
    from {{ source('cbp_southwest_encounters', 'cbp_southwest_encounters__encounters') }}

),

-- Month Grouping (FYTD, Remaining) is left behind on purpose: it flips as the year goes on and is no part of the key.
mapped as (

    select
        cast(fiscal_year.value as integer) as period,
        {{ fiscal_year_state('lines.fiscal_year') }} as period_state,
        {{ month_of_fiscal_year() }} as month,
        component.value as component,
        citizenship.value as citizenship,
        demographic.value as demographic,
        authority.value as authority,
        encounter_type.value as encounter_type,
        lines.printed,
        {{ printed_count('lines.printed') }} as value,
        {{ lineage('lines') }}
    from lines
    {{ meanings('cbp_southwest_encounters', {
        'fiscal_year': 'lines.fiscal_year',
        'month': 'lines.month_abbv',
        'component': 'lines.component',
        'citizenship': 'lines.citizenship_grouping',
        'demographic': 'lines.demographic',
        'authority': 'lines.title_of_authority',
        'encounter_type': 'lines.encounter_type',
    }) }}
    {{ declaration('cbp_southwest_encounters') }}

)

select
    {{ observation({
        'source_id': "'cbp_southwest_encounters'",
        'measure_id': "'us_cbp_southwest_encounters'",
        'cut': "'southwest'",
        'window_rolls': 'true',
        'is_exhaustive': 'true',
        'grain': "'detail'",
        'geography_id': "'us-land-border-southwest'",
        'adds_to_place': "'us-land-border-southwest'",
    }, carried=[
        'period', 'period_state', 'month', 'component', 'citizenship', 'demographic', 'authority', 'encounter_type',
    ]) }}
-- A count that cannot be read is a fault of the file; where nobody was counted, CBP prints no row at all.
from mapped
