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
    measure_id,
    geography_id,
    cast({{ dbt.dateadd('month', 1, 'month_before') }} as date) as first_month,
    month as last_month,
    quarters_spanned,
    quarters_spanned = 1 as is_one_quarter,
    case
        when quarters_spanned = 1
            then
                cast(cast(extract(year from month) as integer) as {{ dbt.type_string() }}) || '-Q'
                || cast(cast(extract(month from month) / 3 as integer) as {{ dbt.type_string() }})
    end as quarter,
    value_before as value_at_start,
    value as value_at_end,
    value - value_before as difference,
    value < value_before as is_negative,
    -- Pending claims are a level at the end of the month: what is left of them may fall without an error.
    case when measure_id = 'ca_irb_irregular_pending' then 'change_of_level' else 'gain_of_running_total' end
        as difference_kind,
    release_before as start_release_id,
    release_id as end_release_id,
    published_at
from spans
