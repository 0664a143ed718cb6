"""Airflow on this machine: one headless run (``run``), or kept running (``up``, ``down``)."""
