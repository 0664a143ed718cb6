-- Figures as others quoted them before the first archived release: a secondary source, beside the facts and never in
-- them. `marts.press_as_of(day)` gives the latest quotation that was known on a day.
{{ config(post_hook="{{ create_press_as_of() }}") }}

select
    measure_id,
    period_start,
    period_end,
    geography_id,
    value,
    quoted_on,
    basis,
    doubt,
    address,
    note,
    true as is_secondary,
    source_id,
    release_id,
    sha256,
    locator
from {{ ref('stg_rcmp_press_vintages') }}
