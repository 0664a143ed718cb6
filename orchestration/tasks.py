"""What the DAGs' tasks do: call one step of ``pipeline.steps``, report what came of it, fail so that the run says so.

Nothing here decides anything about data.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from ingest.archive.home_clock import clock_of
from ingest.catalog.source import load_sources
from ingest.core import builds
from ingest.core.builds import BuildError, current, current_inputs
from ingest.core.clock import Clock
from ingest.core.home import Home
from ingest.core.records import GOOD_OUTCOMES
from ingest.core.settings import OrchestrationSettings
from ingest.releases.intake import ReleaseOutcome
from monitoring.freshness import StateChange
from orchestration import messages
from orchestration.assets import PUBLISHED, SOURCE_STATE, STATE_CHANGES, release_events_of, releases_of
from orchestration.messages import Served
from pipeline import steps
from warehouse.candidate import describe_candidate

log = logging.getLogger(__name__)

REPORT = "report"
# The agency's own, passing trouble: worth another try the same night. The rest would be the same in five minutes.
PASSING_TROUBLE = frozenset({"timeout", "unreachable", "http_error", "truncated"})
INGEST_WAIT_BOUND = dt.timedelta(minutes=30)
INGEST_POLL_SECONDS = 2.0


def retry_delay() -> dt.timedelta:
    """Pause before a task is tried again, doubled each time."""
    return dt.timedelta(seconds=OrchestrationSettings().retry_seconds)


# Ingest


def fetch(source_id: str, context: Any) -> None:  # noqa: ANN401  Airflow's context
    """Poll and archive; fails after everything was recorded, with retries only for passing trouble."""
    home = Home.from_environment()
    report = steps.fetch(home, source_id, clock_of(home))
    log.info("%s", report.summary())
    context["ti"].xcom_push(key=REPORT, value=_json(report.as_dict()))
    bad = [each for each in report.attempts if each.outcome not in GOOD_OUTCOMES]
    if bad:
        kind = AirflowException if all(each.outcome in PASSING_TROUBLE for each in bad) else AirflowFailException
        raise kind("\n".join(report.failures))


def process_release(source_id: str, context: Any) -> None:  # noqa: ANN401  Airflow's context
    """Parse, validate, accept, set aside or quarantine what is archived; fails, without retry, when something is kept out."""
    home = Home.from_environment()
    outcomes = steps.process_release(home, source_id, clock_of(home))
    context["ti"].xcom_push(key=REPORT, value=[_json(each.as_dict()) for each in outcomes])
    for each in outcomes:
        log.info("%s: %s, %s rows", each.release.release_id, each.release.state, each.release.rows)
    kept_out = [each.release for each in outcomes if each.release.state != "accepted"]
    if kept_out:
        said = ", ".join(f"{each.state.replace('_', ' ')}: {each.release_id}" for each in kept_out)
        message = f"{said}; the last good release stays served"
        raise AirflowFailException(message)


def emit_events(source_id: str, context: Any) -> None:  # noqa: ANN401  Airflow's context
    """Emit one event per accepted release that has none yet; skipped, so without event, when there is none."""
    news = steps.releases_without_event(Home.from_environment(), source_id)
    if not news:
        message = "unchanged: no event to emit"
        raise AirflowSkipException(message)
    for outcome in news:
        context["outlet_events"][release_events_of(source_id)].add(releases_of(source_id), extra=event_extra(outcome))
        log.info("event emitted: %s", outcome.release.release_id)
    context["ti"].xcom_push(key=REPORT, value=[each.release.release_id for each in news])


def event_extra(outcome: ReleaseOutcome) -> dict[str, Any]:
    """What an event of a new release carries."""
    release = outcome.release
    return {
        "release_id": release.release_id,
        "sha256s": [file.sha256 for file in release.files],
        "rows": release.rows,
        "first_month": release.first_month.isoformat() if release.first_month else None,
        "last_month": release.last_month.isoformat() if release.last_month else None,
        "published_at": release.known_on.isoformat(),
    }


def events_emitted(context: Any) -> None:  # noqa: ANN401  Airflow's context
    """Success callback of ``emit_events``: the events are in Airflow's database, so remember that they are out.

    A kill before this emits them again on the next run, and the build then finds nothing new.
    """
    ids = context["ti"].xcom_pull(task_ids=context["ti"].task_id, key=REPORT) or []
    steps.mark_emitted(Home.from_environment(), ids)


# Build


def wait_for_ingest(ingest_dags: Sequence[str], context: Any, bound: dt.timedelta = INGEST_WAIT_BOUND) -> None:  # noqa: ANN401
    """Wait, bounded, while ingest runs are under way: several sources of a night become one build."""
    deadline = time.monotonic() + bound.total_seconds()
    while busy := [each for each in ingest_dags if _runs_under_way(context["ti"], each)]:
        if time.monotonic() > deadline:
            log.warning("building without waiting longer for %s", ", ".join(busy))
            return
        time.sleep(INGEST_POLL_SECONDS)


def _runs_under_way(ti: Any, dag_id: str) -> int:  # noqa: ANN401  Airflow's runtime task instance
    count: int = ti.get_dr_count(dag_id=dag_id, states=["queued", "running"])
    return count


def prepare(context: Any) -> None:  # noqa: ANN401  Airflow's context
    """Load raw tables into a candidate; skips the whole run when what is served is up to date."""
    from orchestration.dbt_group import forget_results

    home = Home.from_environment()
    if describe_candidate(home) is None:
        message = "no release was accepted yet: nothing to build from"
        raise AirflowSkipException(message)
    info = _without_retry(lambda: steps.prepare_candidate(home))
    if info is None:
        message = "unchanged: what is served is made of the same inputs"
        raise AirflowSkipException(message)
    forget_results(home)
    log.info("candidate %s of %s releases", info.build_id, len(info.releases))
    context["ti"].xcom_push(key=REPORT, value={"build_id": info.build_id, "releases": len(info.releases)})


def test_models() -> None:
    """Dbt's data tests; what they find is judged by the audit."""
    _without_retry(lambda: steps.test_models(Home.from_environment()))


