-- The latest known figure of each measure, month and place, beside what was said first. The query is
-- macros/crossings_known_on.sql, which also stands behind `marts.crossings_as_of(day)`.
-- The table macros read: {{ ref('dim_measure') }}, {{ ref('fct_crossings_monthly_vintages') }}, {{ ref('int_coverage') }},
-- {{ ref('int_total_observations') }}, {{ ref('int_flagged_figures') }}.
{{ config(post_hook=["{{ create_crossings_as_of() }}", "{{ create_sum_of() }}"]) }}

select
    cell_id,
    measure_id,
    month,
    geography_id,
    value,
    missing_reason,
    value_basis,
    computed_value,
    computed_low,
    computed_high,
    first_value,
    first_value_basis,
    revision_count,
    is_final,
    unchanged_since,
    source_id,
    cut,
    release_id,
    published_at,
    published_precision,
    sha256,
    locator,
    correction_id,
    flags
from {{ ref('int_latest_totals') }}
