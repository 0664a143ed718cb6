-- Figures that two tables, cuts or agencies give for the same month and place: the difference, how far it may go and
-- why. Unlike measures are only set beside each other.
with compared as (

    select * from {{ ref('int_reconciliation_across_sources') }}
    union all
    select * from {{ ref('int_reconciliation_of_parts') }}
    union all
    select * from {{ ref('int_reconciliation_of_cuts') }}
    union all
    select * from {{ ref('int_reconciliation_of_border_patrol') }}

)

select
    pair_id,
    kind,
    comparison,
    month,
    geography_id,
    left_measure_id,
    right_measure_id,
    left_value,
    right_value,
    right_low,
    right_high,
    case when comparison = 'equal' then left_value - right_value end as difference,
    tolerance,
    tolerance_reason,
    -- Where one side counted nobody it prints no row: that agrees with a printed 0 and, where figures are rounded, with one
    -- that may have been rounded to nothing. A figure that is missing for another reason agrees with none.
    case
        when comparison <> 'equal' then null
        -- Rounded and masked parts, or parts that a page lacks: whether they contradict is told by rpt_discrepancies.
        when pair_id = 'parts_against_total' then tolerance is null
        when left_value is null and right_value is null then left_counted_nobody and right_counted_nobody
        when left_value is null then left_counted_nobody and right_value <= tolerance
        when right_value is null then right_counted_nobody and left_value <= tolerance
        else abs(left_value - right_value) <= tolerance
    end as agrees,
    explanation,
    is_final,
    is_over,
    left_release_id,
    right_release_id
from compared
