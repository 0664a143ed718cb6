-- Printed totals of a period that the printed months of the same row do not add up to. Where a month in between is missing,
-- the months say less than the total, and do not contradict it.
with compared as (

    select
        totals.*,
        {{ rounding_tolerance('measures.rounded_to', 'totals.months_with_value', 'totals.months_suppressed') }}
            as tolerance
    from {{ ref('int_period_totals') }} as totals
    inner join {{ source('raw', 'measures') }} as measures
        on measures.measure_id = totals.measure_id

)

select
    {{ contradiction({
        'kind': "'months_against_year_total'",
        'published_value': 'value',
        'computed_value': 'sum_of_months',
    }, without=['breakdown']) }}
from compared
where
    (has_months_without_gap and value - sum_of_months > tolerance)
    or sum_of_months - value > tolerance
