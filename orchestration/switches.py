"""No telemetry of any library, and no advice about what is not installed.

The switches stand in the environment of every process of Airflow's, and in the ``airflow.cfg`` of the home for a plain
``airflow`` command there.
"""

from __future__ import annotations

import logging

# Every package that would phone home has its own switch.
TELEMETRY_OFF = {
    "DO_NOT_TRACK": "1",
    "SCARF_NO_ANALYTICS": "true",
    "SCARF_ANALYTICS": "false",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False",
    "GX_ANALYTICS_ENABLED": "false",
}
# Cosmos asks for this option and warns where there is none.
QUIET = {"AIRFLOW__OPENLINEAGE__NAMESPACE": "roxham"}
# Loggers, and what of theirs is advice about a package that nobody misses here.
ADVICE = {
    "cosmos.operators.local": "install apache-airflow-providers-openlineage",
    "airflow.sdk._shared.configuration.parser": "[openlineage/namespace] not found",
}


def silence_advice() -> None:
    """Drop those lines, and nothing else, from this process's log."""
    for name, words in ADVICE.items():
        logging.getLogger(name).addFilter(_Without(words))


class _Without(logging.Filter):
    def __init__(self, words: str) -> None:
        super().__init__()
        self._words = words

    def filter(self, record: logging.LogRecord) -> bool:
        return self._words not in record.getMessage()
