"""From accepted releases to ``current/``: candidate, dbt, audit, exports, revision report, publication, and its queries."""
