-- The file that speaks for a month of a cut in each release. Where two files of one release cover the same month, it is
-- the one that reaches further, then the one with the later name.
with covered as (
{% for model in observation_models() %}
    select distinct source_id, measure_id, cut, month, release_id, sha256
    from {{ ref(model) }}
    where grain in ('total', 'detail')
    {{ 'union all' if not loop.last }}
{% endfor %}
),

reaching as (

    select
        *,
        max(month) over (partition by release_id, sha256) as reaches_to
    from covered

),

ranked as (

    select
        reaching.*,
        row_number() over (
            partition by reaching.release_id, reaching.measure_id, reaching.cut, reaching.month
            order by reaching.reaches_to desc, release_files.file_name desc, reaching.sha256 desc
        ) as preference
    from reaching
    inner join {{ source('raw', 'release_files') }} as release_files
        on release_files.release_id = reaching.release_id
        and release_files.sha256 = reaching.sha256

)

select source_id, measure_id, cut, month, release_id, sha256
from ranked
where preference = 1
