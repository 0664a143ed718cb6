-- One row per press claim and moment of asking: what was claimed, what the releases say, and the verdict by the claim's
-- rule. A figure with a month missing in it is no figure, and then the verdict is "cannot be told".
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

),

sides as (

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

),

-- What the press had quoted for the same period and place by then: secondary, shown beside the verdict, no part of it.
quoted as (

    select
        claims.claim_id,
        quotations.value,
        quotations.quoted_on,
        quotations.address,
        row_number() over (
            partition by claims.claim_id order by
                quotations.quoted_on desc, quotations.doubt asc nulls first, quotations.locator asc
        ) as age
    from {{ ref('press_claims') }} as claims
    inner join {{ ref('fct_press_quotations') }} as quotations
        on quotations.measure_id = claims.measure_id
        and quotations.geography_id = claims.place
        and quotations.period_start = claims.period_start
        and quotations.period_end = {{ dbt.last_day('claims.period_end', 'month') }}
        and quotations.quoted_on <= claims.printed_on
    where claims.minus_place is null and claims.figure_kind = 'sum'

),

questions as (

    select 'when_printed' as asked
    union all
    select 'now' as asked

),

judged as (

    select
        claims.*,
        questions.asked,
        sides.asked_on,
        sides.figure,
        case when claims.rule = 'record' then sides.largest_compared else coalesce(sides.limit_figure, claims.stated) end
            as measured_against,
        sides.periods_compared,
        sides.periods_asked,
        quoted.value as press_value,
        quoted.quoted_on as press_quoted_on,
        quoted.address as press_address
    from {{ ref('press_claims') }} as claims
    cross join questions
    left join sides
        on sides.claim_id = claims.claim_id
        and sides.asked = questions.asked
    left join quoted
        on quoted.claim_id = claims.claim_id
        and quoted.age = 1
        and questions.asked = 'when_printed'

)

select
    claim_id,
    asked,
    asked_on,
    printed_in,
    cast(printed_on as date) as printed_on,
    claim,
    printed_value,
    measure_id,
    place as geography_id,
    minus_place as minus_geography_id,
    cast(period_start as date) as period_start,
    cast(period_end as date) as period_end,
    rule,
    figure_kind,
    figure,
    cast(measured_against as double) as measured_against,
    cast(case when rule = 'record' then periods_compared end as integer) as periods_compared,
    cast(case when rule = 'record' then periods_asked end as integer) as periods_asked,
    case
        when figure is null then 'cannot be told'
        when rule = 'record' and periods_compared = 0 then 'cannot be told'
        when measured_against is null then 'cannot be told'
        when rule = 'record' and figure > measured_against then 'holds'
        when rule = 'record' then 'fails'
        when rule = 'trend' and figure * measured_against > 0 then 'holds'
        when rule = 'trend' then 'fails'
        when figure = measured_against then 'holds'
        when rule = 'at_least' and figure > measured_against then 'holds'
        when rule = 'at_most' and figure < measured_against then 'holds'
        when rule = 'rounded' and abs(figure - measured_against) < unit_of_print then 'holds as rounded'
        when rule = 'exact' then 'fails'
        when figure > measured_against then 'understated'
        else 'overstated'
    end as verdict,
    cast(press_value as bigint) as press_value,
    cast(press_quoted_on as date) as press_quoted_on,
    press_address,
    note
from judged
