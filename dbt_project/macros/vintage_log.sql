{# The change-only vintage log of a relation of observations (one row per cell and release that prints it), rebuilt in
   full by window functions over the order of publication, so late and out-of-order releases just work.

   Only releases that cover a cell's month and cut are counted (`cover_number`). A gap in that count means that a release
   which covers the month does not print the cell: one row says so (`not_listed` or `withdrawn`, as the source means it).
   The work is linear in printed cells: no cell is crossed with releases. #}
{% macro vintage_log(observations, breakdowns=[]) -%}
with printed as (

    select
        observations.*,
        coverage.cover_number
    from {{ observations }} as observations
    inner join {{ ref('int_coverage') }} as coverage
        on coverage.release_id = observations.release_id
        and coverage.measure_id = observations.measure_id
        and coverage.cut = observations.cut
        and coverage.month = observations.month

),

last_covers as (

    select source_id, measure_id, cut, month, max(cover_number) as cover_number
    from {{ ref('int_coverage') }}
    group by source_id, measure_id, cut, month

),

followed as (

    select
        printed.*,
        coalesce(
            lead(printed.cover_number) over (partition by printed.cell_id order by printed.cover_number),
            last_covers.cover_number + 1
        ) as next_cover_number
    from printed
    inner join last_covers
        on last_covers.source_id = printed.source_id
        and last_covers.measure_id = printed.measure_id
        and last_covers.cut = printed.cut
        and last_covers.month = printed.month

),

gone as (

    select
        followed.cell_id,
        followed.source_id,
        followed.measure_id,
        followed.cut,
        followed.period,
        followed.month,
        followed.geography_id,
        {% for column in breakdowns %}followed.{{ column }}, {% endfor %}
        coverage.release_id,
        coverage.release_order,
        coverage.known_on,
        cast(null as bigint) as value,
        sources.absent_means as missing_reason,
        followed.value_basis,
        cast(null as bigint) as computed_value,
        coverage.cover_number
    from followed
    inner join {{ ref('int_coverage') }} as coverage
        on coverage.source_id = followed.source_id
        and coverage.measure_id = followed.measure_id
        and coverage.cut = followed.cut
        and coverage.month = followed.month
        and coverage.cover_number = followed.cover_number + 1
    inner join {{ source('raw', 'sources') }} as sources
        on sources.source_id = followed.source_id
    where followed.next_cover_number > followed.cover_number + 1

),

states as (

    select
        cell_id, source_id, measure_id, cut, period, month, geography_id,
        {% for column in breakdowns %}{{ column }}, {% endfor %}
        release_id, release_order, known_on, value, missing_reason, value_basis, computed_value, cover_number
    from followed

    union all

    select * from gone

),

-- A cell that is blank again after it said something was withdrawn; a blank that never said anything is still to come.
reasoned as (

    select
        cell_id, source_id, measure_id, cut, period, month, geography_id,
        {% for column in breakdowns %}{{ column }}, {% endfor %}
        release_id, release_order, known_on, value, value_basis, computed_value, cover_number,
        case
            when missing_reason in ('not_yet_published', 'withdrawn') then
                case
                    when max(case when value is not null or missing_reason in ('suppressed', 'parse_failed') then 1 end) over (
                        partition by cell_id order by cover_number rows between unbounded preceding and 1 preceding
                    ) is not null then 'withdrawn'
                    else 'not_yet_published'
                end
            else missing_reason
        end as missing_reason
    from states

),

compared as (

    select
        *,
        lag(cover_number) over (partition by cell_id order by cover_number) is null as is_first_state,
        lag(value) over (partition by cell_id order by cover_number) as previous_value,
        lag(missing_reason) over (partition by cell_id order by cover_number) as previous_missing_reason,
        lag(computed_value) over (partition by cell_id order by cover_number) as previous_computed_value
    from reasoned

),

changes as (

    select
        *,
        -- A first figure in place of a "not yet" is news, not a revision; nor is a new sum beside an unchanged total.
        not is_first_state
        and previous_missing_reason is distinct from 'not_yet_published'
        and (value is distinct from previous_value or missing_reason is distinct from previous_missing_reason)
            as is_revision
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
            partition by cell_id order by cover_number rows between unbounded preceding and current row
        ) as revisions_so_far,
        lead(known_on) over (partition by cell_id order by cover_number) as valid_to,
        lead(cover_number) over (partition by cell_id order by cover_number) as valid_to_cover_number,
        min(case when missing_reason is distinct from 'not_yet_published' then cover_number end) over (partition by cell_id)
            as first_figure_cover_number
    from changes

)

select
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
        when first_figures.cell_id is null then null
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
    on first_figures.cell_id = spans.cell_id
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
