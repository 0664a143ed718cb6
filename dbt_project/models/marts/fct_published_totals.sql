-- Totals over a period that an agency prints, beside the sum of the months of the same row on the same page.
with totals as (

    select *
    from {{ ref('int_period_totals') }}
    where is_newest

)

select
    totals.measure_id,
    totals.period_kind,
    totals.period,
    totals.period_start,
    totals.geography_id,
    totals.office,
    totals.value,
    totals.missing_reason,
    'published' as value_basis,
    totals.sum_of_months,
    totals.months_with_value,
    totals.value - totals.sum_of_months as difference,
    totals.covers_from,
    totals.covers_to,
    totals.is_complete,
    totals.source_id,
    totals.release_id,
    totals.known_on as published_at,
    totals.published_precision,
    totals.sha256,
    totals.locator
from totals
