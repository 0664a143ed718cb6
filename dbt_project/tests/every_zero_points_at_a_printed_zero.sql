-- A 0 in a fact is a printed 0, read again from the raw text of the release that the fact names.
with zeros_in_facts as (

    select cell_id, release_id, month, geography_id, measure_id, cut, value_basis
    from {{ ref('fct_crossings_monthly') }}
    where value = 0

    union all

    select cell_id, release_id, month, geography_id, measure_id, cut, value_basis
    from {{ ref('fct_crossings_monthly_detail') }}
    where value = 0

),

printed_zeros as (
{% for model in var('observation_models') %}
    select
        {{ cell_id() }} as cell_id,
        release_id, month, geography_id, adds_to_place, adds_to_region, adds_to_country, measure_id, cut, grain
    from {{ ref(model) }}
    where trim(printed) = '0' and grain in ('total', 'detail')
    {{ 'union all' if not loop.last }}
{% endfor %}
)

select zeros_in_facts.*
from zeros_in_facts
where not exists (
    select 1
    from printed_zeros
    where
        printed_zeros.release_id = zeros_in_facts.release_id
        and printed_zeros.measure_id = zeros_in_facts.measure_id
        and printed_zeros.cut = zeros_in_facts.cut
        and printed_zeros.month = zeros_in_facts.month
        and (
            printed_zeros.cell_id = zeros_in_facts.cell_id
            -- A sum is 0 only where each part is a printed 0, so one such part proves that it was printed at all.
            or (
                zeros_in_facts.value_basis = 'computed'
                and zeros_in_facts.geography_id in (
                    printed_zeros.adds_to_place, printed_zeros.adds_to_region, printed_zeros.adds_to_country
                )
            )
        )
)
