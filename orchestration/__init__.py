"""What Roxham needs around Airflow, importable by its components (the triggerer does not look into dags/)."""
