"""The steps of a run, in their order. DAG tasks, the CLI and the benchmark call these and nothing else to change anything;
every step that changes what is held, accepted or served ends in ``_evaluate``, which keeps the alerts and ``status.json``.

fetch → process_release → emit_events ···     (replay does the first two for a folder)
··· prepare_candidate → run_dbt → test_models → audit_candidate → finish_candidate → publish

Great Expectations, dbt's runner and the drawing of the site cost seconds to import: the step that needs one imports it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeVar

import duckdb

from ingest.agency.fetch import FetchReport, fetch_source
from ingest.archive import decisions
from ingest.archive.home_clock import clock_of, has_polled_agencies, hold, let_run, refuse_set_back
from ingest.archive.kept_back import let_go
from ingest.archive.manifest import Manifest
from ingest.archive.objects import Archive
from ingest.archive.verify import Sweep, sweep
from ingest.catalog.source import Source, load_sources
from ingest.core.builds import AuditFailed as AuditFailed
from ingest.core.builds import BuildError, CandidateInfo, PublishedBuild, SourceFailed, current_inputs
from ingest.core.clock import Clock
from ingest.core.home import Home
from ingest.core.locks import BUILD, exclusive_lock
from ingest.core.records import CheckResult, Release
from ingest.core.settings import AgencySettings
from ingest.releases.intake import ReleaseOutcome, Validate, inspect, judge_again
from ingest.releases.intake import process_release as process_pending
from monitoring import evaluate, freshness, waiting
from monitoring.alert_store import AlertStore
from monitoring.alerts import BUILD_STEP, Alert
from monitoring.waiting import Waiting
from pipeline import rebuild as rebuilding
from pipeline.rebuild import Rebuilt
from pipeline.replay import ReplayedFile
from pipeline.replay import replay as replay_folder
from warehouse import candidate, dbt, exports, kept_builds, revision_report, served_file
from warehouse import publish as publishing
from warehouse.keep_back import keep_back
from warehouse.kept_builds import KeptBuild

T = TypeVar("T")


Say = Callable[[str], None]
# What a build does, in this order; a source that is kept back begins it anew.
STEPS_OF_BUILD = ("raw tables", "models", "data tests", "audit", "exports", "documentation", "site")


def quiet(step: str) -> None:
    """Nobody watches."""


def fetch(home: Home, source_id: str, clock: Clock, *, dry_run: bool = False) -> FetchReport:
    """Poll a source's addresses and archive what is new; never parses.

    Raises:
        ClockSetBack: when the clock stands before what was polled already.
    """
    refuse_set_back(home, clock.now())
    with exclusive_lock(home, f"fetch-{source_id}"), Manifest(home.manifest) as manifest:
        report = fetch_source(_source(source_id), Archive(home), manifest, clock, dry_run=dry_run)
    if not dry_run:
        if not AgencySettings().agency:
            let_run(home)
        _evaluate(home, clock, [source_id], completed={"fetch"})
    return report


def process_release(home: Home, source_id: str, clock: Clock) -> list[ReleaseOutcome]:
    """Parse, validate and accept or quarantine every archived file of the source that is in no release yet."""
    with exclusive_lock(home, f"process_release-{source_id}"):
        outcomes = process_pending(home, _source(source_id), validate_load)
    _evaluate(home, clock, [source_id], completed={"process_release"})
    return outcomes


def check_file(home: Home, source_id: str, file: Path, clock: Clock) -> ReleaseOutcome:
    """What processing that file would give; records nothing."""
    return inspect(home, _source(source_id), file, clock, validate_load)


def replay(
    home: Home, folders: Path | Iterable[Path], *, until: dt.date | None = None, jobs: int = 1, bundled: bool = False,
    validate: Validate | None = None, progress: Callable[[str], None] = lambda line: None,
) -> list[ReplayedFile]:  # fmt: skip
    """Bring folders of releases in, in order of publication, as if each had been fetched on its day.

    A home that polls no agency lives on the day of the last file from then on: nothing is overdue in it because years
    have passed since.

    Args:
        home: where to.
        folders: one or several, each ``<source>/<vintage>/<files>`` with a ``releases.csv``; vintages of one name are one.
        until: only what was known on that day.
        jobs: sources side by side.
        bundled: also the registers of our own writing that sources bring along.
        validate: judges one loaded release; its source's suite unless another is given.
        progress: told a line per file.
    """
    polled_before = has_polled_agencies(home)
    done = replay_folder(
        home, folders, validate or validate_load, until=until, jobs=jobs, bundled=bundled, progress=progress
    )
    days = [each.known_on for each in done if each.known_on]
    if days and not polled_before:
        hold(home, max(days))
    touched = {each.source_id for each in done} & set(load_sources())
    _evaluate(home, clock_of(home), sorted(touched), completed={"process_release"})
    return done


def retry(home: Home, source_id: str, clock: Clock) -> list[ReleaseOutcome]:
    """Judge the source's quarantined releases again, after a parser, a lookup or a limit was changed.

    If builds keep the source back, the next one tries its newest releases again.
    """
    with exclusive_lock(home, f"process_release-{source_id}"):
        with Manifest(home.manifest) as manifest:
            let_go(manifest, source_id)
        outcomes = judge_again(home, _source(source_id), validate_load)
    _evaluate(home, clock, [source_id], completed={"process_release"})
    return outcomes


def decide(
    home: Home, release_id: str, decision: Literal["accepted", "rejected"], reason: str, by: str, clock: Clock
) -> None:
    """Record that a person accepted or rejected a release.

    Raises:
        LookupError: when there is no such release.
        DecisionRefused: when the release cannot be served whatever anybody decides.
    """
    decisions.decide(home, release_id, decision, reason, by, clock.now())
    _evaluate(home, clock, [release_id.partition("@")[0]])


def validate_load(warehouse: Path, source: Source, release_id: str) -> list[CheckResult]:
    """What the source's Great Expectations suite says of one loaded release."""
    from expectations import runner

    return runner.validate_load(warehouse, source, release_id)


