-- One row per press claim and moment of asking: what was claimed, what the releases say, and the verdict by the claim's
-- rule. A figure with a month missing in it is no figure, and then the verdict is "cannot be told".
with questions as (

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
        -- Secondary: shown beside the verdict, no part of it.
        quoted.value as press_value,
        quoted.quoted_on as press_quoted_on,
        quoted.address as press_address
    from {{ ref('press_claims') }} as claims
    cross join questions
    left join {{ ref('int_claim_figures') }} as sides
        on sides.claim_id = claims.claim_id
        and sides.asked = questions.asked
    left join {{ ref('int_claim_quotations') }} as quoted
        on quoted.claim_id = claims.claim_id
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
