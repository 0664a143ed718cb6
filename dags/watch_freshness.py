"""The freshness DAG: daily, on its own schedule, so that it also notices that nothing ran at all."""

from __future__ import annotations

import datetime as dt

from airflow.sdk import CronTriggerTimetable, TriggerRule, dag, get_current_context, task

from orchestration import tasks
from orchestration.assets import STATE_CHANGES
from orchestration.notifiers import OnFailure

DAILY = "0 10 * * *"

DOC = """
### Purpose
Judges every source by its calendar, by the words on its pages and by what the last polls brought: fresh, late, frozen,
failing; and closed, held or not collected where nobody waits for more. A frozen page is never "unchanged, fine".
Sweeps the archive for what is changed, missing or extra, writes `status.json` and emits `roxham/source_state` when a state
changed. Fails when nothing ran at all. Then
`send_digest` sends the night's one message: every alert that opened, changed or closed since the last one; nothing on a
quiet night.

### Trigger
Daily at 10:00 UTC, whatever the other DAGs do.

### Re-run
Safe at any time; only what is new is told, so a second run of a day is quiet. A message that no channel took is sent by
the next run.

### Owner
Roxham.
"""


@dag(
    dag_id="watch_freshness",
    description="fresh, late, frozen, failing, closed, held or not collected; notices that nothing ran at all",
    doc_md=DOC,
    schedule=CronTriggerTimetable(DAILY, timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    tags=["roxham", "freshness"],
    default_args={"owner": "roxham", "retry_delay": tasks.retry_delay(), "retry_exponential_backoff": True},
)
def watch_freshness() -> None:
    """Judge every source once a day."""

    @task(
        retries=2,
        execution_timeout=dt.timedelta(minutes=15),
        outlets=[STATE_CHANGES],
        on_failure_callback=OnFailure(tasks.freshness_failed),
        on_success_callback=tasks.states_emitted,
    )
    def check_freshness() -> None:
        """Judge, record, emit events."""
        tasks.check_freshness(get_current_context())

    # Whatever became of the check: what the night found is told.
    @task(retries=2, trigger_rule=TriggerRule.ALL_DONE, execution_timeout=dt.timedelta(minutes=10))
    def send_digest() -> None:
        """Send the night's one message, or skip."""
        tasks.send_nightly_digest()

    check_freshness() >> send_digest()


watch_freshness()
