-- Published totals against the sum of their parts, where the agency prints both: provinces against Canada.
{{ config(materialized='view') }}

select
    'parts_against_total' as pair_id,
    'parts_against_total' as kind,
    'equal' as comparison,
    facts.month,
    facts.geography_id,
    facts.measure_id as left_measure_id,
    facts.measure_id as right_measure_id,
    facts.value as left_value,
    facts.computed_value as right_value,
    facts.computed_low as right_low,
    facts.computed_high as right_high,
    false as left_counted_nobody,
    false as right_counted_nobody,
    facts.release_id as left_release_id,
    facts.release_id as right_release_id,
    facts.is_final,
    facts.is_final as is_over,
    known.tolerance,
    case
        when measures.rounded_to > 1 then 'Figures are rounded to '
            || cast(cast(measures.rounded_to as integer) as {{ dbt.type_string() }})
        else 'Exact counts add up exactly'
    end as tolerance_reason,
    known.explanation
from {{ ref('int_latest_totals') }} as facts
inner join {{ source('raw', 'measures') }} as measures
    on measures.measure_id = facts.measure_id
left join {{ ref('int_contradictions') }} as known
    on known.measure_id = facts.measure_id
    and known.period_kind = 'month'
    and known.period_start = facts.month
    and known.geography_id = facts.geography_id
    and known.release_id = facts.release_id
    and known.kind = 'parts_against_total'
    and known.office is null
where facts.value_basis = 'published' and facts.value is not null and facts.computed_low is not null
