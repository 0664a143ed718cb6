-- Rebuilds every release from the change-only log and compares it with what the release printed: 0 differing cells.
-- Printed but not in the log (or otherwise there), and in the log but not printed, are both differences.
with printed as (

    select
        observations.cell_key, observations.value, observations.missing_reason, observations.computed_value,
        coverage.cover_number
    from {{ ref('int_observations') }} as observations
    inner join {{ coverage_of('observations') }}

),

-- Joined on the cell alone, and counted: a join on the range of releases would compare every cell with every state.
differing as (

    select printed.cell_key
    from printed
    left join {{ ref('int_vintage_log') }} as log
        on log.cell_key = printed.cell_key
    group by printed.cell_key, printed.cover_number
    having
        count(
            case
                when
                    log.release_number <= printed.cover_number
                    and (log.is_latest or log.valid_to_cover_number > printed.cover_number)
                    and log.value is not distinct from printed.value
                    and log.computed_value is not distinct from printed.computed_value
                    -- The log tells a withdrawn figure from one still to come; a release by itself cannot.
                    and case
                        when log.missing_reason = 'withdrawn' then 'not_yet_published' else log.missing_reason
                    end is not distinct from printed.missing_reason
                    then 1
            end
        ) is distinct from 1

),

figures_in_log as (

    select
        log.cell_key,
        sum(
            case when log.is_latest then coverage.last_cover_number + 1 else log.valid_to_cover_number end
            - log.release_number
        ) as figures
    from {{ ref('int_vintage_log') }} as log
    inner join {{ coverage_of('log') }}
    where log.value is not null
    group by log.cell_key

),

figures_printed as (

    select cell_key, count(*) as figures
    from printed
    where value is not null
    group by cell_key

)

select cell_key, 'printed otherwise than the log says' as difference
from differing

union all

select figures_in_log.cell_key, 'the log has figures that were not printed' as difference
from figures_in_log
left join figures_printed on figures_printed.cell_key = figures_in_log.cell_key
where figures_in_log.figures is distinct from figures_printed.figures
