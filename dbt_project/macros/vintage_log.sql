{# The change-only vintage log of a relation of observations (one row per cell and release that prints it), rebuilt
   in full by window functions over the order of publication, so late and out-of-order releases just work.

   Only releases that cover a cell's month and cut are counted (`cover_number`). A gap in that count means that a
   release covers the month and does not print the cell: one row says so, as the source means it (`not_listed` or
   `withdrawn`).
   The work is linear in printed cells: no cell is crossed with releases. Only numbers and reasons go through the windows;
   what a cell is about is joined to the few states that remain. #}
{% macro vintage_log(observations, cells, breakdowns=[]) -%}
with printed as (

    select
        observations.cell_key,
        coverage.cover_number,
        coverage.last_cover_number,
        observations.value,
        observations.missing_reason,
        observations.computed_value
    from {{ observations }} as observations
    inner join {{ ref('int_coverage') }} as coverage
        on coverage.release_id = observations.release_id
        and coverage.measure_id = observations.measure_id
        and coverage.cut = observations.cut
        and coverage.month = observations.month

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

    select cell_key, cover_number, value, missing_reason, computed_value, false as is_gap
    from turning_points
    where is_change

    union all

    select
        cell_key,
        cover_number + 1 as cover_number,
        cast(null as bigint) as value,
        cast(null as {{ dbt.type_string() }}) as missing_reason,
        cast(null as bigint) as computed_value,
        true as is_gap
    from turning_points
    where is_followed_by_gap

),

about as (

    select distinct
        cells.cell_key,
        cells.cell_id,
        cells.source_id,
        cells.measure_id,
        cells.cut,
        cells.period,
        cells.month,
        cells.geography_id,
        cells.value_basis,
        {% for column in breakdowns %}cells.{{ column }},
        {% endfor -%}
        sources.absent_means
    from {{ cells }} as cells
    inner join {{ source('raw', 'sources') }} as sources
        on sources.source_id = cells.source_id

),

named_states as (

    select
        about.*,
        states.cover_number,
        states.value,
        case when states.is_gap then about.absent_means else states.missing_reason end as missing_reason,
        states.computed_value
    from states
    inner join about
        on about.cell_key = states.cell_key

),

-- A cell that is blank again after it said something was withdrawn; a blank that never said anything is still to come.
reasoned as (

    select
        cell_key,
        cell_id,
        source_id,
        measure_id,
        cut,
        period,
        month,
        geography_id,
        value_basis,
        {% for column in breakdowns %}{{ column }},
        {% endfor -%}
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
    from named_states

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
        changes.*,
        coverage.release_id,
        coverage.release_order,
        coverage.known_on,
        sum(case when changes.is_revision then 1 else 0 end) over (
            partition by changes.cell_key order by changes.cover_number
            rows between unbounded preceding and current row
        ) as revisions_so_far,
        lead(coverage.known_on) over (partition by changes.cell_key order by changes.cover_number) as valid_to,
        lead(changes.cover_number) over (partition by changes.cell_key order by changes.cover_number)
            as valid_to_cover_number,
        min(case when changes.missing_reason is distinct from 'not_yet_published' then changes.cover_number end) over (
            partition by changes.cell_key
        ) as first_figure_cover_number
    from changes
    inner join {{ ref('int_coverage') }} as coverage
        on coverage.source_id = changes.source_id
        and coverage.measure_id = changes.measure_id
        and coverage.cut = changes.cut
        and coverage.month = changes.month
        and coverage.cover_number = changes.cover_number

)

select
    spans.cell_key,
    spans.cell_id,
    spans.source_id,
    spans.measure_id,
    spans.cut,
    spans.period,
    spans.month,
    spans.geography_id,
    {% for column in breakdowns %}spans.{{ column }},
    {% endfor -%}
    spans.release_id,
    spans.release_order,
    spans.value,
    spans.missing_reason,
    spans.value_basis,
    spans.computed_value,
    spans.previous_value,
    spans.previous_missing_reason,
    spans.is_first_state,
    spans.is_revision,
    cast(spans.revisions_so_far as integer) as revisions_so_far,
    spans.known_on as valid_from,
    spans.valid_to,
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
            then cast({{ dbt.datediff(dbt.last_day('spans.month', 'month'), 'spans.known_on', 'day') }} as integer)
    end as lag_days,
    finality.final_on,
    finality.final_release_order
from spans
left join spans as first_figures
    on first_figures.cell_key = spans.cell_key
    and first_figures.cover_number = spans.first_figure_cover_number
left join {{ ref('int_first_figures') }} as basis
    on basis.release_id = first_figures.release_id
    and basis.measure_id = first_figures.measure_id
    and basis.cut = first_figures.cut
    and basis.month = first_figures.month
left join {{ ref('int_period_finality') }} as finality
    on finality.source_id = spans.source_id
    and finality.cut = spans.cut
    and finality.period = spans.period
{%- endmacro %}
