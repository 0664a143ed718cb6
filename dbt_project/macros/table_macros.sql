{# Table macros, which DuckDB keeps in the file beside the marts. Relations go without the database's name, so that a copy
   of the file works too. #}

{# `marts.crossings_as_of(day)`: what fct_crossings_monthly said at the end of that day. #}
{% macro create_crossings_as_of() -%}
    create or replace macro {{ this.include(database=false, identifier=false) }}.crossings_as_of(known_day) as table
    {{ crossings_known_on('cast(known_day as date)') }}
{%- endmacro %}

{# `marts.sum_of(measures, place, first_month, last_month)`: the sum over months, refused with the reason where it would
   add what may not be added (rule 6): measures of different comparable groups, or cumulative ones. #}
{% macro create_sum_of() -%}
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

{# `marts.press_as_of(day)`: for each measure, span and place the latest quotation of that day or before, in the columns
   of fct_press_quotations. Of several on one day those that nobody doubts come first, then the address decides. #}
{% macro create_press_as_of() -%}
    create or replace macro {{ this.include(database=false, identifier=false) }}.press_as_of(known_day) as table
    select *
    from {{ this.include(database=false) }}
    where quoted_on <= cast(known_day as date)
    qualify row_number() over (
        partition by measure_id, period_start, period_end, geography_id
        order by quoted_on desc, doubt is not null, basis desc, address, value
    ) = 1
{%- endmacro %}
