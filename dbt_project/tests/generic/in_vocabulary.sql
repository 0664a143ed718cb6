{# A shared column says only what it may say, the same in every model: one of the listed words, or a key of the dimension
   that it points at. NULL is left to the contract's not_null. #}
{% test in_vocabulary(model, column_name) %}
{%- set words = {
    'missing_reason': ['not_yet_published', 'not_listed', 'out_of_window', 'withdrawn', 'suppressed', 'not_collected',
        'not_applicable', 'not_held', 'parse_failed',
    ],
    'value_basis': ['published', 'computed'],
    'first_value_basis': ['observed_first', 'archive_starts_later'],
    'published_precision': ['day', 'month', 'year'],
} -%}
{%- set dimensions = {
    'measure_id': 'dim_measure', 'geography_id': 'dim_geography', 'source_id': 'dim_source', 'release_id': 'dim_release',
} -%}
{%- if column_name in words %}
select distinct {{ column_name }}
from {{ model }}
where {{ column_name }} not in ('{{ words[column_name] | join("', '") }}')
{%- else %}
select distinct facts.{{ column_name }}
from {{ model }} as facts
left join {{ ref(dimensions[column_name]) }} as known
    on known.{{ column_name }} = facts.{{ column_name }}
where facts.{{ column_name }} is not null and known.{{ column_name }} is null
{%- endif %}
{% endtest %}
