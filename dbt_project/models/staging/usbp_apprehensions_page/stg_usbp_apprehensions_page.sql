-- The newsroom page's apprehensions: one row per country or border and month as a whole, and one each for the two kinds.
with meaning as (

    select lookup, label, value
    from {{ source('raw', 'lookups') }}
    where source_id = 'usbp_apprehensions_page'

),

cells as (

    select
        {{ first_of_month('calendar_year.value', 'month_number.value') }} as month,
        place.value as geography_id,
        kind.value as kind,
        printed.printed,
        {{ printed_count('printed.printed') }} as counted,
        printed._release_id as release_id,
        printed._sha256 as sha256,
        printed._locator as locator
    from {{ source('usbp_apprehensions_page', 'usbp_apprehensions_page__cells') }} as printed
    left join meaning as calendar_year
        on calendar_year.lookup = 'fiscal_year' and calendar_year.label = printed.column_label
    left join meaning as month_number
        on month_number.lookup = 'month' and month_number.label = printed.column_label
    left join meaning as place
        on place.lookup = 'place' and place.label = printed.group_label
    left join meaning as kind
        on kind.lookup = 'kind' and kind.label = printed.row_label

),

-- A zero under a month that had not begun when the page was published counts nobody: it is still to come.
read as (

    select
        cells.*,
        case when cells.counted = 0 and cells.month > releases.known_on then null else cells.counted end as value
    from cells
    inner join {{ ref('stg_roxham__releases') }} as releases
        on releases.release_id = cells.release_id

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
        'month': 'month',
        'geography_id': 'geography_id',
        'encounter_type': "case when kind != 'total' then kind end",
        'adds_to_region': "case when kind != 'total' and geography_id != 'US' then geography_id end",
        'adds_to_country': "case when kind != 'total' and geography_id = 'US' then geography_id end",
        'printed': 'printed',
        'value': 'value',
        'missing_reason': "case
        when value is not null then null
        when counted = 0 or " ~ plain_text('printed') ~ " = '' or " ~ is_dash('printed') ~ " then 'not_yet_published'
        else 'parse_failed'
    end",
        'release_id': 'release_id',
        'sha256': 'sha256',
        'locator': 'locator',
    }) }}
-- Apprehensions at large and at entry are the parts of the total printed above them. The two land borders are not all of
-- the country, so they are no parts of it here.
from read
