-- The newsroom page's apprehensions: one row per country or border and month as a whole, and one each for the two kinds.
with mapped as (

    select
        {{ first_of_month('fiscal_year.value', 'month.value') }} as month,
        place.value as geography_id,
        kind.value as kind,
        cells.printed,
        {{ printed_count('cells.printed') }} as counted,
        {{ lineage('cells') }}
    from {{ source('usbp_apprehensions_page', 'usbp_apprehensions_page__cells') }} as cells
    {{ meanings('usbp_apprehensions_page', {
        'fiscal_year': 'cells.column_label',
        'month': 'cells.column_label',
        'place': 'cells.group_label',
        'kind': 'cells.row_label',
    }) }}

),

-- A zero under a month that had not begun when the page was published counts nobody: it is still to come.
judged as (

    select
        mapped.*,
        case when mapped.counted = 0 and mapped.month > releases.known_on then null else mapped.counted end as value
    from mapped
    inner join {{ ref('stg_roxham__releases') }} as releases
        on releases.release_id = mapped.release_id

)

select
    {{ observation({
        'source_id': "'usbp_apprehensions_page'",
        'measure_id': "'us_usbp_apprehensions'",
        'cut': "'newsroom_page'",
        'window_rolls': 'true',
        'is_exhaustive': 'false',
        'grain': "case when kind = 'total' then 'total' else 'detail' end",
        'period': fiscal_year_of('month', 10),
        'encounter_type': "nullif(kind, 'total')",
        'adds_to_region': "case when kind != 'total' and geography_id != 'US' then geography_id end",
        'adds_to_country': "case when kind != 'total' and geography_id = 'US' then geography_id end",
        'missing_reason': missing_because({
            'not_yet_published': "counted = 0 or " ~ plain_text('printed') ~ " = '' or " ~ is_dash('printed'),
        }),
    }, carried=['month', 'geography_id']) }}
-- Apprehensions at large and at entry are the parts of the total printed above them. The two land borders are not all of
-- the country, so they are no parts of it here.
from judged
