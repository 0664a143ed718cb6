{# What was known at the end of a day: the one query behind int_latest_totals (no day: everything known) and the
   table macro crossings_as_of(day). Relations go without the database's name, so that a copy of the file works too. #}
{% macro crossings_known_on(day=none) -%}
{# What is served holds no int_vintage_log: the macro reads the mart of it. -#}
{%- set log = ref('int_vintage_log').include(database=false) if day is none
    else "(select *, revision_count as revisions_so_far, 'total' as grain, " ~ short_key('cell_id') ~ " as cell_key from "
        ~ ref('fct_crossings_monthly_vintages').include(database=false) ~ ")" -%}
{%- set coverage = ref('int_coverage').include(database=false) -%}
{%- set flagged = ref('int_flagged_figures').include(database=false) -%}
{%- set observations = ref('int_total_observations').include(database=false) -%}
with known_states as (

    select *
    from {{ log }}
    where
        grain = 'total'
        {% if day is none -%}
        and is_latest
        {%- else -%}
        and valid_from <= {{ day }} and (valid_to is null or valid_to > {{ day }})
        {%- endif %}

),

-- Where several releases cover a month, the newest known one speaks, whether or not it changed the figure.
covering as (

    select
        source_id, measure_id, cut, month, release_id, known_on, sha256,
        row_number() over (partition by source_id, measure_id, cut, month order by release_order desc) as age
    from {{ coverage }}
    {% if day is not none %}where known_on <= {{ day }}{% endif %}

),

stated as (

    select
        known_states.cell_id,
        known_states.measure_id,
        known_states.month,
        known_states.geography_id,
        known_states.value,
        known_states.missing_reason,
        known_states.value_basis,
        known_states.computed_value,
        observations.computed_low,
        observations.computed_high,
        case when (known_states.missing_reason is distinct from 'not_yet_published') then known_states.first_value end
            as first_value,
        case
            when (known_states.missing_reason is distinct from 'not_yet_published') then known_states.first_value_basis
        end as first_value_basis,
        known_states.revisions_so_far as revision_count,
        {% if day is none -%}
        known_states.final_on is not null as is_final,
        {%- else -%}
        known_states.final_on is not null and known_states.final_on <= {{ day }} as is_final,
        {%- endif %}
        known_states.valid_from as unchanged_since,
        known_states.source_id,
        known_states.cut,
        covering.release_id,
        covering.known_on as published_at,
        releases.published_precision,
        covering.sha256,
        observations.locator,
        corrections.correction_id,
        flagged.flags
    from known_states
    inner join covering
        on covering.source_id = known_states.source_id
        and covering.measure_id = known_states.measure_id
        and covering.cut = known_states.cut
        and covering.month = known_states.month
        and covering.age = 1
    inner join {{ source('raw', 'releases').include(database=false) }} as releases
        on releases.release_id = covering.release_id
    left join {{ observations }} as observations
        on observations.cell_id = known_states.cell_id
        and observations.release_id = covering.release_id
    left join {{ flagged }} as flagged
        on flagged.cell_key = known_states.cell_key
        and flagged.release_id = covering.release_id
    -- Shown as published, flagged as doubted: only while the publisher prints what the register expects.
    left join {{ source('raw', 'corrections').include(database=false) }} as corrections
        on corrections.measure_id = known_states.measure_id
        and corrections.geography_id = known_states.geography_id
        and corrections.month = known_states.month
        and corrections.expected_value = known_states.value
        and corrections.status not in ('mended_by_publisher', 'withdrawn')

),

-- The agency's window goes on where a cut of ours ends: another table of the measure speaks of the month, this one is not
-- in the archive. The row names the release by which we know of the month.
reached_by_measure as (

    select
        source_id, measure_id, month, release_id, known_on, sha256,
        row_number() over (partition by source_id, measure_id, month order by release_order desc, sha256 asc) as age,
        min(known_on) over (partition by source_id, measure_id, month) as known_since
    from {{ coverage }}
    where
        has_figures
        {% if day is not none %}and known_on <= {{ day }}{% endif %}

),

series as (

    select measure_id, geography_id, source_id, cut, min(value_basis) as value_basis, min(month) as first_month
    from stated
    group by measure_id, geography_id, source_id, cut

),

not_held as (

    select
        {{ cell_id('series.measure_id', 'series.cut', "'total'", 'reached.month', 'series.geography_id', false) }}
            as cell_id,
        series.measure_id,
        reached.month,
        series.geography_id,
        cast(null as bigint) as value,
        'not_held' as missing_reason,
        series.value_basis,
        cast(null as bigint) as computed_value,
        cast(null as bigint) as computed_low,
        cast(null as bigint) as computed_high,
        cast(null as bigint) as first_value,
        cast(null as {{ dbt.type_string() }}) as first_value_basis,
        cast(0 as integer) as revision_count,
        false as is_final,
        reached.known_since as unchanged_since,
        series.source_id,
        series.cut,
        reached.release_id,
        reached.known_on as published_at,
        releases.published_precision,
        reached.sha256,
        cast(null as {{ dbt.type_string() }}) as locator,
        cast(null as {{ dbt.type_string() }}) as correction_id,
        cast(null as {{ dbt.type_string() }}) as flags
    from series
    inner join reached_by_measure as reached
        on reached.source_id = series.source_id
        and reached.measure_id = series.measure_id
        and reached.month > series.first_month
        and reached.age = 1
    inner join {{ source('raw', 'releases').include(database=false) }} as releases
        on releases.release_id = reached.release_id
    left join stated
        on stated.measure_id = series.measure_id
        and stated.geography_id = series.geography_id
        and stated.month = reached.month
    where stated.cell_id is null

)

select * from stated
union all
select * from not_held
{%- endmacro %}
