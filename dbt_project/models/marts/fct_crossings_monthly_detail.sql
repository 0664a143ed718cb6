-- The latest known figure of each broken-down cell. The two cuts of CBP show the same encounters and are never added.
select
    log.cell_id,
    log.measure_id,
    log.month,
    log.geography_id,
    {% for column in breakdown_columns() %}log.{{ column }},
    {% endfor -%}
    log.value,
    log.missing_reason,
    log.value_basis,
    log.first_value,
    log.first_value_basis,
    {{ revisions_without_renames() }} as revision_count,
    log.final_on is not null as is_final,
    log.valid_from as unchanged_since,
    log.source_id,
    log.cut,
    speaking.release_id,
    speaking.known_on as published_at,
    releases.published_precision,
    speaking.sha256,
    observations.locator
from {{ ref('int_detail_log') }} as log
-- Where several releases cover a month, the newest one speaks, whether or not it changed the figure.
inner join {{ ref('int_coverage') }} as speaking
    on speaking.source_id = log.source_id
    and speaking.measure_id = log.measure_id
    and speaking.cut = log.cut
    and speaking.month = log.month
    and speaking.cover_number = speaking.last_cover_number
inner join {{ ref('stg_roxham__releases') }} as releases
    on releases.release_id = speaking.release_id
-- A release that speaks of the month without printing the cell has no place to point at.
left join {{ ref('int_detail_observations') }} as observations
    on observations.cell_key = log.cell_key
    and observations.release_id = speaking.release_id
left join {{ ref('int_renamed_states') }} as renamed
    on renamed.cell_key = log.cell_key
    and renamed.release_id = log.release_id
where log.is_latest
