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

{# A number for a text key, so that windows over millions of cells sort numbers. Two cells with one number would show up
   in the uniqueness test of int_cells. #}
{% macro short_key(text) -%}
    {{ return(adapter.dispatch('short_key', 'roxham')(text)) }}
{%- endmacro %}
{% macro default__short_key(text) -%}
    md5({{ text }})
{%- endmacro %}
{% macro duckdb__short_key(text) -%}
    md5_number_lower({{ text }})
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
