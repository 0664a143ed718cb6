-- How do the two land borders compare, fiscal year by fiscal year?
select
    months.us_fiscal_year as fiscal_year,
    sum(facts.value) filter (where facts.geography_id = 'us-land-border-northern') as northern,
    sum(facts.value) filter (where facts.geography_id = 'us-land-border-southwest') as southwest
from marts.fct_crossings_monthly as facts
inner join marts.dim_month as months on months.month = facts.month
where facts.measure_id = 'us_cbp_encounters'
group by fiscal_year
order by fiscal_year
