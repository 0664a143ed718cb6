-- The months that facts are about and those of the same years, with the US fiscal year that each lies in.
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
    cast({{ dbt.last_day('month', 'month') }} as date) as month_end,
    cast(extract(year from month) as integer) as calendar_year,
    cast(extract(month from month) as integer) as calendar_month,
    cast({{ fiscal_year_of('month', 10) }} as integer) as us_fiscal_year,
    cast(case
        when extract(month from month) >= 10 then extract(month from month) - 9
        else extract(month from month) + 3
    end as integer) as us_fiscal_month,
    cast(extract(day from {{ dbt.last_day('month', 'month') }}) as integer) as days
from months
