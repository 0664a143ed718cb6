-- Secondary migration: one row per province of claim, province of last known address and year, per release.
with mapped as (

    select
        claim.value as claim_geography_id,
        address.value as address_geography_id,
        cast({{ dbt.right('cells.column_label', 4) }} as integer) as claim_year,
        migration_period.value not like '% to %' as is_whole_year,
        cells.column_label as period_label,
        cells.printed,
        {{ printed_count('cells.printed') }} as value,
        cells.as_of as as_of_label,
        {{ lineage('cells') }}
    from {{ source('ircc_asylum_claimants', 'ircc_asylum_claimants__migration') }} as cells
    {{ meanings('ircc_asylum_claimants', {
        'place as claim': 'cells.province_of_claim',
        'place as address': 'cells.province_of_address',
        'migration_period': 'cells.column_label',
    }) }}

)

select
    mapped.claim_geography_id,
    mapped.address_geography_id,
    mapped.claim_year,
    mapped.is_whole_year,
    mapped.period_label,
    mapped.printed,
    mapped.value,
    {{ missing_because({'suppressed': is_mask('mapped.printed')}) }} as missing_reason,
    mapped.as_of_label,
    mapped.release_id,
    mapped.sha256,
    mapped.locator
from mapped
inner join {{ ref('stg_roxham__releases') }} as releases
    on releases.release_id = mapped.release_id
