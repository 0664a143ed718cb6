-- The scraped tables of CBP's southwest border dashboard: one row per line, labels mapped, fiscal months made calendar
-- months. A line that says `all` four times is the printed total of a month; other lines with `all` are subtotals.
with lines as (

    select
        *,
        {{ without_point_zero('encounter_count') }} as printed
    from {{ source('cbp_southwest_dashboard', 'cbp_southwest_dashboard__cells') }}

),

mapped as (

    select
        cast(fiscal_year.value as integer) as period,
        {{ fiscal_year_state('lines.fiscal_year_value') }} as period_state,
        {{ month_of_fiscal_year() }} as month,
        nullif(component.value, 'all') as component,
        nullif(citizenship.value, 'all') as citizenship,
        nullif(demographic.value, 'all') as demographic,
        nullif(authority.value, 'all') as authority,
        case when component.value = 'all' then 1 else 0 end
        + case when citizenship.value = 'all' then 1 else 0 end
        + case when demographic.value = 'all' then 1 else 0 end
        + case when authority.value = 'all' then 1 else 0 end as summed_breakdowns,
        lines.printed,
        {{ printed_count('lines.printed') }} as value,
        {{ lineage('lines') }}
    from lines
    {{ meanings('cbp_southwest_dashboard', {
        'fiscal_year': 'lines.fiscal_year_value',
        'month': 'lines.month_abbv_value',
        'component': 'lines.component',
        'citizenship': 'lines.citizenship_grouping',
        'demographic': 'lines.demographic',
        'authority': 'lines.title_of_authority',
    }) }}
    {{ declaration('cbp_southwest_dashboard') }}

)

select
    {{ observation({
        'source_id': "'cbp_southwest_dashboard'",
        'measure_id': "'us_cbp_southwest_encounters_dashboard'",
        'cut': "case when summed_breakdowns in (0, 4) then 'dashboard' else 'dashboard_subtotals' end",
        'window_rolls': 'true',
        'is_exhaustive': 'false',
        'grain': "case when summed_breakdowns = 4 then 'total' else 'detail' end",
        'geography_id': "'us-land-border-southwest'",
        'adds_to_place': "case when summed_breakdowns = 0 then 'us-land-border-southwest' end",
        'missing_reason': missing_because({'not_listed': "printed in ('%null%', '')"}),
    }, carried=['period', 'period_state', 'month', 'component', 'citizenship', 'demographic', 'authority']) }}
-- `%null%`, or an empty cell, is the dashboard's way to show no figure; it is no zero.
from mapped
