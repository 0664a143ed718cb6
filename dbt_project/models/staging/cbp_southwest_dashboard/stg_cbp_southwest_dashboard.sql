-- The scraped tables of CBP's southwest border dashboard: one row per line, labels mapped, fiscal months made calendar
-- months. A line that says `all` four times is the printed total of a month; other lines with `all` are subtotals.
with meaning as (

    select lookup, label, value
    from {{ source('raw', 'lookups') }}
    where source_id = 'cbp_southwest_dashboard'

),

printed as (

    select
        *,
        {{ without_point_zero('encounter_count') }} as count_printed
    from {{ source('cbp_southwest_dashboard', 'cbp_southwest_dashboard__cells') }}

),

mapped as (

    select
        cast(fiscal_year.value as integer) as fiscal_year,
        case when lower(printed.fiscal_year_value) like '%(fytd)%' then 'open' else 'closed' end as period_state,
        cast(month_number.value as integer) as month_number,
        nullif(component.value, 'all') as component,
        nullif(citizenship.value, 'all') as citizenship,
        nullif(demographic.value, 'all') as demographic,
        nullif(authority.value, 'all') as authority,
        case when component.value = 'all' then 1 else 0 end
        + case when citizenship.value = 'all' then 1 else 0 end
        + case when demographic.value = 'all' then 1 else 0 end
        + case when authority.value = 'all' then 1 else 0 end as summed_breakdowns,
        printed.count_printed,
        {{ printed_count('printed.count_printed') }} as value,
        printed._release_id as release_id,
        printed._sha256 as sha256,
        printed._locator as locator
    from printed
    left join meaning as fiscal_year
        on fiscal_year.lookup = 'fiscal_year' and fiscal_year.label = printed.fiscal_year_value
    left join meaning as month_number
        on month_number.lookup = 'month' and month_number.label = printed.month_abbv_value
    left join meaning as component
        on component.lookup = 'component' and component.label = printed.component
    left join meaning as citizenship
        on citizenship.lookup = 'citizenship' and citizenship.label = printed.citizenship_grouping
    left join meaning as demographic
        on demographic.lookup = 'demographic' and demographic.label = printed.demographic
    left join meaning as authority
        on authority.lookup = 'authority' and authority.label = printed.title_of_authority

)

select
    {{ observation({
        'source_id': "'cbp_southwest_dashboard'",
        'measure_id': "'us_cbp_southwest_encounters_dashboard'",
        'cut': "case when mapped.summed_breakdowns in (0, 4) then 'dashboard' else 'dashboard_subtotals' end",
        'window_rolls': 'true',
        'is_exhaustive': 'false',
        'grain': "case when mapped.summed_breakdowns = 4 then 'total' else 'detail' end",
        'period': 'mapped.fiscal_year',
        'period_state': 'mapped.period_state',
        'month': fiscal_to_calendar('mapped.fiscal_year', 'mapped.month_number', 'sources.fiscal_year_start'),
        'geography_id': "'us-land-border-southwest'",
        'component': 'mapped.component',
        'citizenship': 'mapped.citizenship',
        'demographic': 'mapped.demographic',
        'authority': 'mapped.authority',
        'adds_to_place': "case when mapped.summed_breakdowns = 0 then 'us-land-border-southwest' end",
        'printed': 'mapped.count_printed',
        'value': 'mapped.value',
        'missing_reason': "case when mapped.count_printed in ('%null%', '') then 'not_listed' "
            ~ "when mapped.value is null then 'parse_failed' end",
        'release_id': 'mapped.release_id',
        'sha256': 'mapped.sha256',
        'locator': 'mapped.locator',
    }) }}
-- `%null%`, or an empty cell, is the dashboard's way to show no figure; it is no zero.
from mapped
inner join {{ source('raw', 'sources') }} as sources
    on sources.source_id = 'cbp_southwest_dashboard'
