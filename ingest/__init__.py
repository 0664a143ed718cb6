"""Roxham's ingest: from an agency's page to audited raw tables, in pure Python without Airflow, dbt or GX."""

__version__ = "0.1.0"
