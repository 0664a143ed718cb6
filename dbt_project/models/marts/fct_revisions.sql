-- One row per printed cell that a release changed, as int_revisions tells it, with how exactly the release is dated.
select
    revisions.cell_id,
    revisions.measure_id,
    revisions.month,
    revisions.geography_id,
    {% for column in breakdown_columns() %}revisions.{{ column }},
    {% endfor -%}
    revisions.grain,
    revisions.change_kind,
    revisions.from_value,
    revisions.from_missing_reason,
    revisions.to_value,
    revisions.to_missing_reason,
    revisions.absolute_change,
    revisions.relative_change,
    revisions.tier,
    revisions.was_final,
    revisions.source_id,
    revisions.cut,
    revisions.release_id,
    revisions.published_at,
    releases.published_precision
from {{ ref('int_revisions') }} as revisions
inner join {{ ref('stg_roxham__releases') }} as releases
    on releases.release_id = revisions.release_id
