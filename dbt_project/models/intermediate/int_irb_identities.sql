-- The IRB's page against itself: finalized and pending claims are the intake, the four outcomes are the finalized ones,
-- and the rows of countries are the row of all countries. Where a part is masked it may hide any number: then only parts
-- that exceed their whole contradict it.
{% set measure = 'ca_irb_irregular_' -%}
{% set sums = {
    'pending_and_finalized_against_intake': {'whole': 'intake', 'parts': ['finalized', 'pending']},
    'outcomes_against_finalized': {
        'whole': 'finalized', 'parts': ['accepted', 'rejected', 'abandoned', 'withdrawn_other']
    },
} -%}
with cells as (

    select *
    from {{ ref('int_printed_cells') }}
    where source_id = 'irb_irregular_claims'

),

sums as (
{% for kind, identity in sums.items() %}
    select
        '{{ kind }}' as kind,
        '{{ measure ~ identity.whole }}' as measure_id,
        cut,
        period,
        month,
        geography_id,
        citizenship,
        release_id,
        release_order,
        max(case when measure_id = '{{ measure ~ identity.whole }}' then value end) as published_value,
        cast(
            sum(case when measure_id <> '{{ measure ~ identity.whole }}' then value end) as bigint
        ) as computed_value,
        count(value) = {{ identity.parts | length + 1 }} as has_every_part,
        max(case when measure_id = '{{ measure ~ identity.whole }}' then locator end) as locator
    from cells
    where measure_id in (
        {%- for name in [identity.whole] + identity.parts %}
        '{{ measure ~ name }}'{{ ',' if not loop.last }}
        {%- endfor %}
    )
    group by cut, period, month, geography_id, citizenship, release_id, release_order

    union all
{% endfor %}
    select
        'countries_against_total' as kind,
        measure_id,
        cut,
        period,
        month,
        geography_id,
        cast(null as {{ dbt.type_string() }}) as citizenship,
        release_id,
        release_order,
        max(case when citizenship is null then value end) as published_value,
        cast(sum(case when citizenship is not null then value end) as bigint) as computed_value,
        count(value) = count(*) as has_every_part,
        max(case when citizenship is null then locator end) as locator
    from cells
    group by measure_id, cut, period, month, geography_id, release_id, release_order

)

select
    {{ contradiction({
        'source_id': "'irb_irregular_claims'",
        'period_kind': "'month'",
        'period_start': 'month',
        'breakdown': "'citizenship=' || citizenship",
        'tolerance': 'cast(0 as bigint)',
    }, without=['office']) }}
from sums
where
    computed_value > published_value
    or (has_every_part and computed_value < published_value)
