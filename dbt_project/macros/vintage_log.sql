{# What int_coverage says of a row's month in the row's release: the relation of a join, named coverage, and its keys. #}
{% macro coverage_of(rows) -%}
    {{ ref('int_coverage') }} as coverage
        on coverage.release_id = {{ rows }}.release_id
        and coverage.measure_id = {{ rows }}.measure_id
        and coverage.cut = {{ rows }}.cut
        and coverage.month = {{ rows }}.month
{%- endmacro %}

{# The change-only vintage log of a relation of observations (one row per cell and release that prints it), rebuilt
   in full by window functions over the order of publication, so late and out-of-order releases just work.

   Only releases that cover a cell's month and cut are counted (`cover_number`). A gap in that count means that a
   release covers the month and does not print the cell: one row says so, as the source means it (`not_listed` or
   `withdrawn`).
   The work is linear in printed cells: no cell is crossed with releases. Only numbers and reasons go through the windows;
   what a cell is about and when its releases were known is joined to the few states that remain. #}
{% macro vintage_log(observations, cells, breakdowns=[]) -%}
with printed as (

    select
        observations.cell_key,
        coverage.cover_number,
        coverage.last_cover_number,
        observations.value,
        observations.missing_reason,
        observations.computed_value,
        sources.absent_means
    from {{ observations }} as observations
    inner join {{ coverage_of('observations') }}
    inner join {{ source('raw', 'sources') }} as sources
        on sources.source_id = observations.source_id

),

beside_its_neighbours as (

    select
        *,
        lag(cover_number) over (partition by cell_key order by cover_number) as previous_cover_number,
        lag(value) over (partition by cell_key order by cover_number) as previous_value,
        lag(missing_reason) over (partition by cell_key order by cover_number) as previous_missing_reason,
        lag(computed_value) over (partition by cell_key order by cover_number) as previous_computed_value,
        lead(cover_number) over (partition by cell_key order by cover_number) as next_cover_number
    from printed

),

-- From here on only cells' first states, changes and the edges of gaps are left: a few per cent of what was printed.
turning_points as (

    select
        *,
        case
            when previous_cover_number is null then true
            when previous_cover_number < cover_number - 1 then true
            when (value is distinct from previous_value) then true
            when (missing_reason is distinct from previous_missing_reason) then true
            when (computed_value is distinct from previous_computed_value) then true
            else false
        end as is_change,
        case
            when next_cover_number > cover_number + 1 then true
            when next_cover_number is null and cover_number < last_cover_number then true
            else false
        end as is_followed_by_gap
    from beside_its_neighbours

),

states as (

    select cell_key, cover_number, value, missing_reason, computed_value
    from turning_points
    where is_change

    union all

    select
        cell_key,
        cover_number + 1 as cover_number,
        cast(null as bigint) as value,
        absent_means as missing_reason,
        cast(null as bigint) as computed_value
    from turning_points
    where is_followed_by_gap

),

-- A cell that is blank again after it said something was withdrawn; a blank that never said anything is still to come.
reasoned as (

    select
        cell_key,
        cover_number,
        value,
        computed_value,
        case
            when missing_reason not in ('not_yet_published', 'withdrawn') then missing_reason
            when missing_reason is null then null
            when max(case when value is not null or missing_reason in ('suppressed', 'parse_failed') then 1 end) over (
                partition by cell_key order by cover_number rows between unbounded preceding and 1 preceding
            ) is not null then 'withdrawn'
            else 'not_yet_published'
        end as missing_reason
    from states

),

compared as (

    select
        *,
        lag(cover_number) over (partition by cell_key order by cover_number) is null as is_first_state,
        lag(value) over (partition by cell_key order by cover_number) as previous_value,
        lag(missing_reason) over (partition by cell_key order by cover_number) as previous_missing_reason,
        lag(computed_value) over (partition by cell_key order by cover_number) as previous_computed_value
    from reasoned

),

changes as (

    select
        *,
        -- A first figure in place of a "not yet" is news, not a revision; nor is a new sum beside an unchanged total.
        case
            when is_first_state or previous_missing_reason = 'not_yet_published' then false
            when (value is distinct from previous_value) then true
            when (missing_reason is distinct from previous_missing_reason) then true
            else false
        end as is_revision
    from compared
    where
        is_first_state
        or value is distinct from previous_value
        or missing_reason is distinct from previous_missing_reason
        or computed_value is distinct from previous_computed_value

),

spans as (

    select
        *,
        sum(case when is_revision then 1 else 0 end) over (
            partition by cell_key order by cover_number rows between unbounded preceding and current row
        ) as revisions_so_far,
        lead(cover_number) over (partition by cell_key order by cover_number) as valid_to_cover_number,
        min(case when missing_reason is distinct from 'not_yet_published' then cover_number end) over (
            partition by cell_key
        ) as first_figure_cover_number
    from changes

),

first_figures as (

    select cell_key, cover_number, value
    from spans
    where cover_number = first_figure_cover_number

),

about as (

    -- Where observations themselves say what their cells are about, they say it once per release.
    select {{ 'distinct ' if cells == observations }}
        cell_key,
        cell_id,
        source_id,
        measure_id,
        cut,
        period,
        month,
        geography_id,
        {% for column in breakdowns %}{{ column }},
        {% endfor -%}
        value_basis
    from {{ cells }}

)

select
    about.cell_key,
    about.cell_id,
    about.source_id,
    about.measure_id,
    about.cut,
    about.period,
    about.month,
    about.geography_id,
    {% for column in breakdowns %}about.{{ column }},
    {% endfor -%}
    coverage.release_id,
    coverage.release_order,
    spans.value,
    spans.missing_reason,
    about.value_basis,
    spans.computed_value,
    spans.previous_value,
    spans.previous_missing_reason,
    spans.is_first_state,
    spans.is_revision,
    cast(spans.revisions_so_far as integer) as revisions_so_far,
    coverage.known_on as valid_from,
    following.known_on as valid_to,
    spans.valid_to_cover_number,
    spans.valid_to_cover_number is null as is_latest,
    cast(spans.cover_number as integer) as release_number,
    first_figures.value as first_value,
    case
        when first_figures.cell_key is null then null
        when basis.first_value_basis is null then 'archive_starts_later'
        else basis.first_value_basis
    end as first_value_basis,
    case
        when basis.first_value_basis = 'observed_first'
            then cast({{ dbt.datediff(dbt.last_day('about.month', 'month'), 'coverage.known_on', 'day') }} as integer)
    end as lag_days,
    finality.final_on,
    finality.final_release_order
from spans
inner join about
    on about.cell_key = spans.cell_key
{% for name, number in {
    'coverage': 'cover_number', 'following': 'valid_to_cover_number', 'first_covering': 'first_figure_cover_number'
}.items() -%}
left join {{ ref('int_coverage') }} as {{ name }}
    on {{ name }}.source_id = about.source_id
    and {{ name }}.measure_id = about.measure_id
    and {{ name }}.cut = about.cut
    and {{ name }}.month = about.month
    and {{ name }}.cover_number = spans.{{ number }}
{% endfor -%}
left join first_figures
    on first_figures.cell_key = spans.cell_key
left join {{ ref('int_first_figures') }} as basis
    on basis.release_id = first_covering.release_id
    and basis.measure_id = about.measure_id
    and basis.cut = about.cut
    and basis.month = about.month
left join {{ ref('int_period_finality') }} as finality
    on finality.source_id = about.source_id
    and finality.cut = about.cut
    and finality.period = about.period
{%- endmacro %}