def releases_without_event(home: Home, source_id: str) -> list[ReleaseOutcome]:
    """Accepted releases whose event is not out yet; after a crash these are the ones to emit again."""
    with Manifest(home.manifest) as manifest:
        return [
            ReleaseOutcome(release, tuple(manifest.check_results(release.release_id)))
            for release in manifest.releases_without_event(source_id)
        ]


def mark_emitted(home: Home, release_ids: Iterable[str]) -> None:
    """Remember that the events of these releases are out."""
    with Manifest(home.manifest) as manifest:
        manifest.mark_emitted(release_ids)


def prepare_candidate(home: Home) -> CandidateInfo | None:
    """Load raw tables into a new candidate; None when there is nothing new against what is served."""
    with exclusive_lock(home, BUILD):
        return _without_failing_sources(home, lambda: candidate.prepare(home))


def run_dbt(home: Home) -> None:
    """Build all models on the candidate (Airflow shows them one by one instead, through cosmos)."""
    with exclusive_lock(home, BUILD):
        dbt.build_models(home)


def test_models(home: Home) -> None:
    """Run dbt's data tests on the candidate; what they found is judged by ``audit_candidate``."""
    with exclusive_lock(home, BUILD):
        dbt.test_models(home)


def audit_candidate(home: Home) -> list[CheckResult] | None:
    """Validate the candidate's marts and keep the results in it.

    Where a source's newest releases fail, the candidate is built and validated once more without them.

    Returns:
        The results; None when without them nothing is left that is not served already.

    Raises:
        AuditFailed: on a critical result of the whole build; the candidate is moved to ``failed/``, nothing is published.
    """
    with exclusive_lock(home, BUILD):
        try:
            return _audit(home)
        except SourceFailed as failure:
            keep_back(home, failure)
            return _without_failing_sources(home, lambda: _build_audited(home))


def keep_back_failed_models(home: Home, clock: Clock) -> list[str]:
    """After dbt failed: keep the sources back for whose rows it did; the next build goes without them.

    Returns:
        These sources; none when it failed otherwise.
    """
    with exclusive_lock(home, BUILD):
        blamed = dbt.blamed_sources(home)
        kept = keep_back(home, SourceFailed("dbt build failed", blamed)) if blamed else []
    if kept:
        _evaluate(home, clock)
    return kept


def finish_candidate(home: Home) -> CandidateInfo:
    """Write exports, docs, site and ``release.json`` into the audited candidate."""
    with exclusive_lock(home, BUILD):
        return _finish(home)


def publish(home: Home, clock: Clock | None = None) -> PublishedBuild:
    """Swap the finished candidate in front of the readers; alerts are stamped by the home's clock unless one is given."""
    with exclusive_lock(home, BUILD):
        published = publishing.publish(home)
    _evaluate(home, clock or clock_of(home))
    return published


