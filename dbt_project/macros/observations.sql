{# The contract of staging models: the columns, in order, that every source hands to the intermediate layer. #}
{% macro observation_columns() -%}
    {{ return([
        'source_id', 'measure_id', 'cut', 'window_rolls', 'is_exhaustive', 'grain', 'period', 'period_state', 'month',
        'geography_id', 'component', 'region', 'citizenship', 'demographic', 'authority', 'encounter_type', 'office',
        'adds_to_place', 'adds_to_region', 'adds_to_country', 'printed', 'value', 'missing_reason',
        'release_id', 'sha256', 'locator',
    ]) }}
{%- endmacro %}

{# The breakdowns of a detail cell; NULL where a source does not break down by it. #}
{% macro breakdown_columns() -%}
    {{ return(['component', 'region', 'citizenship', 'demographic', 'authority', 'encounter_type', 'office']) }}
{%- endmacro %}

{# One stable text key per cell, the same in every release. #}
{% macro cell_id(
    measure_id='measure_id', cut='cut', grain='grain', month='month', geography_id='geography_id', breakdowns=true
) -%}
    {{ measure_id }} || '/' || {{ cut }} || '/' || {{ grain }}
    || '/' || cast({{ month }} as {{ dbt.type_string() }}) || '/' || {{ geography_id }}
    {%- if breakdowns %}
    {%- for column in breakdown_columns() %}
    || coalesce('/{{ column }}=' || {{ column }}, '')
    {%- endfor %}
    {%- endif %}
{%- endmacro %}
