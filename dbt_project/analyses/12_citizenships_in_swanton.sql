-- Who was encountered in Swanton Sector in fiscal 2023?
select citizenship, sum(value) as encounters
from marts.fct_crossings_monthly_detail
where measure_id = 'us_cbp_encounters'
    and cut = 'aor'
    and geography_id = 'usbp-sector-swanton'
    and month between '2022-10-01' and '2023-09-01'
group by citizenship
order by encounters desc, citizenship asc
limit 5