def build_candidate(home: Home, clock: Clock | None = None, say: Say = quiet) -> CandidateInfo | None:
    """Prepare, build, audit and finish a candidate with no other build in between; None when nothing is new.

    ``say`` is told each step as it begins, one of ``STEPS_OF_BUILD``.
    """
    with _failure_noted(home, clock or clock_of(home)), exclusive_lock(home, BUILD):
        info = _build(home, say)
    _evaluate(home, clock or clock_of(home))
    return info


def rebuild(home: Home, build_id: str, say: Say = quiet) -> Rebuilt:
    """Make a kept build again from what the archive knew then, and compare; changes nothing that is kept or served.

    Raises:
        BuildError: when the build is not kept, does not say what it was made of, or was made by other code.
    """
    return rebuilding.rebuild(home, build_id, lambda scratch: _build(scratch, say))


def builds(home: Home) -> list[KeptBuild]:
    """The builds that are kept, the newest first."""
    return kept_builds.kept_builds(home)


def pin_build(home: Home, build_id: str, *, pinned: bool) -> None:
    """Keep a build whatever comes after it, or let it go again.

    Raises:
        BuildError: when no such build is kept.
    """
    kept_builds.pin(home, build_id, pinned=pinned)


def prune_builds(home: Home, keep: int) -> list[str]:
    """Delete all but the newest builds, the served and the pinned ones; returns the ids of those deleted."""
    with exclusive_lock(home, BUILD):
        return kept_builds.prune(home, keep)


def build_and_publish(home: Home, clock: Clock | None = None, say: Say = quiet) -> PublishedBuild | None:
    """The whole way from accepted releases to a published build; None when what is served is up to date.

    ``say`` is told each step as it begins, one of ``STEPS_OF_BUILD``.
    """
    with _failure_noted(home, clock or clock_of(home)):
        published = _build_and_publish(home, say)
    _evaluate(home, clock or clock_of(home))
    return published


@contextmanager
def _failure_noted(home: Home, clock: Clock) -> Iterator[None]:
    """A build that was due and failed opens its alert, whoever asked for it; the next one that is served closes it."""
    try:
        yield
    except BuildError as error:
        if candidate.is_due(home):
            record_broken_step(home, clock, BUILD_STEP, None, str(error))
        raise


def _build_and_publish(home: Home, say: Say) -> PublishedBuild | None:
    with exclusive_lock(home, BUILD):
        if publishing.left_behind(home):
            before = current_inputs(home)
            published = publishing.swap_left_behind(home)
            return None if current_inputs(home) == before else published
        return publishing.publish(home) if _build(home, say) else None


def _build(home: Home, say: Say) -> CandidateInfo | None:
    audited = _without_failing_sources(home, lambda: _build_audited(home, say))
    return None if audited is None else _finish(home, say)


def _build_audited(home: Home, say: Say = quiet) -> list[CheckResult] | None:
    say("raw tables")
    if candidate.prepare(home) is None:
        return None
    say("models")
    dbt.build_models(home)
    say("data tests")
    dbt.test_models(home)
    say("audit")
    return _audit(home)


def _without_failing_sources(home: Home, attempt: Callable[[], T]) -> T:
    """What the attempt gives; each source that it fails for is kept back, and it is made again.

    It ends: every round keeps back a source that was not, and a source that fails again fails the build.
    """
    for _ in load_sources():
        try:
            return attempt()
        except SourceFailed as failure:
            keep_back(home, failure)
    return attempt()


def _audit(home: Home) -> list[CheckResult]:
    info = candidate.read_candidate(home)
    from expectations import runner

    folder = home.candidate / "validation"
    folder.mkdir(exist_ok=True)
    served = home.current / "warehouse.duckdb"
    results = [
        *dbt.test_results(home),
        *runner.validate_marts(home.candidate_warehouse, folder, served if served.exists() else None),
    ]
    candidate.record_build_checks(home, results, dbt.compiled_sql(home, "rpt_quality"))
    blocking = [result for result in results if result.blocks]
    if blocking:
        kept = candidate.archive_failed(home)
        said = "\n".join(f"  {each.check}: {each.observed} (limit {each.limit}); {each.reason}" for each in blocking)
        message = f"build {info.build_id} failed its audit and is kept in {kept}; nothing was published:\n{said}"
        raise SourceFailed(message, blocking) if all(each.source_id for each in blocking) else AuditFailed(message)
    return results


