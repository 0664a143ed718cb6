-- What the releases say to each press claim, as known when it was printed and now: the figure, the limit that it is held
-- against, and the other years. A figure with a month missing in it is no figure.
{{ config(materialized='view') }}

with by_month as (

    select
        claim_id,
        asked,
        asked_on,
        years_apart,
        side,
        month,
        days,
        sum(sign * value) as value,
        -- Where an agency prints no row it counted nobody: a sum treats that as nothing. Any other gap is a gap.
        count(case when value is null and (missing_reason is distinct from 'not_listed') then 1 end) as gaps,
        count(value) as figures
    from {{ ref('int_claim_months') }}
    group by claim_id, asked, asked_on, years_apart, side, month, days

),

ends as (

    select
        *,
        row_number() over (partition by claim_id, asked, years_apart, side order by month) as from_first,
        row_number() over (partition by claim_id, asked, years_apart, side order by month desc) as from_last
    from by_month

),

by_window as (

    select
        claim_id,
        asked,
        asked_on,
        years_apart,
        side,
        count(*) as months,
        sum(gaps) as gaps,
        sum(figures) as figures,
        cast(sum(value) as double) as total,
        max(cast(value as double) / days) as largest_daily_average,
        max(case when from_first = 1 then cast(value as double) end) as first_value,
        max(case when from_last = 1 then cast(value as double) end) as last_value
    from ends
    group by claim_id, asked, asked_on, years_apart, side

),

figured as (

    select
        by_window.*,
        case
            when by_window.gaps > 0 or by_window.figures = 0 then null
            when by_window.months
                < {{ dbt.datediff('claims.period_start', 'claims.period_end', 'month') }} + 1 then null  -- noqa: LT05
            when claims.figure_kind = 'sum' then by_window.total
            when claims.figure_kind = 'largest_daily_average' then by_window.largest_daily_average
            when claims.figure_kind = 'percent_change' and by_window.first_value > 0
                then 100.0 * (by_window.last_value - by_window.first_value) / by_window.first_value
        end as figure
    from by_window
    inner join {{ ref('press_claims') }} as claims
        on claims.claim_id = by_window.claim_id

)

select
    claim_id,
    asked,
    max(asked_on) as asked_on,
    max(case when years_apart = 0 and side = 'figure' then figure end) as figure,
    max(case when years_apart = 0 and side = 'limit' then figure end) as limit_figure,
    max(case when years_apart <> 0 and side = 'figure' then figure end) as largest_compared,
    count(case when years_apart <> 0 and side = 'figure' then figure end) as periods_compared,
    count(case when years_apart <> 0 and side = 'figure' then 1 end) as periods_asked
from figured
group by claim_id, asked
