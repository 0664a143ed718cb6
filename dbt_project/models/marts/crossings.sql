-- The monthly facts with their labels, and with what keeps a sum right: one measure at one place_level, where is_additive.
-- A view whose relations go without the database's name, so that it works in a file attached under another.
{{ config(materialized='view') }}

select
    facts.cell_id,
    facts.measure_id,
    measures.title as measure,
    measures.unit,
    measures.counts_persons,
    measures.rounded_to,
    measures.comparable_group,
    facts.month,
    months.calendar_year,
    months.us_fiscal_year,
    facts.geography_id,
    places.name_en as place,
    places.name_fr as place_fr,
    places.kind as place_kind,
    case
        when places.kind in ('province', 'territory', 'not_stated') then 'province'
        when places.kind in ('state', 'district', 'us_territory') then 'state'
        when places.kind in ('land_border', 'coastal_border', 'air_ports') then 'border_region'
        when places.kind in ('border_patrol_sector', 'field_office') then 'area_of_responsibility'
        else places.kind
    end as place_level,
    places.parent_id,
    parents.name_en as parent,
    places.country_id,
    facts.value,
    facts.missing_reason,
    not measures.is_cumulative as is_additive,
    facts.value_basis,
    facts.computed_value,
    facts.first_value,
    facts.revision_count,
    facts.is_final,
    facts.flags,
    facts.source_id,
    sources.publisher,
    sources.licence,
    sources.attribution,
    sources.page,
    sources.is_sample,
    facts.release_id,
    facts.published_at,
    facts.sha256,
    facts.locator
from {{ ref('fct_crossings_monthly').include(database=false) }} as facts
inner join {{ ref('dim_measure').include(database=false) }} as measures
    on measures.measure_id = facts.measure_id
inner join {{ ref('dim_source').include(database=false) }} as sources
    on sources.source_id = facts.source_id
inner join {{ ref('dim_geography').include(database=false) }} as places
    on places.geography_id = facts.geography_id
inner join {{ ref('dim_month').include(database=false) }} as months
    on months.month = facts.month
left join {{ ref('dim_geography').include(database=false) }} as parents
    on parents.geography_id = places.parent_id
