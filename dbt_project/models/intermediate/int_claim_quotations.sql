-- What the press had quoted for a claim's own months and place by the day on which it was printed: the newest quotation.
{{ config(materialized='view') }}

with quoted as (

    select
        claims.claim_id,
        quotations.value,
        quotations.quoted_on,
        quotations.address,
        row_number() over (
            partition by claims.claim_id order by
                quotations.quoted_on desc, quotations.doubt asc nulls first, quotations.locator asc
        ) as age
    from {{ ref('press_claims') }} as claims
    inner join {{ ref('stg_rcmp_press_vintages') }} as quotations
        on quotations.measure_id = claims.measure_id
        and quotations.geography_id = claims.place
        and quotations.period_start = claims.period_start
        and quotations.period_end = {{ dbt.last_day('claims.period_end', 'month') }}
        and quotations.quoted_on <= claims.printed_on
    where claims.minus_place is null and claims.figure_kind = 'sum'

)

select claim_id, value, quoted_on, address
from quoted
where age = 1
