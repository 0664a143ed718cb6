-- The months that releases are about, and all others of the same years.
with bounds as (

    select min(month) as first_month, max(month) as last_month
    from {{ ref('int_coverage') }}

),

spine as (

    {{ dbt.date_spine('month', "cast('1990-01-01' as date)", "cast('2101-01-01' as date)") }}

),

months as (

    select cast(spine.date_month as date) as month
    from spine
    cross join bounds
    where
        extract(year from spine.date_month)
        between extract(year from bounds.first_month) and extract(year from bounds.last_month)

)

select
    month,
    cast(extract(day from {{ dbt.last_day('month', 'month') }}) as integer) as days
from months
