-- Every printed cell of a month in every accepted release: one row per cell and release.
{{ config(schema='raw', alias='printed_cells') }}
with printed as (
{% for model in observation_models() %}
    select {{ observation_columns() | reject('equalto', 'printed') | join(', ') }}
    from {{ ref(model) }}
    where grain in ('total', 'detail')
    {{ 'union all' if not loop.last }}
{% endfor %}
)

select
    {{ short_key(cell_id(
        'printed.measure_id', 'printed.cut', 'printed.grain', 'printed.month', 'printed.geography_id'
    )) }} as cell_key,
    printed.*,
    releases.release_order,
    releases.known_on
from printed
inner join {{ ref('stg_roxham__releases') }} as releases
    on releases.release_id = printed.release_id
inner join {{ ref('int_preferred_files') }} as files
    on files.release_id = printed.release_id
    and files.sha256 = printed.sha256
    and files.measure_id = printed.measure_id
    and files.cut = printed.cut
    and files.month = printed.month
