"""The build DAG: from accepted releases to a published build, one for all sources of a night."""

from __future__ import annotations

import datetime as dt

from airflow.sdk import AssetAny, AssetOrTimeSchedule, CronTriggerTimetable, dag, get_current_context, task

from ingest.catalog.source import load_sources
from ingest.core.home import Home
from orchestration import tasks
from orchestration.airflow_settings import WRITER_POOL
from orchestration.assets import PUBLISHED, SOURCE_STATE, releases_of
from orchestration.dbt_group import dbt_group
from orchestration.notifiers import OnFailure

# The net under the events: when they were lost, or a person has accepted a release, the next morning builds.
SAFETY_NET = "30 8 * * *"
SOURCES = tuple(load_sources())
# On the tasks that can tell why, not on each watcher of a model: a failed build is one message.
TELL = OnFailure(tasks.build_failed)

DOC = """
### Purpose
Builds the warehouse from every accepted release and publishes it: `wait_for_ingest` waits while ingest runs are under way, so
that several sources of a night become one build; `prepare_candidate` loads raw tables; `dbt` builds the models, and
shows each of them beside what follows; `test_models` runs their data tests; `audit_marts` runs Great Expectations over
the marts; `finish` writes exports, docs and site; `publish` swaps the build in by one rename and emits
`roxham/published`. Nothing is served that failed its audit: a source whose newest releases fail is kept back at what is
served of it, and `audit_marts` builds once more without them; what is wrong with the build as a whole ends the run.

### Trigger
An event of any source's new release or changed state, and a nightly safety net at 08:30 UTC. When what is served is
made of the same inputs, everything after `prepare_candidate` is skipped and nothing is published.

### Re-run
Safe at any time, always from the start: clear the whole run or trigger a new one (clearing single dbt tasks does not
rebuild them, there is one writer only). A candidate that failed its audit is kept in `failed/` for inspection.

### Owner
Roxham. A source that is kept back opens `mart_failed` for that source; `roxham retry SOURCE` tries it again. A failed run
opens the alert `mart_failed` of the whole build and tells it at once; readers still see the last good build, and the
next build that is served closes it.
"""


@dag(
    dag_id="build_warehouse",
    description="candidate, dbt, audit, exports, publish: one build for all sources of a night",
    doc_md=DOC,
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable(SAFETY_NET, timezone="UTC"),
        assets=AssetAny(*(releases_of(each) for each in SOURCES), SOURCE_STATE),
    ),
    catchup=False,
    max_active_runs=1,
    tags=["roxham", "build"],
    default_args={
        "owner": "roxham",
        "retry_delay": tasks.retry_delay(),
        "retry_exponential_backoff": True,
    },
)
def build_warehouse() -> None:
    """From accepted releases to a published build."""

    @task(retries=1, execution_timeout=dt.timedelta(minutes=40), on_failure_callback=TELL)
    def wait_for_ingest() -> None:
        """Wait while ingest runs of the night are under way."""
        tasks.wait_for_ingest([tasks.ingest_dag_id(each) for each in SOURCES], get_current_context())

    @task(retries=2, pool=WRITER_POOL, execution_timeout=dt.timedelta(minutes=60), on_failure_callback=TELL)
    def prepare_candidate() -> None:
        """Load raw tables into a new candidate, or skip the rest."""
        tasks.prepare(get_current_context())

    @task(retries=1, pool=WRITER_POOL, execution_timeout=dt.timedelta(minutes=60), on_failure_callback=TELL)
    def test_models() -> None:
        """Run the data tests of dbt on the built models."""
        tasks.test_models()

    @task(retries=0, pool=WRITER_POOL, execution_timeout=dt.timedelta(minutes=60), on_failure_callback=TELL)
    def audit_marts() -> None:
        """Great Expectations over the marts; a critical result ends the build."""
        tasks.audit(get_current_context())

    @task(retries=1, pool=WRITER_POOL, execution_timeout=dt.timedelta(minutes=60), on_failure_callback=TELL)
    def finish() -> None:
        """Exports, documentation, release.json."""
        tasks.finish()

    @task(
        retries=2,
        pool=WRITER_POOL,
        execution_timeout=dt.timedelta(minutes=10),
        outlets=[PUBLISHED],
        on_failure_callback=TELL,
    )
    def publish() -> None:
        """Swap the build in front of the readers."""
        tasks.publish(get_current_context())

    models, producer = dbt_group(
        Home.from_environment(), on_failure_callback=TELL, execution_timeout=dt.timedelta(minutes=90)
    )
    wait_for_ingest() >> prepare_candidate() >> models
    producer >> test_models() >> audit_marts() >> finish() >> publish()


build_warehouse()
