{# The first day of a calendar month. #}
{% macro first_of_month(year, month_number) -%}
    cast(
        cast({{ year }} as {{ dbt.type_string() }}) || '-'
        || lpad(cast({{ month_number }} as {{ dbt.type_string() }}), 2, '0') || '-01' as date
    )
{%- endmacro %}

{# The calendar month of a month of a fiscal year: US fiscal year N runs from October N-1 to September N. #}
{% macro fiscal_to_calendar(fiscal_year, month_number, fiscal_year_start) -%}
    {{ first_of_month(
        "case when " ~ fiscal_year_start ~ " > 1 and " ~ month_number ~ " >= " ~ fiscal_year_start
        ~ " then " ~ fiscal_year ~ " - 1 else " ~ fiscal_year ~ " end", month_number) }}
{%- endmacro %}

{# The calendar month of a row whose `fiscal_year` and `month` are mapped and whose source's `declaration` is joined. Where
   the label `year_label` heads a year's total, that is dated by the month that the year begins with. #}
{% macro month_of_fiscal_year(year_label=none) -%}
    {%- if year_label -%}
        {%- set month_number = "coalesce(cast(nullif(month.value, '" ~ year_label ~ "') as integer), sources.fiscal_year_start)" -%}
    {%- else -%}
        {%- set month_number = 'cast(month.value as integer)' -%}
    {%- endif -%}
    {{ fiscal_to_calendar('cast(fiscal_year.value as integer)', month_number, 'sources.fiscal_year_start') }}
{%- endmacro %}

{# The fiscal year that a calendar month lies in. #}
{% macro fiscal_year_of(month, fiscal_year_start) -%}
    cast(extract(year from {{ month }}) as integer)
    + case
        when {{ fiscal_year_start }} > 1 and extract(month from {{ month }}) >= {{ fiscal_year_start }} then 1
        else 0
    end
{%- endmacro %}

{# The first day of the calendar month that a day lies in. #}
{% macro month_of(day) -%}
    cast({{ dbt.date_trunc('month', day) }} as date)
{%- endmacro %}

{# Whether a fiscal year was still running, as the agency's label says: "2024 (FYTD)" runs, "2024" is over. #}
{% macro fiscal_year_state(label) -%}
    case when lower({{ label }}) like '%ytd%' then 'open' else 'closed' end
{%- endmacro %}
