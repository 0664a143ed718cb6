-- OHSS's Monthly Tables, rounded to ten: one row per figure of the sheets that are served. What a column is about is
-- said by the title of its table, the merged head above it and its own head, each mapped to "kind:value".
with meaning as (

    select lookup, label, value
    from {{ source('raw', 'lookups') }}
    where source_id = 'ohss_monthly_tables'

),

mapped as (

    select
        table_name.value as table_name,
        title_measure.value as title_measure,
        title_place.value as title_place,
        upper_head.value as upper_head,
        own_head.value as own_head,
        {{ dbt.split_part('upper_head.value', "':'", 1) }} as upper_kind,
        {{ dbt.split_part('upper_head.value', "':'", 2) }} as upper_value,
        {{ dbt.split_part('own_head.value', "':'", 1) }} as head_kind,
        {{ dbt.split_part('own_head.value', "':'", 2) }} as head_value,
        own_head.value like 'area:%' and upper_head.value = 'component:usbp' as is_sector,
        cast(fiscal_year.value as integer) as fiscal_year,
        case when lower(cells.fiscal_year) like '%ytd%' then 'open' else 'closed' end as period_state,
        month_number.value as month_number,
        cells.printed,
        {{ printed_count('cells.printed') }} as value,
        cells._release_id as release_id,
        cells._sha256 as sha256,
        cells._locator as locator
    from {{ source('ohss_monthly_tables', 'ohss_monthly_tables__cells') }} as cells
    left join meaning as table_name
        on table_name.lookup = 'table' and table_name.label = cells.title
    left join meaning as title_measure
        on title_measure.lookup = 'measure' and title_measure.label = cells.title
    left join meaning as title_place
        on title_place.lookup = 'place' and title_place.label = cells.title
    left join meaning as fiscal_year
        on fiscal_year.lookup = 'fiscal_year' and fiscal_year.label = cells.fiscal_year
    left join meaning as month_number
        on month_number.lookup = 'month' and month_number.label = cells.month_label
    left join meaning as upper_head
        on upper_head.lookup = 'upper' and upper_head.label = cells.group_head
    left join meaning as own_head
        on own_head.lookup = 'head' and own_head.label = cells.head
    where table_name.value <> 'raw_only'

),

-- A column's own head says more than the merged head above it.
said as (

    select
        *,
        {% for kind in ['measure', 'place', 'component', 'citizenship', 'demographic', 'encounter_type'] -%}
        case when head_kind = '{{ kind }}' then head_value when upper_kind = '{{ kind }}' then upper_value end
            as said_{{ kind }}{{ ',' if not loop.last }}
        {% endfor %}
    from mapped

),

-- Sheets that break a measure down print its total again; the total is served from the one sheet that it belongs to.
served as (

    select
        *,
        case when is_sector then 'us_usbp_encounters_ohss_monthly' else coalesce(said_measure, title_measure) end
            as measure_id,
        case
            when is_sector then 'usbp-sector-' || head_value
            when head_kind = 'area' then 'ofo-office-' || head_value
            else coalesce(said_place, title_place)
        end as geography_id,
        case when not is_sector then said_component end as component,
        -- A field office is more than its land border: these are its encounters there.
        case when head_kind = 'area' and not is_sector then title_place end as region,
        said_citizenship as citizenship,
        said_demographic as demographic,
        said_encounter_type as encounter_type
    from said
    where
        own_head <> 'repeat'
        and not (upper_head = 'all' and table_name in ('book_outs_family_status', 'book_outs_citizenship'))
        and not (
            upper_head = 'all' and own_head = 'total' and table_name in (
                'swb_citizenship', 'swb_family_status', 'removals_agency', 'removals_citizenship',
                'enforcement_returns_citizenship', 'administrative_returns_citizenship'
            )
        )

),

judged as (

    select
        *,
        coalesce(component, region, citizenship, demographic, encounter_type) is not null as is_broken_down,
        case when month_number <> 'total' then cast(month_number as integer) end as month_in_year
    from served

)

select
    {{ observation({
        'source_id': "'ohss_monthly_tables'",
        'measure_id': 'judged.measure_id',
        'cut': 'judged.table_name',
        'window_rolls': 'false',
        'is_exhaustive': 'false',
        'grain': "case
        when judged.month_number = 'total' then 'period_total'
        when judged.is_broken_down then 'detail'
        else 'total'
    end",
        'period': 'judged.fiscal_year',
        'period_state': 'judged.period_state',
        'period_kind': "case when judged.month_number = 'total' then 'fiscal_year' end",
        'period_start': "case when judged.month_number = 'total' then "
            ~ fiscal_to_calendar('judged.fiscal_year', 'sources.fiscal_year_start', 'sources.fiscal_year_start')
            ~ " end",
        'month': "case when judged.month_number <> 'total' then "
            ~ fiscal_to_calendar('judged.fiscal_year', 'judged.month_in_year', 'sources.fiscal_year_start') ~ " end",
        'geography_id': 'judged.geography_id',
        'component': 'judged.component',
        'region': 'judged.region',
        'citizenship': 'judged.citizenship',
        'demographic': 'judged.demographic',
        'encounter_type': 'judged.encounter_type',
        'adds_to_region': "case
        when judged.table_name in ('swb_usbp', 'cbp_one') and judged.citizenship is not null then judged.geography_id
        when judged.table_name = 'book_outs_agency' and judged.upper_head = 'all' and judged.is_broken_down
            then judged.geography_id
    end",
        'adds_to_country': "case
        when judged.table_name = 'type_region' and judged.geography_id <> 'US' then 'US'
        when judged.table_name = 'repatriations_type' and judged.is_broken_down then 'US'
        when judged.table_name in (
            'nationwide_usbp', 'nationwide_ofo', 'chnv_beneficiaries', 'chnv_travel_authorizations', 'chnv_paroles'
        ) and judged.is_broken_down then 'US'
    end",
        'printed': 'judged.printed',
        'value': 'judged.value',
        'missing_reason': "case
        when judged.value is not null then null
        when trim(judged.printed) in ('X', 'NA') then 'not_collected'
        else 'parse_failed'
    end",
        'release_id': 'judged.release_id',
        'sha256': 'judged.sha256',
        'locator': 'judged.locator',
    }) }}
-- X says that the programme did not exist in that month, NA that nobody kept the figure: neither is a zero.
from judged
inner join {{ source('raw', 'sources') }} as sources
    on sources.source_id = 'ohss_monthly_tables'
where judged.month_number <> 'total' or not judged.is_broken_down
