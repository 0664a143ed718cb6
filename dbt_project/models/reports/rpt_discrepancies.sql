-- Where the agencies' own figures contradict each other: both sides kept, the difference shown, explained where known.
-- Figures rounded to 5 and masked contradict each other only beyond what rounding and masks allow.
with contradictions as (

    select * from {{ ref('int_parts_against_totals') }}
    union all
    select * from {{ ref('int_months_against_year_totals') }}
    union all
    select * from {{ ref('int_cuts_against_each_other') }}
    union all
    select * from {{ ref('int_irb_identities') }}

),

newest as (

    select source_id, measure_id, cut, period, max(release_order) as release_order
    from {{ ref('int_coverage') }}
    group by source_id, measure_id, cut, period

),

-- A release may speak of one month of a period only, as a page that runs on to a quarter's end does.
newest_of_month as (

    select source_id, measure_id, cut, month, max(release_order) as release_order
    from {{ ref('int_coverage') }}
    group by source_id, measure_id, cut, month

)

select
    contradictions.kind,
    contradictions.measure_id,
    contradictions.period_kind,
    contradictions.period_start,
    contradictions.geography_id,
    contradictions.office,
    contradictions.breakdown,
    contradictions.published_value,
    contradictions.computed_value,
    contradictions.published_value - contradictions.computed_value as difference,
    contradictions.tolerance,
    known.explanation,
    contradictions.release_order = coalesce(newest_of_month.release_order, newest.release_order) as is_current,
    contradictions.source_id,
    contradictions.release_id,
    releases.known_on as published_at,
    releases.published_precision,
    contradictions.locator
from contradictions
inner join {{ ref('stg_roxham__releases') }} as releases
    on releases.release_id = contradictions.release_id
left join newest
    on newest.source_id = contradictions.source_id
    and newest.measure_id = contradictions.measure_id
    and newest.cut = contradictions.cut
    and newest.period = contradictions.period
left join newest_of_month
    on newest_of_month.source_id = contradictions.source_id
    and newest_of_month.measure_id = contradictions.measure_id
    and newest_of_month.cut = contradictions.cut
    and newest_of_month.month = contradictions.period_start
    and contradictions.period_kind = 'month'
left join {{ ref('discrepancy_explanations') }} as known
    on known.measure_id = contradictions.measure_id
    and known.kind = contradictions.kind
    and cast(known.period_start as date) = contradictions.period_start
    and known.geography_id = contradictions.geography_id
    and known.published_value = contradictions.published_value
    and known.computed_value = contradictions.computed_value
