"""What Roxham needs around Airflow, importable by its components (the triggerer does not look into dags/)."""

from orchestration import switches

# Before anything imports cosmos.
switches.silence_advice()
