-- What did the papers claim in March 2023, and does it hold?
select claim_id, printed_value, figure, verdict
from marts.rpt_claims
where asked = 'now'
order by claim_id
