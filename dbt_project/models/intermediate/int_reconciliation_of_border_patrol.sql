-- Border Patrol's rows of the southwest file against the apprehensions that CBP's newsroom page prints for that border: the
-- rows hold those at large, too. Each month as its newest release has it.
{{ config(materialized='view') }}

with encounters as (

    select
        facts.month,
        facts.geography_id,
        facts.measure_id,
        facts.release_id,
        facts.is_final,
        cast(sum(cells.value) as bigint) as value
    from {{ ref('int_latest_totals') }} as facts
    inner join {{ ref('int_printed_cells') }} as cells
        on cells.measure_id = facts.measure_id
        and cells.month = facts.month
        and cells.geography_id = facts.geography_id
        and cells.release_id = facts.release_id
    where
        facts.measure_id = 'us_cbp_southwest_encounters'
        and cells.component = 'usbp'
    group by facts.month, facts.geography_id, facts.measure_id, facts.release_id, facts.is_final

)

select
    'southwest_border_patrol' as pair_id,
    'encounters_against_apprehensions' as kind,
    'equal' as comparison,
    encounters.month,
    encounters.geography_id,
    encounters.measure_id as left_measure_id,
    apprehensions.measure_id as right_measure_id,
    encounters.value as left_value,
    apprehensions.value as right_value,
    apprehensions.value as right_low,
    apprehensions.value as right_high,
    false as left_counted_nobody,
    false as right_counted_nobody,
    encounters.release_id as left_release_id,
    apprehensions.release_id as right_release_id,
    encounters.is_final and apprehensions.is_final as is_final,
    encounters.is_final as is_over,
    cast(0 as bigint) as tolerance,
    'Both count the same apprehensions one by one, at large and at entry' as tolerance_reason,
    'A month that one of the two released later may differ while its fiscal year is open.' as explanation
from encounters
inner join {{ ref('int_latest_totals') }} as apprehensions
    on apprehensions.measure_id = 'us_usbp_apprehensions'
    and apprehensions.month = encounters.month
    and apprehensions.geography_id = encounters.geography_id
where apprehensions.value is not null
