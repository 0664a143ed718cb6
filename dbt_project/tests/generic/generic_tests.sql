{# No two rows share the combination; NULLs count as equal. #}
{% test unique_combination(model, columns) %}
select {{ columns | join(', ') }}, count(*) as duplicates
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}

{# Rule 2: a figure or a reason why there is none, never both and never neither. #}
{% test value_or_reason(model) %}
select *
from {{ model }}
where (value is null) = (missing_reason is null)
{% endtest %}

{# The states of a cell follow one another without gap or overlap, and only the last one is the latest. #}
{% test spans_do_not_overlap(model) %}
with followed as (

    select
        *,
        lead(valid_from) over (partition by cell_id order by release_number) as next_valid_from
    from {{ model }}

)

select *
from followed
where
    valid_to is distinct from next_valid_from
    or is_latest is distinct from (next_valid_from is null)
    or valid_to < valid_from
{% endtest %}

{# No row lacks any of these; one scan for all of them. In staging a NULL here is a label that nobody has mapped. #}
{% test none_missing(model, columns) %}
select *
from {{ model }}
where {% for column in columns %}{{ column }} is null{{ ' or ' if not loop.last }}{% endfor %}
{% endtest %}
