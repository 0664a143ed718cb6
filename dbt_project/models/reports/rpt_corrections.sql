-- The corrections register: figures that Roxham doubts, shown as published, with what is expected of the publisher and
-- what the newest release prints.
select
    entries.correction_id,
    entries.measure_id,
    entries.geography_id,
    entries.month,
    entries.expected_value,
    facts.value as published_value,
    (facts.value is not distinct from entries.expected_value) as is_as_expected,
    entries.what,
    entries.why,
    entries.shown,
    entries.told,
    entries.status,
    entries.since,
    facts.release_id
from {{ source('raw', 'corrections') }} as entries
left join {{ ref('fct_crossings_monthly') }} as facts
    on facts.measure_id = entries.measure_id
    and facts.geography_id = entries.geography_id
    and facts.month = entries.month
