-- The months that facts are about and those of the same years, with the US fiscal year that each lies in.
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
    days
from {{ ref('int_months') }}
