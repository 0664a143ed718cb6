-- The corrections register: figures that Roxham doubts, shown as published, with what is expected of the publisher and
-- what the newest release prints.
select
    register.correction_id,
    register.measure_id,
    register.geography_id,
    register.month,
    register.expected_value,
    facts.value as published_value,
    facts.value is not distinct from register.expected_value as is_as_expected,
    register.what,
    register.why,
    register.shown,
    register.told,
    register.status,
    register.since,
    facts.release_id
from {{ source('raw', 'corrections') }} as register
left join {{ ref('fct_crossings_monthly') }} as facts
    on facts.measure_id = register.measure_id
    and facts.geography_id = register.geography_id
    and facts.month = register.month
