-- Figures that two tables, cuts or agencies give for the same month and place: the difference, how far it may go and
-- why. Unlike measures are only set beside each other.
with pairs as (

    select *
    from {{ ref('reconciliation_pairs') }}

),

across_sources as (

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
        left_side.missing_reason is not distinct from 'not_listed' as left_counted_nobody,
        right_side.missing_reason is not distinct from 'not_listed' as right_counted_nobody,
        left_side.release_id as left_release_id,
        right_side.release_id as right_release_id,
        left_side.is_final and right_side.is_final as is_final,
        cast(pairs.tolerance as bigint) as tolerance,
        pairs.tolerance_reason,
        pairs.explanation
    from pairs
    inner join {{ ref('fct_crossings_monthly') }} as left_side
        on left_side.measure_id = pairs.left_measure_id
    inner join {{ ref('fct_crossings_monthly') }} as right_side
        on right_side.measure_id = pairs.right_measure_id
        and right_side.month = left_side.month
        and right_side.geography_id = left_side.geography_id
    inner join {{ ref('dim_geography') }} as places
        on places.geography_id = left_side.geography_id
    where
        (left_side.value is not null or right_side.value is not null)
        -- Sectors count alike in both; a border or the country holds field offices in one of them only.
        and (pairs.place_kind is null or places.kind = pairs.place_kind)

),

-- Published totals against the sum of their parts, where the agency prints both: provinces against Canada.
parts as (

    select
        'parts_against_total' as pair_id,
        'parts_against_total' as kind,
        'equal' as comparison,
        facts.month,
        facts.geography_id,
        facts.measure_id as left_measure_id,
        facts.measure_id as right_measure_id,
        facts.value as left_value,
        facts.computed_value as right_value,
        false as left_counted_nobody,
        false as right_counted_nobody,
        facts.release_id as left_release_id,
        facts.release_id as right_release_id,
        facts.is_final,
        known.tolerance,
        case
            when measures.rounded_to > 1 then 'Figures are rounded to '
                || cast(measures.rounded_to as {{ dbt.type_string() }})
            else 'Exact counts add up exactly'
        end as tolerance_reason,
        known.explanation
    from {{ ref('fct_crossings_monthly') }} as facts
    inner join {{ ref('dim_measure') }} as measures
        on measures.measure_id = facts.measure_id
    left join {{ ref('rpt_discrepancies') }} as known
        on known.measure_id = facts.measure_id
        and known.period_kind = 'month'
        and known.period_start = facts.month
        and known.geography_id = facts.geography_id
        and known.release_id = facts.release_id
        and known.kind = 'parts_against_total'
        and known.office is null
    where facts.value_basis = 'published' and facts.computed_value is not null

),

-- The two cuts of one file: every month and region that both give, each as its newest release has it.
cuts as (

    select
        cells.measure_id,
        cells.month,
        cells.region,
        cells.release_id,
        cast(sum(case when cells.cut = 'state' then cells.value end) as bigint) as state_value,
        cast(sum(case when cells.cut = 'aor' then cells.value end) as bigint) as aor_value,
        count(distinct cells.cut) as cuts
    from {{ ref('int_printed_cells') }} as cells
    inner join {{ ref('fct_crossings_monthly') }} as facts
        on facts.measure_id = cells.measure_id
        and facts.month = cells.month
        and facts.release_id = cells.release_id
        and facts.geography_id = 'US'
    where cells.cut in ('state', 'aor')
    group by cells.measure_id, cells.month, cells.region, cells.release_id

),

two_cuts as (

    select
        'state_against_aor' as pair_id,
        'state_against_aor' as kind,
        'equal' as comparison,
        month,
        case when region like 'us-land-border-%' then region else 'US' end as geography_id,
        measure_id as left_measure_id,
        measure_id as right_measure_id,
        state_value as left_value,
        aor_value as right_value,
        -- A cut has no row where nobody was counted.
        true as left_counted_nobody,
        true as right_counted_nobody,
        release_id as left_release_id,
        release_id as right_release_id,
        cast(null as boolean) as is_final,
        cast(0 as bigint) as tolerance,
        'Both cuts show the same encounters' as tolerance_reason,
        case when region not like 'us-land-border-%' then 'Everything outside the two land borders.' end as explanation
    from cuts
    where cuts = 2

),

compared as (

    select * from across_sources
    union all
    select * from parts
    union all
    select * from two_cuts

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
    case when comparison = 'equal' then left_value - right_value end as difference,
    tolerance,
    tolerance_reason,
    -- Where one side counted nobody it prints no row: against a printed 0 they agree, against a figure they do not. A figure
    -- that is missing for another reason agrees with none.
    case
        when comparison <> 'equal' then null
        -- Rounded and masked parts, or parts that a page lacks: whether they contradict is told by rpt_discrepancies.
        when pair_id = 'parts_against_total' then tolerance is null
        when left_value is null and right_value is null then left_counted_nobody and right_counted_nobody
        when left_value is null then left_counted_nobody and right_value = 0
        when right_value is null then right_counted_nobody and left_value = 0
        else abs(left_value - right_value) <= tolerance
    end as agrees,
    explanation,
    is_final,
    left_release_id,
    right_release_id
from compared
