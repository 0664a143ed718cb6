-- The cells that a press claim's figure rests on, as known on the day of printing and now.
select
    months.claim_id,
    months.asked,
    months.side,
    months.month,
    months.geography_id,
    cast(months.sign as integer) as sign,
    months.measure_id,
    months.value,
    months.missing_reason,
    months.cell_id,
    months.release_id
from {{ ref('int_claim_months') }} as months
where months.years_apart = 0
