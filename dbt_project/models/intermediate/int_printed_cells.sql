-- Every printed cell of a month in every accepted release: one row per cell and release.
with printed as (
{% for model in var('observation_models') %}
    select {{ observation_columns() | reject('equalto', 'printed') | join(', ') }}
    from {{ ref(model) }}
    where grain in ('total', 'detail')
    {{ 'union all' if not loop.last }}
{% endfor %}
),

releases as (

    select * from {{ ref('stg_roxham__releases') }}

),

-- Where two files of one release cover the same month of a cut, the one that reaches further, then the later name, speaks.
files as (

    select
        printed.release_id,
        printed.sha256,
        printed.cut,
        printed.measure_id,
        printed.month,
        row_number() over (
            partition by printed.release_id, printed.cut, printed.measure_id, printed.month
            order by printed.reaches_to desc, release_files.file_name desc, printed.sha256 desc
        ) as preference
    from (
        select
            release_id,
            sha256,
            cut,
            measure_id,
            month,
            max(month) over (partition by release_id, sha256) as reaches_to
        from (select distinct release_id, sha256, cut, measure_id, month from printed) as covered
    ) as printed
    inner join {{ source('raw', 'release_files') }} as release_files
        on release_files.release_id = printed.release_id
        and release_files.sha256 = printed.sha256

)

select
    {{ cell_id('printed.measure_id', 'printed.cut', 'printed.grain', 'printed.month', 'printed.geography_id') }} as cell_id,
    printed.*,
    releases.release_order,
    releases.known_on
from printed
inner join releases
    on releases.release_id = printed.release_id
inner join files
    on files.release_id = printed.release_id
    and files.sha256 = printed.sha256
    and files.cut = printed.cut
    and files.measure_id = printed.measure_id
    and files.month = printed.month
    and files.preference = 1
