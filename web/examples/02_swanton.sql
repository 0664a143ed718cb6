-- Encounters by the Border Patrol in the Swanton sector, by US fiscal year.
select months.us_fiscal_year, sum(figures.value) as encounters, count(figures.value) as months_with_a_figure
from marts.fct_crossings_monthly as figures
inner join marts.dim_month as months using (month)
where figures.measure_id = 'us_cbp_encounters' and figures.geography_id = 'usbp-sector-swanton'
group by months.us_fiscal_year
order by months.us_fiscal_year;
