"""What is known of each source before a byte of it is read: one YAML each, lookups, calendar, corrections."""
