-- Every day of the years that facts are about: the calendar that the semantic layer lays under its metrics.
-- A view, whose relation goes without the database's name, so that it works in a file attached under another.
{{ config(materialized='view', schema='marts') }}

with bounds as (

    select min(month) as first_day, max(month_end) as last_day
    from {{ ref('dim_month').include(database=false) }}

),

spine as (

    {{ dbt.date_spine('day', "cast('1990-01-01' as date)", "cast('2051-01-01' as date)") }}

)

select cast(spine.date_day as date) as date_day
from spine
cross join bounds
where cast(spine.date_day as date) between bounds.first_day and bounds.last_day
