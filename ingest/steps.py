"""The steps of a night, in the order in which they run. DAG tasks and the CLI call these and nothing else.

fetch → take_in → announce ··· prepare_candidate → run_dbt → test_models → audit_candidate → finish_candidate → publish

Validation needs Great Expectations, which ingest does not import: it is looked up in ``expectations`` when a step
runs, so that this package stays pure and quick to import.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import duckdb

from ingest import build, exports, freshness, revision_report, transform, watch
from ingest import publish as publishing
from ingest.archive import Archive
from ingest.build import BuildError, CandidateInfo
from ingest.clock import Clock
from ingest.fetch import FetchReport, fetch_source
from ingest.home import Home
from ingest.intake import ReleaseOutcome, judge_again
from ingest.intake import take_in as take_in_files
from ingest.manifest import Manifest
from ingest.processes import BUILD, alone
from ingest.publish import PublishedBuild
from ingest.records import CheckResult
from ingest.sources import Source, load_sources


class AuditFailed(BuildError):
    """The candidate's marts failed a critical check; it is kept, nothing was published."""


def fetch(home: Home, source_id: str, clock: Clock, *, dry_run: bool = False) -> FetchReport:
    """Poll a source's addresses and archive what is new; never parses."""
    with alone(home, f"fetch-{source_id}"), Manifest(home.manifest) as manifest:
        report = fetch_source(_source(source_id), Archive(home), manifest, clock, dry_run=dry_run)
    if not dry_run:
        watch.after_source(home, source_id, clock, {"fetch"})
    return report


def take_in(home: Home, source_id: str, clock: Clock) -> list[ReleaseOutcome]:
    """Parse, validate and accept or quarantine every archived file of the source that is in no release yet."""
    with alone(home, f"take_in-{source_id}"):
        outcomes = take_in_files(home, _source(source_id), validate_load)
    watch.after_source(home, source_id, clock, {"take_in"})
    return outcomes


def retry(home: Home, source_id: str) -> list[ReleaseOutcome]:
    """Judge the source's quarantined releases again, after a parser, a lookup or a limit was changed."""
    with alone(home, f"take_in-{source_id}"):
        return judge_again(home, _source(source_id), validate_load)


def validate_load(warehouse: Path, source: Source, release_id: str) -> list[CheckResult]:
    """What the source's Great Expectations suite says of one loaded release."""
    runner = importlib.import_module("expectations.runner")
    return cast(list[CheckResult], runner.validate_load(warehouse, source, release_id))


def unannounced(home: Home, source_id: str) -> list[ReleaseOutcome]:
    """Accepted releases whose event is not out yet; after a crash these are the ones to announce again."""
    with Manifest(home.manifest) as manifest:
        return [
            ReleaseOutcome(release, tuple(manifest.check_results(release.release_id)))
            for release in manifest.unannounced(source_id)
        ]


def mark_announced(home: Home, release_ids: Iterable[str]) -> None:
    """Remember that the events of these releases are out."""
    with Manifest(home.manifest) as manifest:
        manifest.mark_announced(release_ids)


def prepare_candidate(home: Home) -> CandidateInfo | None:
    """Load raw tables into a new candidate; None when there is nothing new against what is served."""
    with alone(home, BUILD):
        return build.prepare(home)


def run_dbt(home: Home) -> None:
    """Build all models on the candidate (Airflow shows them one by one instead, through cosmos)."""
    with alone(home, BUILD):
        transform.build_models(home)


def test_models(home: Home) -> None:
    """Run dbt's data tests on the candidate; what they found is judged by ``audit_candidate``."""
    with alone(home, BUILD):
        transform.test_models(home)


def audit_candidate(home: Home) -> list[CheckResult]:
    """Validate the candidate's marts and keep the results in it.

    Raises:
        AuditFailed: on a critical result; the candidate is moved to ``failed/`` and nothing is published.
    """
    with alone(home, BUILD):
        return _audit(home)


def finish_candidate(home: Home) -> CandidateInfo:
    """Write exports, docs, site and ``release.json`` into the audited candidate."""
    with alone(home, BUILD):
        return _finish(home)


def publish(home: Home) -> PublishedBuild:
    """Swap the finished candidate in front of the readers."""
    with alone(home, BUILD):
        return publishing.publish(home)


def build_candidate(home: Home) -> CandidateInfo | None:
    """Prepare, build, audit and finish a candidate with no other build in between; None when nothing is new."""
    with alone(home, BUILD):
        return _build(home)


def build_and_publish(home: Home) -> PublishedBuild | None:
    """The whole way from accepted releases to a published build; None when what is served is up to date."""
    with alone(home, BUILD):
        if publishing.left_behind(home):
            before = build.current_inputs(home)
            published = publishing.swap_left_behind(home)
            return None if build.current_inputs(home) == before else published
        return publishing.publish(home) if _build(home) else None


def _build(home: Home) -> CandidateInfo | None:
    info = build.prepare(home)
    if info:
        transform.build_models(home)
        transform.test_models(home)
        _audit(home)
        _finish(home)
    return info


def _audit(home: Home) -> list[CheckResult]:
    info = build.read_candidate(home)
    runner = importlib.import_module("expectations.runner")
    folder = home.candidate / "validation"
    folder.mkdir(exist_ok=True)
    served = home.current / "warehouse.duckdb"
    results = [
        *transform.test_results(home),
        *runner.validate_marts(home.candidate_warehouse, folder, served if served.exists() else None),
    ]
    build.record_build_checks(home, results, transform.compiled_sql(home, "rpt_quality"))
    blocking = [result for result in results if result.blocks]
    if blocking:
        kept = build.archive_failed(home)
        said = "\n".join(f"  {each.check}: {each.observed} (limit {each.limit}); {each.reason}" for each in blocking)
        message = f"build {info.build_id} failed its audit and is kept in {kept}; nothing was published:\n{said}"
        raise AuditFailed(message)
    return results


def _finish(home: Home) -> CandidateInfo:
    info = build.read_candidate(home)
    entries = exports.write(home, info)
    revision_report.write(home, info)
    transform.generate_docs(home)
    # Drawing takes a second to import; steps that draw nothing stay quick.
    importlib.import_module("web.site").write(home, info, entries)
    publishing.finish(home, entries, _count_checks(home))
    return info


def check_freshness(home: Home, clock: Clock) -> list[freshness.StateChange]:
    """Judge every source as of now and look at everything for alerts; returns the changes of state to announce."""
    changes = freshness.check_freshness(home, clock)
    watch.all_round(home, clock, {"check_freshness"})
    return changes


def mark_states_announced(home: Home, changes: Iterable[freshness.StateChange]) -> None:
    """Remember that the events of these changes of state are out."""
    freshness.mark_announced(home, changes)


def look_at_freshness(home: Home, clock: Clock) -> dict[str, Any]:
    """How every source stands now, as plain data; remembers nothing."""
    return freshness.look(home, clock)


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
