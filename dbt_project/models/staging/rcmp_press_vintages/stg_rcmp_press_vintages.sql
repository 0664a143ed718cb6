-- RCMP interceptions as others quoted them, one row per quotation of the newest edition of the register. A secondary
-- source: this model is none of the observation_models, so nothing of it can reach logs, facts or revisions.
with editions as (

    select
        release_id,
        row_number() over (order by release_order desc) as age
    from {{ ref('stg_roxham__releases') }}
    where source_id = 'rcmp_press_vintages'

),

dated as (

    select
        quotations.*,
        {{ first_of_month('quotations.year', 'quotations.first_month') }} as period_start,
        {{ first_of_month('quotations.year', 'quotations.last_month') }} as last_month_start
    from {{ source('rcmp_press_vintages', 'rcmp_press_vintages__quotations') }} as quotations
    inner join editions
        on editions.release_id = quotations._release_id
        and editions.age = 1

)

select
    'rcmp_press_vintages' as source_id,
    'ca_rcmp_interceptions' as measure_id,
    dated.period_start,
    cast(coalesce(
        cast(nullif(dated.through, '') as date), {{ dbt.last_day('dated.last_month_start', 'month') }}
    ) as date) as period_end,
    place.value as geography_id,
    {{ printed_count('dated.printed') }} as value,
    cast(nullif(dated.quoted_on, '') as date) as quoted_on,
    dated.basis,
    nullif(dated.doubt, '') as doubt,
    dated.address,
    nullif(dated.note, '') as note,
    {{ lineage('dated') }}
from dated
{{ meanings('rcmp_press_vintages', {'place': 'dated.place'}) }}
