-- The states of the log that were ever known at the end of a day. What is broken down may have been renamed: that changes
-- a cell and revises nothing.
{{ config(materialized='view') }}

select
    log.cell_key,
    log.cell_id,
    log.grain,
    log.measure_id,
    log.month,
    log.geography_id,
    {% for column in breakdown_columns() %}log.{{ column }},
    {% endfor -%}
    log.value,
    log.missing_reason,
    log.value_basis,
    log.computed_value,
    log.valid_from,
    log.valid_to,
    log.is_latest,
    log.release_number,
    log.lag_days,
    log.is_revision and not coalesce(renamed.is_rename, false) as is_revision,
    -- A cell that never was renamed has no row there.
    case
        when renamed.renames_so_far is null then log.revisions_so_far
        else log.revisions_so_far - renamed.renames_so_far
    end as revision_count,
    log.first_value,
    log.first_value_basis,
    log.final_on,
    log.source_id,
    log.cut,
    log.release_id,
    releases.published_precision
from {{ ref('int_vintage_log') }} as log
inner join {{ ref('stg_roxham__releases') }} as releases
    on releases.release_id = log.release_id
left join {{ ref('int_renamed_states') }} as renamed
    on renamed.cell_key = log.cell_key
    and renamed.release_id = log.release_id
-- Of two releases of one day only the later one was ever the known state at the end of a day.
where log.valid_to is null or log.valid_to > log.valid_from