def _finish(home: Home, say: Say = quiet) -> CandidateInfo:
    from roxham_web import site

    info = candidate.read_candidate(home)
    say("exports")
    entries = exports.write(home, info)
    revision_report.write(home, info)
    say("documentation")
    dbt.generate_docs(home)
    say("site")
    site.write(home, info, entries)
    served_file.write(home)
    publishing.finish(home, entries, _count_checks(home))
    return info


def check_freshness(home: Home, clock: Clock) -> list[freshness.StateChange]:
    """Sweep the archive and judge every source as of now, its calendar included; returns the changes of state to tell.

    Raises:
        ClockSetBack: when the clock stands before what was polled already.
    """
    refuse_set_back(home, clock.now())
    if home.manifest.exists():  # a new home has no archive to sweep
        verify(home, clock)
    changes = freshness.check_freshness(home, clock.now())
    _evaluate(home, clock, list(load_sources()), completed={"check_freshness"})
    return changes


def verify(home: Home, clock: Clock) -> Sweep:
    """Hash every archived object and read the manifest's ledger; what is not as it was archived opens an alert.

    Raises:
        FileNotFoundError: when there is no archive.
    """
    swept = sweep(home)
    _evaluate(home, clock, swept=swept)
    return swept


def mark_states_emitted(home: Home, changes: Iterable[freshness.StateChange]) -> None:
    """Remember that the events of these changes of state are out."""
    freshness.mark_emitted(home, changes)


def status_and_alerts(home: Home, clock: Clock) -> tuple[dict[str, Any], list[Alert]]:
    """What ``status.json`` would say now, and the open alerts; remembers nothing."""
    return evaluate.status_and_alerts(home, clock, build_is_due=candidate.is_due(home))


def waiting_for_a_person(home: Home) -> list[Waiting]:
    """What is kept out and waits for somebody's decision."""
    with Manifest(home.manifest) as manifest:
        return waiting.all_of(home, manifest)


def build_is_due(home: Home) -> bool:
    """Whether the archive says something that the served build does not."""
    return candidate.is_due(home)


def has_releases(home: Home) -> bool:
    """Whether any release was ever processed, whatever became of it."""
    with Manifest(home.manifest) as manifest:
        return bool(manifest.releases())


def last_accepted(home: Home, source_id: str) -> Release | None:
    """The source's newest accepted release."""
    with Manifest(home.manifest) as manifest:
        accepted = manifest.releases(source_id, "accepted")
    return accepted[-1] if accepted else None


def alerts(home: Home, *, closed: bool = False) -> list[Alert]:
    """The open alerts, oldest first; with ``closed`` all that ever were."""
    with Manifest(home.manifest) as manifest:
        return AlertStore(manifest).alerts(closed=closed)


def mark_told(home: Home, told: Iterable[Alert]) -> None:
    """Remember that people were told of these alerts."""
    with Manifest(home.manifest) as manifest:
        AlertStore(manifest).mark_told(told)


def record_broken_step(home: Home, clock: Clock, step: str, source_id: str | None, error: str) -> None:
    """Open the alert of a step that broke; the step done well closes it."""
    evaluate.record_broken_step(home, clock, step, source_id, error)
    evaluate.refresh(home, clock, build_is_due=candidate.is_due(home))


def _evaluate(
    home: Home, clock: Clock, sources: Collection[str] = (), *, completed: Collection[str] = (),
    swept: Sweep | None = None,
) -> None:  # fmt: skip
    evaluate.evaluate(
        home, clock, build_is_due=candidate.is_due(home), sources=sources, completed=completed, swept=swept
    )


def _count_checks(home: Home) -> dict[str, int]:
    with duckdb.connect(str(home.candidate_warehouse), read_only=True) as connection:
        rows = connection.execute(
            "select severity || case when success then ' passed' else ' failed' end, count(*)"
            " from raw.check_results group by 1 order by 1"
        ).fetchall()
    return {str(name): int(count) for name, count in rows}


def _source(source_id: str) -> Source:
    sources = load_sources()
    if source_id not in sources:
        message = f"no source {source_id!r}; known are {', '.join(sources)}"
        raise KeyError(message)
    return sources[source_id]