def audit(context: Any) -> None:  # noqa: ANN401  Airflow's context
    """Validate the marts; a critical result of the whole build fails the run, and nothing is published.

    One that belongs to single sources keeps these back: the candidate is then built again without their newest releases,
    in this task, as Airflow runs each task once.
    """
    results = _without_retry(lambda: steps.audit_candidate(Home.from_environment()))
    if results is None:
        message = "what is left without the releases that failed is served already"
        raise AirflowSkipException(message)
    failed = [each for each in results if not each.success]
    for each in failed:
        log.warning("%s: %s: %s (limit %s)", each.severity, each.check, each.observed, each.limit)
    context["ti"].xcom_push(key=REPORT, value={"checks": len(results), "warnings": len(failed)})


def finish() -> None:
    """Exports, documentation and ``release.json``."""
    _without_retry(lambda: steps.finish_candidate(Home.from_environment()))


def publish(context: Any) -> None:  # noqa: ANN401  Airflow's context
    """Swap the build in; emits ``roxham/published`` with the build's id."""
    home = Home.from_environment()
    published = _without_retry(lambda: steps.publish(home, clock_of(home))).as_dict()
    log.info("published %s", published)
    context["outlet_events"][PUBLISHED].extra = published
    context["ti"].xcom_push(key=REPORT, value=published)


def _without_retry(step: Callable[[], Any]) -> Any:  # noqa: ANN401  whatever the step returns
    """What a build knows to be wrong stays wrong; only unforeseen trouble is tried again."""
    try:
        return step()
    except BuildError as error:
        raise AirflowFailException(str(error)) from error


# Freshness


def check_freshness(context: Any) -> None:  # noqa: ANN401  Airflow's context
    """Judge every source; every change of state is an event, once it is out. Fails when nothing ran at all."""
    home = Home.from_environment()
    clock = clock_of(home)
    changes = steps.check_freshness(home, clock)
    for change in changes:
        context["outlet_events"][STATE_CHANGES].add(SOURCE_STATE, extra=_json(change.as_dict()))
    context["ti"].xcom_push(key=REPORT, value=[_json(each.as_dict()) for each in changes])
    silence = nothing_ran(home)
    if silence:
        raise AirflowFailException(silence)
    if not changes:
        message = "unchanged: every source is in the state in which it was"
        raise AirflowSkipException(message)


def states_emitted(context: Any) -> None:  # noqa: ANN401  Airflow's context
    """Success callback of ``check_freshness``: the events are in Airflow's database, so remember that they are out.

    A run that fails or is killed before this tells them again the next time.
    """
    told = context["ti"].xcom_pull(task_ids=context["ti"].task_id, key=REPORT) or []
    steps.mark_states_emitted(Home.from_environment(), [StateChange(**each) for each in told])


def nothing_ran(home: Home) -> str | None:
    """What the open alert says when no ingest ran at all lately; None when one did."""
    silent = [each.finding for each in steps.alerts(home) if each.finding.key == ("nothing_ran", None)]
    return silent[0].what if silent else None


# Alerts


