-- The change-only vintage log of cells broken down further.
{{ vintage_log(ref('int_detail_observations'), cells=ref('int_cells'), breakdowns=breakdown_columns()) }}
