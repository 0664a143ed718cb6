-- CBP prints the same encounters in two cuts; where one release holds both, they must agree on every total that both
-- carry.
with cuts as (

    select
        source_id, measure_id, cut, period, month, region, demographic, citizenship, authority,
        release_id, release_order,
        cast(sum(value) as bigint) as value
    from {{ ref('int_printed_cells') }}
    where is_exhaustive
    group by
        source_id, measure_id, cut, period, month, region, demographic, citizenship, authority, release_id,
        release_order

),

both_cover as (

    select state.release_id, state.release_order, state.source_id, state.measure_id, state.period, state.month
    from {{ ref('int_coverage') }} as state
    inner join {{ ref('int_coverage') }} as aor
        on aor.release_id = state.release_id
        and aor.measure_id = state.measure_id
        and aor.month = state.month
    where state.cut = 'state' and aor.cut = 'aor'

),

compared as (

    select
        both_cover.source_id,
        both_cover.measure_id,
        both_cover.period,
        both_cover.month,
        both_cover.release_id,
        both_cover.release_order,
        cuts.region,
        cuts.demographic,
        cuts.citizenship,
        cuts.authority,
        max(case when cuts.cut = 'state' then cuts.value end) as state_value,
        max(case when cuts.cut = 'aor' then cuts.value end) as aor_value
    from both_cover
    inner join cuts
        on cuts.release_id = both_cover.release_id
        and cuts.measure_id = both_cover.measure_id
        and cuts.month = both_cover.month
    group by
        both_cover.source_id, both_cover.measure_id, both_cover.period, both_cover.month, both_cover.release_id,
        both_cover.release_order, cuts.region, cuts.demographic, cuts.citizenship, cuts.authority

)

select
    {{ contradiction({
        'cut': "'state'",
        'period_kind': "'month'",
        'period_start': 'month',
        'geography_id': "case when region like 'us-land-border-%' then region else 'US' end",
        'breakdown': "'region=' || region || '/demographic=' || demographic || '/citizenship=' || citizenship"
            ~ " || '/authority=' || authority",
        'kind': "'cuts_against_each_other'",
        'published_value': 'state_value',
        'computed_value': 'aor_value',
        'tolerance': 'cast(0 as bigint)',
        'locator': "'published: sum of the -state file; computed: sum of the -aor file'",
    }, without=['office']) }}
from compared
where
    state_value is distinct from aor_value
    -- CBP prints no row where it counted nobody, so a printed 0 in one cut and no row in the other say the same.
    and not (state_value is null and aor_value = 0)
    and not (aor_value is null and state_value = 0)
