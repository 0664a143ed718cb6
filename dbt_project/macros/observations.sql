{# The contract of staging models: the columns, in order, that every source hands to the intermediate layer. #}
{% macro observation_columns() -%}
    {{ return([
        'source_id', 'measure_id', 'cut', 'window_rolls', 'is_exhaustive', 'grain', 'period', 'period_state',
        'period_kind', 'period_start', 'month', 'geography_id', 'component', 'region', 'citizenship', 'demographic', 'authority', 'encounter_type', 'office',
        'day', 'adds_to_place', 'adds_to_region', 'adds_to_country', 'printed', 'value', 'missing_reason',
        'release_id', 'sha256', 'locator',
    ]) }}
{%- endmacro %}

{# The breakdowns of a detail cell; NULL where a source does not break down by it. #}
{% macro breakdown_columns() -%}
    {{ return(['component', 'region', 'citizenship', 'demographic', 'authority', 'encounter_type', 'office', 'day']) }}
{%- endmacro %}

{# The select list of a staging model in the contract's order: what the source gives, and a typed NULL for what it does
   not have. A column that is not in the contract is an error. #}
{% macro observation(given) -%}
    {%- for column in given if column not in observation_columns() -%}
        {{ exceptions.raise_compiler_error("no column of the observation contract: " ~ column) }}
    {%- endfor -%}
    {%- set types = {
        'window_rolls': 'boolean', 'is_exhaustive': 'boolean', 'period': 'integer', 'period_start': 'date',
        'month': 'date', 'value': 'bigint',
    } -%}
    {%- for column in observation_columns() %}
    {%- if column in given %}
    {{ given[column] }} as {{ column }}
    {%- else %}
    cast(null as {{ types.get(column, dbt.type_string()) }}) as {{ column }}
    {%- endif %}{{ ',' if not loop.last }}
    {%- endfor %}
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
