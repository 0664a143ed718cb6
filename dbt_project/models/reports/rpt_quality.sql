-- What every check said, worst first: failed before passed, critical before warning before info.
select
    cast(row_number() over (
        order by
            success,
            case severity when 'critical' then 1 when 'warning' then 2 else 3 end,
            source_id, release_id, stage, "check", observed, "limit", reason
    ) as integer) as position,
    "check",
    severity,
    success,
    observed,
    "limit",
    reason,
    source_id,
    release_id,
    stage
from {{ source('raw', 'check_results') }}
