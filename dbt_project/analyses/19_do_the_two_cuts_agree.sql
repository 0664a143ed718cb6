-- Do CBP's file by state and its file by area of responsibility say the same?
select count(*) as compared, count(*) filter (where agrees) as agree
from marts.rpt_reconciliation
where pair_id = 'state_against_aor'
