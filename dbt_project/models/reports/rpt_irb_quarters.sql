-- What the IRB's running totals gained from one quarter's end that is held to the next one held. Only where the two lie
-- a quarter apart is the gain that of a quarter; a wider gap is shown as one span, and no quarter in it is invented.
with ends as (

    select
        facts.measure_id,
        facts.geography_id,
        facts.month,
        facts.value,
        facts.release_id,
        facts.published_at,
        lag(facts.month) over (partition by facts.measure_id, facts.geography_id order by facts.month) as month_before,
        lag(facts.value) over (partition by facts.measure_id, facts.geography_id order by facts.month) as value_before,
        lag(facts.release_id) over (
            partition by facts.measure_id, facts.geography_id order by facts.month
        ) as release_before
    from {{ ref('fct_crossings_monthly') }} as facts
    where
        facts.source_id = 'irb_irregular_claims'
        and facts.value is not null
        and extract(month from facts.month) in (3, 6, 9, 12)

),

spans as (

    select
        *,
        cast(
            {{ dbt.datediff('month_before', 'month', 'month') }}
            / 3 as integer
        ) as quarters_spanned
    from ends
    where month_before is not null

)

select
    spans.measure_id,
    spans.geography_id,
    cast({{ dbt.dateadd('month', 1, 'spans.month_before') }} as date) as first_month,
    spans.month as last_month,
    spans.quarters_spanned,
    spans.quarters_spanned = 1 as is_one_quarter,
    case
        when spans.quarters_spanned = 1
            then
                cast(cast(extract(year from spans.month) as integer) as {{ dbt.type_string() }}) || '-Q'
                || cast(cast(extract(month from spans.month) / 3 as integer) as {{ dbt.type_string() }})
    end as quarter,
    spans.value_before as value_at_start,
    spans.value as value_at_end,
    spans.value - spans.value_before as difference,
    spans.value < spans.value_before as is_negative,
    -- Pending claims are a level at the end of the month: what is left of them may fall without an error.
    case when spans.measure_id = 'ca_irb_irregular_pending' then 'change_of_level' else 'gain_of_running_total' end
        as difference_kind,
    begun.counts_from <> ended.counts_from as is_break,
    case
        when begun.counts_from <> ended.counts_from
            then 'the earlier total counts from ' || begun.counts_from || ', the later one from ' || ended.counts_from
                || ': their difference is of two definitions, and no gain of the span'
    end as break_reason,
    spans.release_before as start_release_id,
    spans.release_id as end_release_id,
    spans.published_at
from spans
inner join {{ ref('int_irb_periods') }} as begun
    on begun.release_id = spans.release_before
inner join {{ ref('int_irb_periods') }} as ended
    on ended.release_id = spans.release_id
