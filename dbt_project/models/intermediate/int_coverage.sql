-- Which months of which cut each release speaks of. Outside of these rows a release says nothing.
{{ config(schema='raw', alias='coverage') }}
with covered as (

    select
        source_id,
        measure_id,
        cut,
        window_rolls,
        period,
        month,
        release_id,
        release_order,
        known_on,
        sha256,
        min(period_state) as period_state,
        -- A running year's page already has rows for months to come; only a month with a figure (or a mask) is reached.
        max(case when missing_reason is distinct from 'not_yet_published' then 1 end) is not null as has_figures
    from {{ ref('int_printed_cells') }}
    group by
        source_id, measure_id, cut, window_rolls, period, month, release_id, release_order, known_on, sha256

)

select
    *,
    row_number() over (partition by source_id, measure_id, cut, month order by release_order) as cover_number,
    count(*) over (partition by source_id, measure_id, cut, month) as last_cover_number,
    month = max(case when has_figures then month end) over (partition by release_id, measure_id, sha256)
        as is_newest_month_of_file
from covered
