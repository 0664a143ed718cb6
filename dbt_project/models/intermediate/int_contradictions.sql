-- Every contradiction in the agencies' own figures, of whatever kind, with its explanation where one is known.
with contradictions as (

    select * from {{ ref('int_parts_against_totals') }}
    union all
    select * from {{ ref('int_months_against_year_totals') }}
    union all
    select * from {{ ref('int_cuts_against_each_other') }}
    union all
    select * from {{ ref('int_irb_identities') }}

)

select
    {% for column in contradiction_columns() %}contradictions.{{ column }},
    {% endfor -%}
    known.explanation
from contradictions
left join {{ ref('discrepancy_explanations') }} as known
    on known.measure_id = contradictions.measure_id
    and known.kind = contradictions.kind
    and cast(known.period_start as date) = contradictions.period_start
    and known.geography_id = contradictions.geography_id
    and known.published_value = contradictions.published_value
    and known.computed_value = contradictions.computed_value
