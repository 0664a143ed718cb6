-- The latest known figure of each measure, month and place. The query is macros/crossings_known_on.sql, asked for no day.
{{ crossings_known_on() }}
