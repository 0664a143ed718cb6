"""The freshness DAG: daily, on its own schedule, so that it also notices that nothing ran at all."""

from __future__ import annotations

import datetime as dt

from airflow.sdk import CronTriggerTimetable, dag, get_current_context, task

from night import nightly
from night.assets import STATE_CHANGES
from night.notifiers import Tell

DAILY = "0 10 * * *"

DOC = """
### Purpose
Judges every source by its calendar, by the words on its pages and by what the last polls brought: fresh, late, frozen
or failing. A frozen page is never "unchanged, fine". Writes `status.json`, emits `roxham/source_state` and sends a
message when a state changed. Fails when nothing ran at all.

### Trigger
Daily at 10:00 UTC, whatever the other DAGs do.

### Re-run
Safe at any time; only changes are told, so a second run of a day is quiet.

### Owner
Roxham.
"""


@dag(
    dag_id="watch_freshness",
    description="fresh, late, frozen or failing; notices that nothing ran at all",
    doc_md=DOC,
    schedule=CronTriggerTimetable(DAILY, timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    tags=["roxham", "freshness"],
    default_args={"owner": "roxham", "retry_delay": nightly.retry_delay(), "retry_exponential_backoff": True},
)
def watch_freshness() -> None:
    """Judge every source once a day."""

    @task(
        retries=2,
        execution_timeout=dt.timedelta(minutes=15),
        outlets=[STATE_CHANGES],
        on_failure_callback=Tell(nightly.freshness_messages),
    )
    def check_freshness() -> None:
        """Judge, record, tell."""
        nightly.check_freshness(get_current_context())

    check_freshness()


watch_freshness()
