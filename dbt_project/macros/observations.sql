{# The contract of staging models: the columns, in order, that every source hands to the intermediate layer. #}
{% macro observation_columns() -%}
    {{ return([
        'source_id', 'measure_id', 'cut', 'window_rolls', 'is_exhaustive', 'grain', 'period', 'period_state',
        'period_kind', 'period_start', 'month', 'geography_id', 'component', 'region', 'citizenship', 'demographic', 'authority', 'encounter_type', 'office',
        'day', 'adds_to_place', 'adds_to_region', 'adds_to_country', 'printed', 'is_printed', 'value', 'missing_reason',
        'release_id', 'sha256', 'locator',
    ]) }}
{%- endmacro %}

{# The staging models that speak this contract, which are those that call `observation`. The written list of them is held
   against the project as soon as dbt knows it: a model that is left out would be loaded and never served. #}
{% macro observation_models() -%}
    {%- set listed = listed_observation_models() -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values()
            if 'macro.roxham.observation' in node.depends_on.macros and node.name not in listed -%}
            {{ exceptions.raise_compiler_error(
                node.name ~ " speaks the observation contract and is not in macros/observation_models.sql: "
                ~ "`roxham new-source --refresh` writes the list again") }}
        {%- endfor -%}
    {%- endif -%}
    {{ return(listed) }}
{%- endmacro %}

{# The breakdowns of a detail cell; NULL where a source does not break down by it. #}
{% macro breakdown_columns() -%}
    {{ return(['component', 'region', 'citizenship', 'demographic', 'authority', 'encounter_type', 'office', 'day']) }}
{%- endmacro %}

{# The select list of a staging model in the contract's order: what the source gives, the columns that its cells carry
   under the contract's own names already, and a typed NULL for what it does not have. What was printed, what that reads
   and where it stands every cell carries. A column that is not in the contract is an error. #}
{% macro observation(given, carried=[]) -%}
    {%- for column in (given | list) + carried if column not in observation_columns() -%}
        {{ exceptions.raise_compiler_error("no column of the observation contract: " ~ column) }}
    {%- endfor -%}
    {%- set types = {
        'window_rolls': 'boolean', 'is_exhaustive': 'boolean', 'period': 'integer', 'period_start': 'date',
        'month': 'date',
    } -%}
    {%- for column in observation_columns() %}
    {%- if column in given %}
    {{ given[column] }} as {{ column }}
    {%- elif column in carried + ['printed', 'value', 'release_id', 'sha256', 'locator'] %}
    {{ column }}
    {%- elif column == 'missing_reason' %}
    {{ missing_because({}) }} as missing_reason
    {%- elif column == 'is_printed' %}
    true as is_printed
    {%- else %}
    cast(null as {{ types.get(column, dbt.type_string()) }}) as {{ column }}
    {%- endif %}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# Why a cell has no value: the first of the source's own reasons whose condition holds; a cell that none of them
   explains could not be read, which is a fault of the file. #}
{% macro missing_because(reasons) -%}
    case
        when value is not null then null
        {%- for reason, condition in reasons.items() %}
        when {{ condition }} then '{{ reason }}'
        {%- endfor %}
        else 'parse_failed'
    end
{%- endmacro %}

{# The release, the file and the place in it, as the archive hands them over with every raw row. #}
{% macro lineage(rows) -%}
    {{ rows }}._release_id as release_id,
        {{ rows }}._sha256 as sha256,
        {{ rows }}._locator as locator
{%- endmacro %}

{# Joins what a source's labels mean, as its YAML's lookups say: `{'place': 'cells.row_label'}` gives `place.value`, and
   `{'place as claim': …}` the same lookup under another name. A label that nobody has mapped means NULL. #}
{% macro meanings(source_id, labels) -%}
    {%- for lookup_as_name, label in labels.items() %}
    {%- set lookup, name = (lookup_as_name ~ ' as ' ~ lookup_as_name).split(' as ')[:2] %}
    left join {{ source('raw', 'lookups') }} as {{ name }}
        on {{ name }}.source_id = '{{ source_id }}'
        and {{ name }}.lookup = '{{ lookup }}'
        and {{ name }}.label = {{ label }}
    {%- endfor %}
{%- endmacro %}

{# Joins what the source's YAML declares of it, as `sources`. #}
{% macro declaration(source_id) -%}
    inner join {{ source('raw', 'sources') }} as sources
        on sources.source_id = '{{ source_id }}'
{%- endmacro %}

{# One stable text key per cell, the same in every release. A breakdown that the cell does not have is left out of it. #}
{% macro cell_id(
    measure_id='measure_id', cut='cut', grain='grain', month='month', geography_id='geography_id', breakdowns=true
) -%}
    concat_ws('/', {{ measure_id }}, {{ cut }}, {{ grain }}, cast({{ month }} as {{ dbt.type_string() }}), {{ geography_id }}
    {%- if breakdowns %}
    {%- for column in breakdown_columns() %}
    , '{{ column }}=' || {{ column }}
    {%- endfor %}
    {%- endif %})
{%- endmacro %}

{# What int_coverage says of a row's month in the row's release: the relation of a join, named coverage, and its keys. #}
{% macro coverage_of(rows) -%}
    {{ ref('int_coverage') }} as coverage
        on coverage.release_id = {{ rows }}.release_id
        and coverage.measure_id = {{ rows }}.measure_id
        and coverage.cut = {{ rows }}.cut
        and coverage.month = {{ rows }}.month
{%- endmacro %}
