-- OHSS's Monthly Tables, rounded to ten: one row per figure of the sheets that are served. What a column is about is
-- said by the title of its table, the merged head above it and its own head, each mapped to "kind:value".
with mapped as (

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
        cast(fiscal_year.value as integer) as period,
        {{ fiscal_year_state('cells.fiscal_year') }} as period_state,
        month.value = 'total' as is_year_total,
        {{ month_of_fiscal_year(year_label='total') }} as starts_on,
        cells.printed,
        {{ printed_count('cells.printed') }} as value,
        {{ lineage('cells') }}
    from {{ source('ohss_monthly_tables', 'ohss_monthly_tables__cells') }} as cells
    {{ meanings('ohss_monthly_tables', {
        'table as table_name': 'cells.title',
        'measure as title_measure': 'cells.title',
        'place as title_place': 'cells.title',
        'fiscal_year': 'cells.fiscal_year',
        'month': 'cells.month_label',
        'upper as upper_head': 'cells.group_head',
        'head as own_head': 'cells.head',
    }) }}
    {{ declaration('ohss_monthly_tables') }}
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
        coalesce(component, region, citizenship, demographic, encounter_type) is not null as is_broken_down
    from served

)

select
    {{ observation({
        'source_id': "'ohss_monthly_tables'",
        'cut': 'table_name',
        'window_rolls': 'false',
        'is_exhaustive': 'false',
        'grain': "case when is_year_total then 'period_total' when is_broken_down then 'detail' else 'total' end",
        'period_kind': "case when is_year_total then 'fiscal_year' end",
        'period_start': 'case when is_year_total then starts_on end',
        'month': 'case when not is_year_total then starts_on end',
        'adds_to_region': "case
        when table_name in ('swb_usbp', 'cbp_one') and citizenship is not null then geography_id
        when table_name = 'book_outs_agency' and upper_head = 'all' and is_broken_down then geography_id
    end",
        'adds_to_country': "case
        when table_name = 'type_region' and geography_id <> 'US' then 'US'
        when table_name = 'repatriations_type' and is_broken_down then 'US'
        when table_name in (
            'nationwide_usbp', 'nationwide_ofo', 'chnv_beneficiaries', 'chnv_travel_authorizations', 'chnv_paroles'
        ) and is_broken_down then 'US'
    end",
        'missing_reason': missing_because({
            'not_applicable': "trim(printed) = 'X'",
            'not_collected': "trim(printed) = 'NA'",
        }),
    }, carried=[
        'measure_id', 'period', 'period_state', 'geography_id', 'component', 'region', 'citizenship', 'demographic',
        'encounter_type',
    ]) }}
-- X is "not applicable" in the agency's words, NA "not available": neither is a zero.
from judged
where not (is_year_total and is_broken_down)
