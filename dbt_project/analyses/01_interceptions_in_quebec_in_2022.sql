-- How many people did the RCMP intercept in Quebec between ports of entry in 2022?
select value, figures, gaps
from marts.sum_of(['ca_rcmp_interceptions'], 'CA-QC', '2022-01-01', '2022-12-01')
