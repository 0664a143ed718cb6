-- The citizenships and countries that figures are broken down by, and the groups that agencies make of them.
select
    citizenship,
    iso,
    kind,
    name_en,
    name_fr
from {{ ref('citizenships') }}
