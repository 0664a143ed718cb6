"""How every source and the deployment as a whole stand now: freshness, alerts, status."""
