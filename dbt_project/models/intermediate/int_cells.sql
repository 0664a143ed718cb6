{% set about = ['cell_key', 'source_id', 'measure_id', 'cut', 'period', 'month', 'geography_id'] | join(', ') -%}
-- What each cell is about that any release speaks of, both grains.
with cells as (

    select distinct
        {{ about }}, grain, {{ breakdown_columns() | join(', ') }},
        'published' as value_basis
    from {{ ref('int_printed_cells') }}
    where grain = 'detail'

    union all

    select distinct
        {{ about }}, 'total' as grain,
        {% for column in breakdown_columns() %}cast(null as {{ dbt.type_string() }}) as {{ column }},
        {% endfor -%}
        value_basis
    from {{ ref('int_total_observations') }}

)

select
    {{ cell_id() }} as cell_id,
    *
from cells
