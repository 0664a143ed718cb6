-- The twelve months before and after the month of a policy event, per measure and place. Two sums beside each other; that
-- one follows the other says nothing about a cause. A sum of fewer than twelve months would pass for one of twelve: there
-- is none. A month in which an agency lists nobody is no gap.
with flows as (

    select facts.measure_id, facts.geography_id, facts.month, facts.value, facts.missing_reason
    from {{ ref('fct_crossings_monthly') }} as facts
    inner join {{ ref('dim_measure') }} as measures
        on measures.measure_id = facts.measure_id
    where
        not measures.is_cumulative
        -- Of a month that is not held nothing is known beside an event.
        and facts.missing_reason is distinct from 'not_held'

),

placed as (

    select
        events.policy_event_id,
        events.effective_on,
        flows.measure_id,
        flows.geography_id,
        flows.value,
        flows.value is not null or flows.missing_reason = 'not_listed' as told,
        {{ dbt.datediff(dbt.date_trunc('month', 'events.effective_on'), 'flows.month', 'month') }} as months_after  -- noqa: LT05
    from {{ ref('dim_policy_event') }} as events
    cross join flows

),

windows as (

    select
        policy_event_id,
        measure_id,
        geography_id,
        cast(sum(case when months_after between -12 and -1 then value end) as bigint) as value_before,
        cast(sum(case when months_after = 0 then value end) as bigint) as value_in_month,
        cast(sum(case when months_after between 1 and 12 then value end) as bigint) as value_after,
        count(case when months_after between -12 and -1 then 1 end) as rows_before,
        count(case when months_after between 1 and 12 then 1 end) as rows_after,
        count(case when months_after between -12 and -1 and value is not null then 1 end) as months_before,
        count(case when months_after between 1 and 12 and value is not null then 1 end) as months_after,
        count(case when months_after between -12 and -1 and told then 1 end) = 12 as is_before_complete,
        count(case when months_after = 0 and told then 1 end) = 1 as is_month_told,
        count(case when months_after between 1 and 12 and told then 1 end) = 12 as is_after_complete
    from placed
    where months_after between -12 and 12
    group by policy_event_id, measure_id, geography_id

)

select
    windows.policy_event_id,
    events.effective_on,
    windows.measure_id,
    windows.geography_id,
    case when windows.is_before_complete then windows.value_before end as value_before,
    windows.value_in_month,
    case when windows.is_after_complete then windows.value_after end as value_after,
    cast(windows.months_before as integer) as months_before,
    cast(windows.months_after as integer) as months_after,
    windows.is_before_complete and windows.is_month_told and windows.is_after_complete as is_complete,
    case
        when windows.is_before_complete and windows.is_month_told and windows.is_after_complete
            then windows.value_after - windows.value_before
    end as difference
from windows
inner join {{ ref('dim_policy_event') }} as events
    on events.policy_event_id = windows.policy_event_id
where windows.rows_before > 0 and windows.rows_after > 0
