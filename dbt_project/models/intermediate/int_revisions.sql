{% set other_breakdowns = breakdown_columns() | reject('equalto', var('reclassified_by')) | join(', ') -%}
{% set all_names = 'release_id, measure_id, cut, grain, month, geography_id, ' ~ other_breakdowns -%}
-- One row per printed cell that a release changed: revised, appeared where an earlier release printed none, vanished, or
-- reclassified: counted under another name while the sum over the names stood still.
with revisions as (

    -- A cell that is first printed after other releases had covered its month has appeared; one printed from the first
    -- covering release on is simply new, and rpt_release_summary counts it there.
    select
        *,
        case
            when is_first_state then 'appeared'
            when previous_value is null and value is not null then 'appeared'
            when value is null and previous_value is not null then 'vanished'
            else 'revised'
        end as change_kind
    from {{ ref('int_vintage_log') }}
    where
        value_basis = 'published'
        and (
            is_revision
            or (is_first_state and release_number > 1 and missing_reason is distinct from 'not_yet_published')
        )

),

-- Cells that did not change add nothing to the difference, so sums over those that did are enough.
told_apart as (

    select
        *,
        (value is distinct from previous_value)
        and sum(value) over (partition by {{ all_names }}) = sum(previous_value) over (partition by {{ all_names }})
            as is_reclassified
    from revisions

),

sized as (

    select
        revisions.*,
        revisions.value - revisions.previous_value as absolute_change,
        case
            when (revisions.previous_value is distinct from 0)
                then cast(revisions.value - revisions.previous_value as double) / revisions.previous_value
        end as relative_change,
        -- How many encounters the change moves, counting a cell that came or went with all it held.
        case
            when revisions.previous_value is null then revisions.value
            when revisions.value is null then revisions.previous_value
            else abs(revisions.value - revisions.previous_value)
        end as moved
    from told_apart as revisions

)

select
    sized.cell_id,
    sized.measure_id,
    sized.month,
    sized.geography_id,
    {% for column in breakdown_columns() %}sized.{{ column }},
    {% endfor -%}
    sized.grain,
    case when sized.is_reclassified then 'reclassified' else sized.change_kind end as change_kind,
    sized.previous_value as from_value,
    sized.previous_missing_reason as from_missing_reason,
    sized.value as to_value,
    sized.missing_reason as to_missing_reason,
    sized.absolute_change,
    sized.relative_change,
    case
        {% for tier in var('revision_tiers') -%}
        when sized.moved >= {{ tier.at_least }}
            and (sized.relative_change is null or abs(sized.relative_change) >= {{ tier.share }}) then '{{ tier.name }}'
        {% endfor -%}
        else 'minor'
    end as tier,
    sized.final_release_order is not null and sized.final_release_order < sized.release_order as was_final,
    sized.source_id,
    sized.cut,
    sized.release_id,
    sized.valid_from as published_at
from sized
