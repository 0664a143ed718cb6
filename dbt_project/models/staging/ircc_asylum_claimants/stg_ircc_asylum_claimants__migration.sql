-- Secondary migration: one row per province of claim, province of last known address and year, per release.
with meaning as (

    select lookup, label, value
    from {{ source('raw', 'lookups') }}
    where source_id = 'ircc_asylum_claimants'

)

select
    claim.value as claim_geography_id,
    address.value as address_geography_id,
    cast({{ dbt.right('migration.column_label', 4) }} as integer) as claim_year,
    period.value not like '% to %' as is_whole_year,
    migration.column_label as period_label,
    migration.printed,
    {{ printed_count('migration.printed') }} as value,
    case
        when {{ printed_count('migration.printed') }} is not null then null
        when {{ is_mask('migration.printed') }} then 'suppressed'
        else 'parse_failed'
    end as missing_reason,
    migration.as_of as as_of_label,
    migration._release_id as release_id,
    migration._sha256 as sha256,
    migration._locator as locator
from {{ source('ircc_asylum_claimants', 'ircc_asylum_claimants__migration') }} as migration
left join meaning as claim
    on claim.lookup = 'place' and claim.label = migration.province_of_claim
left join meaning as address
    on address.lookup = 'place' and address.label = migration.province_of_address
left join meaning as period
    on period.lookup = 'migration_period' and period.label = migration.column_label
inner join {{ ref('stg_roxham__releases') }} as releases
    on releases.release_id = migration._release_id
