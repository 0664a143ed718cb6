{# What databases write differently, in one place each. #}

{# Whether a text matches a regular expression. #}
{% macro matches(text, pattern) -%}
    regexp_matches({{ text }}, '{{ pattern }}')
{%- endmacro %}

{# Replaces every match of a regular expression. #}
{% macro regexp_replace_all(text, pattern, replacement) -%}
    regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}', 'g')
{%- endmacro %}

{# A number for a text key, so that windows over millions of cells sort numbers. Two cells with one number would show up
   in the uniqueness test of int_cells. #}
{% macro short_key(text) -%}
    md5_number_lower({{ text }})
{%- endmacro %}
