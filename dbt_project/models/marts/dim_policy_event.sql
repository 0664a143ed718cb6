-- Dates that a reader wants on a chart of crossings, each with its source.
select
    policy_event_id,
    cast(effective_on as date) as effective_on,
    name_en,
    name_fr,
    country_id,
    source_url
from {{ ref('policy_events') }}
