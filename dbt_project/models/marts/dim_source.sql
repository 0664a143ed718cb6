-- The sources, as their YAMLs declare them.
select
    source_id,
    title,
    publisher,
    licence,
    attribution,
    page,
    cast(fiscal_year_start as integer) as fiscal_year_start,
    window_rule,
    absent_means,
    closes,
    cast(allowance_days as integer) as allowance_days,
    cast(reference_must_advance_within_days as integer) as reference_must_advance_within_days,
    sample as is_sample,
    is_secondary
from {{ source('raw', 'sources') }}
