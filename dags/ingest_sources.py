"""One ingest DAG per source YAML: fetch, process, emit events. Nightly, and when the source's page changed."""

from __future__ import annotations

import datetime as dt

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, AssetOrTimeSchedule, CronTriggerTimetable, TriggerRule, dag, get_current_context, task

from ingest.catalog.source import Source, load_sources
from orchestration import tasks
from orchestration.assets import page_of_source, release_events_of
from orchestration.notifiers import OnFailure

# After the agencies' usual hours of publication, in both North American time zones.
NIGHTLY = "15 6 * * *"

DOC = """
### Purpose
Brings new releases of **{title}** ({publisher}) into the archive: `fetch` archives bytes and never parses,
`process_release` parses, validates with Great Expectations and accepts, sets aside (a file that is none of the source's) or
quarantines, `emit_events` emits one event per newly accepted release (release id, sha256s, rows, months, date). An unchanged
night emits nothing.

### Trigger
Nightly at 06:15 UTC, and by a watcher on <{page}>.

### Re-run
Safe at any time: everything is keyed by sha256. Passing trouble of the agency is tried again by itself; what is
quarantined or set aside waits for `roxham accept` or `roxham reject`, or for a lookup added to the YAML and `roxham retry
{id}`; `roxham quarantine` names the command.

### Owner
Roxham. What failed is an alert in the night's one message (`watch_freshness`), and the last good release is still served.
"""


def ingest(source: Source) -> DAG:
    """The DAG of one source."""

    @dag(
        dag_id=tasks.ingest_dag_id(source.id),
        description=f"{source.title}: fetch, process, emit events",
        doc_md=DOC.format(title=source.title, publisher=source.publisher, page=source.resources.page_url, id=source.id),
        schedule=AssetOrTimeSchedule(
            timetable=CronTriggerTimetable(NIGHTLY, timezone="UTC"), assets=[page_of_source(source)]
        ),
        catchup=False,
        max_active_runs=1,
        tags=["roxham", "ingest", source.id],
        default_args={"owner": "roxham", "retry_delay": tasks.retry_delay(), "retry_exponential_backoff": True},
    )
    def build() -> None:
        @task(
            retries=2,
            execution_timeout=dt.timedelta(minutes=45),
            on_failure_callback=OnFailure(tasks.fetch_failed(source.id)),
        )
        def fetch() -> None:
            """Poll the agency and archive what is new."""
            tasks.fetch(source.id, get_current_context())

        # What did arrive is processed even when another address of the same source failed.
        @task(
            retries=1,
            trigger_rule=TriggerRule.ALL_DONE,
            execution_timeout=dt.timedelta(minutes=60),
            on_failure_callback=OnFailure(tasks.process_release_failed(source.id)),
        )
        def process_release() -> None:
            """Parse, validate, accept, set aside or quarantine."""
            tasks.process_release(source.id, get_current_context())

        @task(
            retries=2,
            trigger_rule=TriggerRule.ALL_DONE,
            execution_timeout=dt.timedelta(minutes=5),
            outlets=[release_events_of(source.id)],
            on_success_callback=tasks.events_emitted,
        )
        def emit_events() -> None:
            """Emit an event per newly accepted release, or skip."""
            tasks.emit_events(source.id, get_current_context())

        # Never executed, only judged: a run in which any step failed is a failed run.
        well = EmptyOperator(task_id="source_is_well", trigger_rule=TriggerRule.NONE_FAILED)
        first, second, third = fetch(), process_release(), emit_events()
        first >> second >> third
        [first, second, third] >> well

    return build()


for each in load_sources().values():
    globals()[tasks.ingest_dag_id(each.id)] = ingest(each)
