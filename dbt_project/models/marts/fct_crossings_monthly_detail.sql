-- The latest known figure of each broken-down cell. The two cuts of CBP show the same encounters and are never added.
select
    states.cell_id,
    states.measure_id,
    states.month,
    states.geography_id,
    {% for column in breakdown_columns() %}states.{{ column }},
    {% endfor -%}
    states.value,
    states.missing_reason,
    states.value_basis,
    states.first_value,
    states.first_value_basis,
    states.revision_count,
    states.final_on is not null as is_final,
    states.valid_from as unchanged_since,
    states.source_id,
    states.cut,
    covering.release_id,
    covering.known_on as published_at,
    releases.published_precision,
    covering.sha256,
    observations.locator,
    flagged.flags
from {{ ref('int_known_states') }} as states
-- Where several releases cover a month, the newest one speaks, whether or not it changed the figure.
inner join {{ ref('int_coverage') }} as covering
    on covering.source_id = states.source_id
    and covering.measure_id = states.measure_id
    and covering.cut = states.cut
    and covering.month = states.month
    and covering.cover_number = covering.last_cover_number
inner join {{ ref('stg_roxham__releases') }} as releases
    on releases.release_id = covering.release_id
-- A release that speaks of the month without printing the cell has no place to point at.
left join {{ ref('int_observations') }} as observations
    on observations.cell_key = states.cell_key
    and observations.release_id = covering.release_id
    and observations.grain = 'detail'
left join {{ ref('int_flagged_figures') }} as flagged
    on flagged.cell_key = states.cell_key
    and flagged.release_id = covering.release_id
where states.grain = 'detail' and states.is_latest
