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
{% for model in observation_models() %}
    select
        {{ cell_id() }} as cell_id,
        release_id, month, geography_id, adds_to_place, adds_to_region, adds_to_country, measure_id, cut, grain
    from {{ ref(model) }}
    where trim(printed) = '0' and grain in ('total', 'detail')
    {{ 'union all' if not loop.last }}
{% endfor %}
),

-- A sum is 0 only where each part is a printed 0, so one such part proves that it was printed at all.
sums_with_a_printed_zero as (
{% for target in ['adds_to_place', 'adds_to_region', 'adds_to_country'] %}
    select release_id, measure_id, cut, month, {{ target }} as geography_id
    from printed_zeros
    where {{ target }} is not null
    {{ 'union' if not loop.last }}
{% endfor %}
)

-- Each side is looked up by equal keys alone: a search with "or" in it would go through all printed zeros per fact.
select zeros_in_facts.*
from zeros_in_facts
left join printed_zeros
    on printed_zeros.release_id = zeros_in_facts.release_id
    and printed_zeros.cell_id = zeros_in_facts.cell_id
left join sums_with_a_printed_zero as sums
    on zeros_in_facts.value_basis = 'computed'
    and sums.release_id = zeros_in_facts.release_id
    and sums.measure_id = zeros_in_facts.measure_id
    and sums.cut = zeros_in_facts.cut
    and sums.month = zeros_in_facts.month
    and sums.geography_id = zeros_in_facts.geography_id
where printed_zeros.cell_id is null and sums.release_id is null
