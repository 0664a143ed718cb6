-- Every state that a broken-down cell has had, with the span of days in which it was the known one.
{{ known_states(ref('int_detail_log'), breakdowns=breakdown_columns()) }}
