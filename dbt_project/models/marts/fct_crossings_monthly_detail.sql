-- The latest known figure of each broken-down cell. The two cuts of CBP show the same encounters and are never added.
with speaking as (

    select
        source_id, measure_id, cut, month, release_id, known_on, sha256,
        row_number() over (partition by source_id, measure_id, cut, month order by release_order desc) as age
    from {{ ref('int_coverage') }}

),

newest_cells as (

    select cells.cell_id, observations.locator
    from {{ ref('int_detail_observations') }} as observations
    inner join speaking
        on speaking.release_id = observations.release_id
        and speaking.measure_id = observations.measure_id
        and speaking.cut = observations.cut
        and speaking.month = observations.month
        and speaking.age = 1
    inner join {{ ref('int_cells') }} as cells
        on cells.cell_key = observations.cell_key

)

select
    vintages.cell_id,
    vintages.measure_id,
    vintages.month,
    vintages.geography_id,
    {% for column in breakdown_columns() %}vintages.{{ column }},
    {% endfor -%}
    vintages.value,
    vintages.missing_reason,
    vintages.value_basis,
    vintages.first_value,
    vintages.first_value_basis,
    vintages.revision_count,
    vintages.final_on is not null as is_final,
    vintages.published_at as unchanged_since,
    vintages.source_id,
    vintages.cut,
    speaking.release_id,
    speaking.known_on as published_at,
    releases.published_precision,
    speaking.sha256,
    newest_cells.locator
from {{ ref('fct_crossings_monthly_detail_vintages') }} as vintages
inner join speaking
    on speaking.source_id = vintages.source_id
    and speaking.measure_id = vintages.measure_id
    and speaking.cut = vintages.cut
    and speaking.month = vintages.month
    and speaking.age = 1
inner join {{ ref('stg_roxham__releases') }} as releases
    on releases.release_id = speaking.release_id
left join newest_cells
    on newest_cells.cell_id = vintages.cell_id
where vintages.is_latest
