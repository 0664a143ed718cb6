-- Figures that rest on a flagged cell: printed ones on their own, sums of a place on any of their parts.
{{ config(schema='raw', alias='flagged_figures') }}
with figures as (

    select cell_key, release_id, flag
    from {{ ref('int_flagged_cells') }}
    {% for target in ['adds_to_place', 'adds_to_region', 'adds_to_country'] -%}
    union
    select
        {{ short_key(cell_id('measure_id', 'cut', "'total'", 'month', target, breakdowns=false)) }} as cell_key,
        release_id,
        flag
    from {{ ref('int_flagged_cells') }}
    where {{ target }} is not null
    {% endfor %}
)

select
    cell_key,
    release_id,
    {{ dbt.listagg('flag', "', '", 'order by flag') }} as flags
from figures
group by cell_key, release_id
