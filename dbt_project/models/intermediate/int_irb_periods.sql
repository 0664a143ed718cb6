-- From which month on each release of the IRB's page counts, as its caption prints it: February 2017, later January 2017.
{{ config(materialized='view') }}

select
    _release_id as release_id,
    min({{ plain_text('period_from') }}) as counts_from
from {{ source('irb_irregular_claims', 'irb_irregular_claims__cells') }}
group by _release_id
