-- The change-only vintage log, both grains: every state of every cell, what the cell is about, and when it was known. It is
-- rebuilt in full, so late and out-of-order releases just work: int_turning_points finds what changed, int_cell_states
-- tells the states by the number of the release, and here numbers become days.
select
    cells.cell_key,
    cells.cell_id,
    cells.grain,
    cells.source_id,
    cells.measure_id,
    cells.cut,
    cells.period,
    cells.month,
    cells.geography_id,
    {% for column in breakdown_columns() %}cells.{{ column }},
    {% endfor -%}
    coverage.release_id,
    coverage.release_order,
    states.value,
    states.missing_reason,
    cells.value_basis,
    states.computed_value,
    states.previous_value,
    states.previous_missing_reason,
    states.is_first_state,
    states.is_revision,
    states.revisions_so_far,
    coverage.known_on as valid_from,
    following.known_on as valid_to,
    states.valid_to_cover_number,
    states.valid_to_cover_number is null as is_latest,
    cast(states.cover_number as integer) as release_number,
    states.first_value,
    case
        when states.first_figure_cover_number is null then null
        when basis.first_value_basis is null then 'archive_starts_later'
        else basis.first_value_basis
    end as first_value_basis,
    case
        when basis.first_value_basis = 'observed_first'
            then cast({{ dbt.datediff(dbt.last_day('cells.month', 'month'), 'coverage.known_on', 'day') }} as integer)  -- noqa: LT05
    end as lag_days,
    finality.final_on,
    finality.final_release_order
from {{ ref('int_cell_states') }} as states
inner join {{ ref('int_cells') }} as cells
    on cells.cell_key = states.cell_key
{% for name, number in {
    'coverage': 'cover_number', 'following': 'valid_to_cover_number', 'first_covering': 'first_figure_cover_number'
}.items() -%}
left join {{ ref('int_coverage') }} as {{ name }}
    on {{ name }}.source_id = cells.source_id
    and {{ name }}.measure_id = cells.measure_id
    and {{ name }}.cut = cells.cut
    and {{ name }}.month = cells.month
    and {{ name }}.cover_number = states.{{ number }}
{% endfor -%}
left join {{ ref('int_first_figures') }} as basis
    on basis.release_id = first_covering.release_id
    and basis.measure_id = cells.measure_id
    and basis.cut = cells.cut
    and basis.month = cells.month
left join {{ ref('int_period_finality') }} as finality
    on finality.source_id = cells.source_id
    and finality.cut = cells.cut
    and finality.period = cells.period
    and finality.is_final
