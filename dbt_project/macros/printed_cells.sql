{# What a printed cell says. Parsers hand over the cell as printed; these macros are the only place that reads a number
   out of it. Anything that is not plainly a count stays NULL, so that no separator is ever guessed. #}

{# The cell without what typesetting adds: outer quotes, no-break, thin and zero-width blanks. #}
{% macro plain_text(printed) -%}
    {%- set blanks_made_plain = "translate(" ~ printed ~ ", '\u00a0\u202f\u2009\u2007\u200b\ufeff', '    ')" -%}
    trim({{ regexp_replace_all(blanks_made_plain, '^\\s*"(.*)"\\s*$', '\\1') }})
{%- endmacro %}

{# A count: digits, with commas or blanks only where they part thousands. `1,23`, `1.234` and `12 34` are no counts. #}
{% macro printed_count(printed) -%}
    case
        when {{ matches(printed, '^[0-9]{1,15}$') }} then cast({{ printed }} as bigint)
        when {{ matches(
            plain_text(printed), '^([0-9]{1,15}|[0-9]{1,3}(,[0-9]{3}){1,4}|[0-9]{1,3}( [0-9]{3}){1,4})$'
        ) }}
            then cast(replace(replace({{ plain_text(printed) }}, ',', ''), ' ', '') as bigint)
    end
{%- endmacro %}

{# A dash of one stroke, however it was typed. #}
{% macro is_dash(printed) -%}
    {{ plain_text(printed) }} in ({% for dash in dashes() %}'{{ dash }}'{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}

{# The agencies' mask: two strokes. #}
{% macro is_mask(printed) -%}
    {{ plain_text(printed) }} in ({% for dash in dashes() %}'{{ dash }}{{ dash }}'{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}

{# Hyphen-minus, hyphen, no-break hyphen, figure dash, en dash, em dash, minus. #}
{% macro dashes() -%}
    {{ return(['-', '\u2010', '\u2011', '\u2012', '\u2013', '\u2014', '\u2212']) }}
{%- endmacro %}

{# A whole number that went through a program which keeps numbers as fractions: `9584.0` and `7.000` become `9584` and `7`;
   `74.5` stays as it is and is no count. For agencies that part thousands by commas only. #}
{% macro without_point_zero(printed) -%}
    trim({{ regexp_replace_all(printed, '^(.*[0-9])[.]0{1,3}$', '\\1') }})
{%- endmacro %}
