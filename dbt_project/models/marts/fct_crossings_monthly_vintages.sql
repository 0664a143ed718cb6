-- Every state that a monthly figure has had, with the span of days in which it was the known one.
{{ known_states(ref('int_total_log')) }}
