-- How do the two land borders compare, fiscal year by fiscal year? Years that are not whole are left out.
select
    months.us_fiscal_year as fiscal_year,
    sum(facts.value) filter (where facts.geography_id = 'us-land-border-northern') as northern,
    sum(facts.value) filter (where facts.geography_id = 'us-land-border-southwest') as southwest,
    count(facts.value) filter (where facts.geography_id = 'us-land-border-northern') as northern_months,
    count(facts.value) filter (where facts.geography_id = 'us-land-border-southwest') as southwest_months
from marts.fct_crossings_monthly as facts
inner join marts.dim_month as months on months.month = facts.month
where facts.measure_id = 'us_cbp_encounters'
group by fiscal_year
having northern_months = 12 and southwest_months = 12
order by fiscal_year