def send_digest(home: Home, clock: Clock, *, urgent_only: bool = False) -> bool:
    """Send one message of every alert that opened, changed or closed since the last one; a quiet night sends nothing.

    Told is what a channel took, or what the home's own record keeps where no channel is configured; what nobody took
    is told again the next time.

    Args:
        home: whose alerts.
        clock: stamps the message.
        urgent_only: tell what is told at once; the rest waits for the night's message.

    Returns:
        Whether there was anything to tell.
    """
    from orchestration.notifiers import reached_somebody, send

    known = steps.alerts(home, closed=True)
    news = [each for each in known if each.news and (each.is_urgent or not urgent_only)]
    if not news:
        return False
    still_open = [each for each in known if each.is_open and each.news is None]
    seen = {each: served(home, each) for each in {None, *(alert.finding.source_id for alert in news)}}
    message = messages.roll_up(news, still_open, seen, clock.now(), _links(), sample=is_over_sample(home))
    fates = send(home, message, clock)
    if reached_somebody(fates):
        steps.mark_told(home, news)
    return True


def is_over_sample(home: Home) -> bool:
    """Whether what is told of this home is told of the bundled sample, and so of nothing that happened."""
    build = builds.served(home)
    return home.made_over == "sample" or (build is not None and build.sample)


def _links() -> dict[str, str]:
    """Where people look, if the operator says so; named in every message."""
    settings = OrchestrationSettings()
    named = {"the site": settings.site_url, "Airflow": settings.ui_url}
    return {name: address for name, address in named.items() if address}


def send_nightly_digest() -> None:
    """The night's one message; skipped when there is nothing to tell."""
    home = Home.from_environment()
    if not send_digest(home, clock_of(home)):
        message = "a quiet night: no alert opened, changed or closed"
        raise AirflowSkipException(message)


def note_failure(step: str, source_id: str | None, context: Any) -> None:  # noqa: ANN401  Airflow's context
    """A task failed for good: open the alert of what broke it, unless the step itself has noted what was wrong.

    What stands in Airflow's exceptions for failing was looked at and noted by the step; anything else broke it.
    """
    home = Home.from_environment()
    clock = clock_of(home)
    if source_id is None or not isinstance(context.get("exception"), AirflowException | AirflowFailException):
        steps.record_broken_step(home, clock, step, source_id, _words(home, step, context))
    send_digest(home, clock, urgent_only=True)


def _words(home: Home, step: str, context: Any) -> str:  # noqa: ANN401  Airflow's context
    """The error's words; dbt's own where it was dbt."""
    from orchestration.dbt_group import failed_nodes

    said = failed_nodes(home) if step.startswith("dbt.") else []
    return "\n".join(said) or str(context.get("exception") or "no further words; see the task's log")


def fetch_failed(source_id: str) -> Callable[[Any], None]:
    """What a failed ``fetch`` notes."""
    return partial(note_failure, "fetch", source_id)


def process_release_failed(source_id: str) -> Callable[[Any], None]:
    """What a failed ``process_release`` notes."""
    return partial(note_failure, "process_release", source_id)


def build_failed(context: Any) -> None:  # noqa: ANN401  Airflow's context
    """A failed build is told at once: readers see an old one until somebody acts.

    Where dbt failed over the rows of single sources, these are kept back, and the next build goes without them.
    """
    step = context["ti"].task_id
    if step.startswith("dbt."):
        _keep_back_failed_models()
    note_failure(step, None, context)


def _keep_back_failed_models() -> None:
    try:
        home = Home.from_environment()
        kept = steps.keep_back_failed_models(home, clock_of(home))
    except BuildError as error:  # also at what is served: the build itself is wrong, and is told as that
        log.warning("no source is kept back: %s", error)
    else:
        log.warning("kept back for the next build: %s", ", ".join(kept) or "no source")


def freshness_failed(context: Any) -> None:  # noqa: ANN401  Airflow's context
    """What broke the freshness check; that nothing ran it has noted itself."""
    if not isinstance(context.get("exception"), AirflowFailException):
        note_failure("check_freshness", None, context)


def served(home: Home, source_id: str | None = None) -> Served:
    """What readers see now, and up to where the source reaches in it."""
    build_id = path = None
    if current_inputs(home) is not None:
        build = current(home)
        build_id, path = build.build_id, str(build.path)
    if source_id is None:
        return Served(build_id, path)
    last = steps.last_accepted(home, source_id)
    month = last.last_month.isoformat() if last and last.last_month else None
    return Served(build_id, path, last.release_id if last else None, month)


def _json(value: Any) -> Any:  # noqa: ANN401  plain data
    """Plain data with dates as text: what XCom and events can carry."""
    if isinstance(value, dict):
        return {str(key): _json(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_json(each) for each in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def ingest_dag_id(source_id: str) -> str:
    """The DAG of a source."""
    return f"ingest__{source_id}"


def dag_ids() -> list[str]:
    """Every DAG; the build first, so that it listens before any event is emitted."""
    return ["build_warehouse", *(ingest_dag_id(each) for each in load_sources()), "watch_freshness"]
