{# The columns in which the models of contradictions tell int_contradictions what they found. #}
{% macro contradiction_columns() -%}
    {{ return([
        'source_id', 'measure_id', 'cut', 'period', 'period_kind', 'period_start', 'geography_id', 'office',
        'breakdown', 'kind', 'published_value', 'computed_value', 'tolerance', 'release_id', 'release_order', 'locator',
    ]) }}
{%- endmacro %}

{# The select list of such a model: what is given, a typed NULL for what it is without, and every other column under its
   own name. #}
{% macro contradiction(given, without=[]) -%}
    {%- for column in contradiction_columns() %}
    {%- if column in without %}
    cast(null as {{ dbt.type_string() }}) as {{ column }}
    {%- elif column in given %}
    {{ given[column] }} as {{ column }}
    {%- else %}
    {{ column }}
    {%- endif %}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
