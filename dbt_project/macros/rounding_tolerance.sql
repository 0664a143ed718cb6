{# How far a printed total may lie from the sum of its printed parts before the two contradict each other: half a unit
   of rounding for the total and for each part with a value, and up to one unit less one for each masked part. Exact
   figures have none. #}
{% macro rounding_tolerance(rounded_to, parts_with_value, parts_suppressed) -%}
    cast(case
        when {{ rounded_to }} > 1
            then floor({{ rounded_to }} / 2) * (1 + {{ parts_with_value }})
                + ({{ rounded_to }} - 1) * {{ parts_suppressed }}
        else 0
    end as bigint)
{%- endmacro %}
