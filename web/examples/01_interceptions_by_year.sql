-- How many people did the RCMP intercept in Quebec, year by year, as its months add up?
select year(month) as year, sum(value) as interceptions, count(value) as months_with_a_figure
from marts.fct_crossings_monthly
where measure_id = 'ca_rcmp_interceptions' and geography_id = 'CA-QC'
group by year
order by year;
