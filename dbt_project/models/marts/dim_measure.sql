-- What is counted, and what may be summed with it: only measures of the same comparable_group.
select
    measure_id,
    source_id,
    title,
    definition,
    unit,
    counts_persons,
    cast(rounded_to as integer) as rounded_to,
    is_cumulative,
    comparable_group,
    note_url
from {{ source('raw', 'measures') }}
