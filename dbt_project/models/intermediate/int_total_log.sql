-- The change-only vintage log of figures of a place as a whole.
{{ vintage_log(ref('int_total_observations'), cells=ref('int_total_observations')) }}
