"""From archived bytes to an accepted or quarantined release: grouping, parsers, raw tables, intake."""
