{# Everything that databases write differently, behind adapter dispatch. #}

{% macro matches(text, pattern) -%}
    {{ return(adapter.dispatch('matches', 'roxham')(text, pattern)) }}
{%- endmacro %}
{% macro default__matches(text, pattern) -%}
    {{ text }} ~ '{{ pattern }}'
{%- endmacro %}
{% macro duckdb__matches(text, pattern) -%}
    regexp_matches({{ text }}, '{{ pattern }}')
{%- endmacro %}
{% macro spark__matches(text, pattern) -%}
    {{ text }} rlike '{{ pattern }}'
{%- endmacro %}

{% macro regexp_replace_all(text, pattern, replacement) -%}
    {{ return(adapter.dispatch('regexp_replace_all', 'roxham')(text, pattern, replacement)) }}
{%- endmacro %}
{% macro default__regexp_replace_all(text, pattern, replacement) -%}
    regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}', 'g')
{%- endmacro %}
{% macro spark__regexp_replace_all(text, pattern, replacement) -%}
    regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement | replace("\\", "$") }}')
{%- endmacro %}

{# `marts.crossings_as_of(day)`: what fct_crossings_monthly said at the end of that day. DuckDB has table macros; other
   databases get the same query as a function when one of them is served. #}
{% macro create_crossings_as_of() -%}
    {{ return(adapter.dispatch('create_crossings_as_of', 'roxham')()) }}
{%- endmacro %}
{% macro default__create_crossings_as_of() -%}
{%- endmacro %}
{% macro duckdb__create_crossings_as_of() -%}
    create or replace macro {{ this.include(database=false, identifier=false) }}.crossings_as_of(known_day) as table
    {{ crossings_known_on('cast(known_day as date)') }}
{%- endmacro %}
