-- Figures that two tables or agencies give for the same month and place, pair by pair as the seed reconciliation_pairs sets
-- them beside each other. Unlike measures are only set beside each other.
{{ config(materialized='view') }}

-- Months of years that are over, also where the agency rewrites such years: there two tables can be held to each other.
with over as (

    select coverage.source_id, coverage.cut, coverage.month
    from {{ ref('int_coverage') }} as coverage
    inner join {{ ref('int_period_finality') }} as finality
        on finality.source_id = coverage.source_id
        and finality.cut = coverage.cut
        and finality.period = coverage.period
    group by coverage.source_id, coverage.cut, coverage.month

)

select
    pairs.pair_id,
    pairs.kind,
    pairs.comparison,
    left_side.month,
    left_side.geography_id,
    pairs.left_measure_id,
    pairs.right_measure_id,
    left_side.value as left_value,
    right_side.value as right_value,
    right_side.value as right_low,
    right_side.value as right_high,
    (left_side.missing_reason is not distinct from 'not_listed') as left_counted_nobody,
    (right_side.missing_reason is not distinct from 'not_listed') as right_counted_nobody,
    left_side.release_id as left_release_id,
    right_side.release_id as right_release_id,
    left_side.is_final and right_side.is_final as is_final,
    left_over.month is not null and right_over.month is not null as is_over,
    cast(pairs.tolerance as bigint) as tolerance,
    pairs.tolerance_reason,
    pairs.explanation
from {{ ref('reconciliation_pairs') }} as pairs
inner join {{ ref('int_latest_totals') }} as left_side
    on left_side.measure_id = pairs.left_measure_id
inner join {{ ref('int_latest_totals') }} as right_side
    on right_side.measure_id = pairs.right_measure_id
    and right_side.month = left_side.month
    and right_side.geography_id = left_side.geography_id
inner join {{ ref('geography') }} as places
    on places.geography_id = left_side.geography_id
left join over as left_over
    on left_over.source_id = left_side.source_id
    and left_over.cut = left_side.cut
    and left_over.month = left_side.month
left join over as right_over
    on right_over.source_id = right_side.source_id
    and right_over.cut = right_side.cut
    and right_over.month = right_side.month
where
    (left_side.value is not null or right_side.value is not null)
    -- A table that is not in the archive says nothing that could agree or not.
    and left_side.missing_reason is distinct from 'not_held'
    and right_side.missing_reason is distinct from 'not_held'
    -- Sectors count alike in both; a border or the country holds field offices in one of them only.
    and (pairs.place_kind is null or places.kind = pairs.place_kind)
