-- How each source stands as of the build: what it last said, how far it reaches, and whether more was due.
with clock as (

    select cast(value as date) as as_of
    from {{ source('raw', 'build') }}
    where key = 'as_of'

),

newest as (

    select
        *,
        row_number() over (partition by source_id order by release_order desc) as age
    from {{ ref('stg_roxham__releases') }}

),

reached as (

    select source_id, max(month) as reached_month
    from {{ ref('int_coverage') }}
    where has_figures
    group by source_id

),

-- Freshness is per measure and cut: the newest month of each beside the newest of its source. A cut that is one day (the
-- page of the last seven days) is read into the next one, so days stand together.
cuts as (

    select
        source_id,
        measure_id,
        case when cut like '____-__-__' then 'day' else cut end as cut,
        max(month) as reached_month
    from {{ ref('int_coverage') }}
    where has_figures
    group by source_id, measure_id, case when cut like '____-__-__' then 'day' else cut end

),

lagging as (

    select
        cuts.source_id,
        {{ dbt.listagg(
            "cuts.measure_id || ' by ' || cuts.cut || ' to ' || substring(cast(cuts.reached_month as "
            ~ dbt.type_string() ~ "), 1, 7)",
            "'; '", "order by cuts.measure_id, cuts.cut"
        ) }} as lagging_cuts
    from cuts
    inner join reached on reached.source_id = cuts.source_id
    inner join {{ ref('dim_source') }} as sources on sources.source_id = cuts.source_id
    -- By as much as the source itself may stand still; months end a month apart, so less than 45 days is no lag.
    where {{ dbt.datediff('cuts.reached_month', 'reached.reached_month', 'day') }}
        > case
            when sources.reference_must_advance_within_days > 45 then sources.reference_must_advance_within_days else 45
        end
    group by cuts.source_id

),

standing as (

    select
        sources.source_id,
        sources.title,
        newest.release_id,
        newest.known_on,
        newest.published_precision,
        reached.reached_month,
        clock.as_of,
        {{ dbt.datediff(dbt.last_day('reached.reached_month', 'month'), 'clock.as_of', 'day') }}
            as days_since_reached_month,
        told.status as told_status,
        told.reason as told_reason,
        told.next_expected,
        told.kept_back_releases,
        lagging.lagging_cuts,
        sources.reference_must_advance_within_days
    from {{ ref('dim_source') }} as sources
    cross join clock
    left join newest on newest.source_id = sources.source_id and newest.age = 1
    left join reached on reached.source_id = sources.source_id
    left join lagging on lagging.source_id = sources.source_id
    left join {{ source('raw', 'source_status') }} as told on told.source_id = sources.source_id

)

select
    source_id,
    title,
    -- Ingest knows the calendar, frozen pages and failing fetches, and is believed; where it says nothing, the
    -- reference month held speaks alone.
    case
        when told_status is not null then told_status
        when release_id is null then 'not_collected'
        when days_since_reached_month > reference_must_advance_within_days then 'late'
        else 'fresh'
    end as status,
    case
        when told_status is not null then told_reason
        when release_id is null then 'no release of this source was ever accepted'
        when days_since_reached_month > reference_must_advance_within_days
            then 'reference month ' || cast(reached_month as {{ dbt.type_string() }}) || ' has not advanced within '
                || cast(reference_must_advance_within_days as {{ dbt.type_string() }}) || ' days'
        else 'the reference month is recent enough'
    end as reason,
    release_id,
    known_on as published_at,
    published_precision,
    reached_month,
    next_expected,
    as_of,
    kept_back_releases,
    lagging_cuts
from standing
