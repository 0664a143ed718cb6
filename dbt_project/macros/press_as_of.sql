{# `marts.press_as_of(day)`: for each measure, span and place the latest quotation of that day or before, in the columns
   of fct_press_quotations. Of several on one day those that nobody doubts come first, then the address decides. #}
{% macro create_press_as_of() -%}
    {{ return(adapter.dispatch('create_press_as_of', 'roxham')()) }}
{%- endmacro %}
{% macro default__create_press_as_of() -%}
{%- endmacro %}
{% macro duckdb__create_press_as_of() -%}
    create or replace macro {{ this.include(database=false, identifier=false) }}.press_as_of(known_day) as table
    select *
    from {{ this.include(database=false) }}
    where quoted_on <= cast(known_day as date)
    qualify row_number() over (
        partition by measure_id, period_start, period_end, geography_id
        order by quoted_on desc, doubt is not null, basis desc, address, value
    ) = 1
{%- endmacro %}
