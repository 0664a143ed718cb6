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

{# `marts.sum_of(measures, place, first_month, last_month)`: the sum over months, refused with the reason where it would
   add what may not be added (rule 6): measures of different comparable groups, or cumulative ones. #}
{% macro create_sum_of() -%}
    {{ return(adapter.dispatch('create_sum_of', 'roxham')()) }}
{%- endmacro %}
{% macro default__create_sum_of() -%}
{%- endmacro %}
{% macro duckdb__create_sum_of() -%}
    {%- set facts = this.include(database=false) -%}
    {%- set measures = ref('dim_measure').include(database=false) -%}
    create or replace macro {{ this.include(database=false, identifier=false) }}.sum_of(
        measures, place, first_month, last_month
    ) as table
    with asked as (
        select measure_id, comparable_group, is_cumulative
        from {{ measures }}
        where list_contains(measures, measure_id)
    ),
    allowed as (
        select
            case
                when count(*) < len(measures)
                    then error('sum_of: ' || cast(measures as varchar) || ' names a measure that dim_measure does not have')
                when count(distinct comparable_group) > 1
                    then error(
                        'sum_of: unlike measures are never added: '
                        || string_agg(measure_id || ' is of the group ' || comparable_group, ', ' order by measure_id)
                    )
                when bool_or(is_cumulative)
                    then error('sum_of: ' || string_agg(measure_id, ', ') || ' is cumulative: its months are no parts of a sum')
                else true
            end as is_allowed
        from asked
    )
    select
        cast(sum(facts.value) as bigint) as value,
        count(facts.value) as figures,
        -- A month that no release held speaks of has no row, and is as much of a gap as one without a figure.
        count(*) filter (where facts.value is null and facts.missing_reason is distinct from 'not_listed')
        + len(measures) * (1 + date_diff('month', cast(first_month as date), cast(last_month as date)))
        - count(*) as gaps
    from {{ facts }} as facts
    cross join allowed
    where
        allowed.is_allowed
        and list_contains(measures, facts.measure_id)
        and facts.geography_id = place
        and facts.month between cast(first_month as date) and cast(last_month as date)
{%- endmacro %}
