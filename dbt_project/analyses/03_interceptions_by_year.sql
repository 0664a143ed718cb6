-- How many interceptions does each year's page print, and do its months add up to it? Whole years only.
select period as year, value as as_published, sum_of_months, difference
from marts.fct_published_totals
where measure_id = 'ca_rcmp_interceptions' and geography_id = 'CA' and period_kind = 'year'
    and is_complete
order by year
