-- Where the agencies' own figures contradict each other: both sides kept, the difference shown, explained where known.
-- Figures rounded to 5 and masked contradict each other only beyond what rounding and masks allow.
with newest as (

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
    contradictions.explanation,
    contradictions.release_order = coalesce(newest_of_month.release_order, newest.release_order) as is_current,
    contradictions.source_id,
    contradictions.release_id,
    releases.known_on as published_at,
    releases.published_precision,
    contradictions.locator
from {{ ref('int_contradictions') }} as contradictions
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
