"""One ingest DAG per source YAML: fetch, take in, announce. Nightly, and when the source's page changed."""

from __future__ import annotations

import datetime as dt

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, AssetOrTimeSchedule, CronTriggerTimetable, TriggerRule, dag, get_current_context, task

from ingest.sources import Source, load_sources
from night import nightly
from night.assets import announcements_of, page_of_source
from night.notifiers import OnFailure

# After the agencies' usual hours of publication, in both North American time zones.
NIGHTLY = "15 6 * * *"

DOC = """
### Purpose
Brings new releases of **{title}** ({publisher}) into the archive: `fetch` archives bytes and never parses,
`take_in` parses, validates with Great Expectations and accepts or quarantines, `announce` emits one event per newly
accepted release (release id, sha256s, rows, months, date). An unchanged night emits nothing.

### Trigger
Nightly at 06:15 UTC, and by a watcher on <{watch}>.

### Re-run
Safe at any time: everything is keyed by sha256. Passing trouble of the agency is tried again by itself; a quarantined
release waits for `roxham accept` or `roxham reject`, or for a lookup added to the YAML and `roxham retry {id}`.

### Owner
Roxham. What failed is an alert in the night's one message (`watch_freshness`), and the last good release is still served.
"""


def ingest(source: Source) -> DAG:
    """The DAG of one source."""

    @dag(
        dag_id=nightly.ingest_dag_id(source.id),
        description=f"{source.title}: fetch, take in, announce",
        doc_md=DOC.format(title=source.title, publisher=source.publisher, watch=source.resources.watch, id=source.id),
        schedule=AssetOrTimeSchedule(
            timetable=CronTriggerTimetable(NIGHTLY, timezone="UTC"), assets=[page_of_source(source)]
        ),
        catchup=False,
        max_active_runs=1,
        tags=["roxham", "ingest", source.id],
        default_args={"owner": "roxham", "retry_delay": nightly.retry_delay(), "retry_exponential_backoff": True},
    )
    def build() -> None:
        @task(
            retries=2,
            execution_timeout=dt.timedelta(minutes=45),
            on_failure_callback=OnFailure(nightly.fetch_failed(source.id)),
        )
        def fetch() -> None:
            """Poll the agency and archive what is new."""
            nightly.fetch(source.id, get_current_context())

        # What did arrive is taken in even when another address of the same source failed.
        @task(
            retries=1,
            trigger_rule=TriggerRule.ALL_DONE,
            execution_timeout=dt.timedelta(minutes=60),
            on_failure_callback=OnFailure(nightly.take_in_failed(source.id)),
        )
        def take_in() -> None:
            """Parse, validate, accept or quarantine."""
            nightly.take_in(source.id, get_current_context())

        @task(
            retries=2,
            trigger_rule=TriggerRule.ALL_DONE,
            execution_timeout=dt.timedelta(minutes=5),
            outlets=[announcements_of(source.id)],
            on_success_callback=nightly.announced,
        )
        def announce() -> None:
            """Emit an event per newly accepted release, or skip."""
            nightly.announce(source.id, get_current_context())

        # Never executed, only judged: a run in which any step failed is a failed run.
        well = EmptyOperator(task_id="source_is_well", trigger_rule=TriggerRule.NONE_FAILED)
        first, second, third = fetch(), take_in(), announce()
        first >> second >> third
        [first, second, third] >> well

    return build()


for each in load_sources().values():
    globals()[nightly.ingest_dag_id(each.id)] = ingest(each)
