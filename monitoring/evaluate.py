"""Evaluates what the archive and the served build say now, keeps the alerts and writes ``status.json``.

All that is told comes from here: states, alerts, exit codes, the site's living table, messages. Every evaluation can be
repeated at will: what is open stays open, nothing is told twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

import duckdb
import yaml

from ingest.archive.collection import collection_of
from ingest.archive.kept_back import all_kept_back
from ingest.archive.manifest import Manifest
from ingest.archive.verify import Sweep
from ingest.catalog.calendar import Verdict
from ingest.catalog.source import Source, load_sources
from ingest.core.builds import served
from ingest.core.clock import Clock
from ingest.core.home import REPOSITORY, Home
from ingest.core.records import CheckResult, Release
from monitoring import alerts, freshness, status
from monitoring.alert_store import AlertStore
from monitoring.alerts import Alert, Finding, Key, LargeRevision, Observation
from monitoring.freshness import judge_sources

# Largest first; the totals of a place before its details. What is only counted under another name was not revised.
REVISED_BY_MUCH = """
    select release_id, measure_id, month, geography_id, from_value, to_value
    from marts.fct_revisions
    where tier = 'large' and change_kind not in ('appeared', 'reclassified') and list_contains($releases, release_id)
    order by grain = 'total' desc, abs(to_value - from_value) desc nulls first, measure_id, month, geography_id, cell_id
"""


def evaluate(
    home: Home, clock: Clock, *, build_is_due: bool, sources: Collection[str] = (), completed: Collection[str] = (),
    swept: Sweep | None = None,
) -> list[Alert]:  # fmt: skip
    """Judge what a step has touched, all calendars, and what is served, and write ``status.json``.

    Args:
        home: whose archive and builds.
        clock: stamps the alerts, and says what is late by now.
        build_is_due: whether the archive says something that the served build does not.
        sources: those whose last poll and last intake are judged. A step names those that it touched: another one may
            be in the middle of its poll. None named: the build and the calendars are judged, and which figures its
            releases moved.
        completed: steps that just ended well; what they broke earlier is over.
        swept: what a sweep of the whole archive found, where one was made.

    Returns:
        The alerts that were opened, updated or closed.
    """
    now = clock.now()
    with Manifest(home.manifest) as manifest:
        verdicts = judge_sources(home, manifest, now)
        observation = _observe(home, manifest, verdicts, now, build_is_due, sources, completed, swept)
        store = AlertStore(manifest)
        touched = store.reconcile(observation, now)
        said = status.describe(home, manifest, verdicts, store.alerts(), now, build_is_due=build_is_due)
    status.write(home, said)
    return touched


def status_and_alerts(home: Home, clock: Clock, *, build_is_due: bool) -> tuple[dict[str, Any], list[Alert]]:
    """What an evaluation of everything would say now; records nothing. For those who only ask.

    Returns:
        The content of ``status.json``, and the open alerts.
    """
    now = clock.now()
    with Manifest(home.manifest) as manifest:
        verdicts = judge_sources(home, manifest, now)
        observation = _observe(home, manifest, verdicts, now, build_is_due, list(load_sources()), ())
        still_open = alerts.open_after(AlertStore(manifest).alerts(), observation, now)
        return status.describe(home, manifest, verdicts, still_open, now, build_is_due=build_is_due), still_open


def refresh(home: Home, clock: Clock, *, build_is_due: bool) -> None:
    """Write ``status.json`` as things stand, without judging any alert: after a step that broke."""
    now = clock.now()
    with Manifest(home.manifest) as manifest:
        verdicts, store = judge_sources(home, manifest, now), AlertStore(manifest)
        said = status.describe(home, manifest, verdicts, store.alerts(), now, build_is_due=build_is_due)
    status.write(home, said)


def _observe(
    home: Home, manifest: Manifest, verdicts: Mapping[str, Verdict], now: dt.datetime, build_is_due: bool,
    sources: Collection[str], completed: Collection[str], swept: Sweep | None = None,
) -> Observation:  # fmt: skip
    known = load_sources()
    seen = [_observe_build(build_is_due), _observe_kept_back(home, manifest), _observe_silence(manifest, now)]
    seen += [_observe_source(manifest, known[each]) for each in sources]
    seen += [_observe_revisions(home, manifest, known[each]) for each in sources or known]
    lagging = freshness.lagging_cuts(home)
    seen += [_observe_completeness(manifest, each, lagging.get(each)) for each in sources or known]
    seen += [alerts.of_verdict(each, known[each].resources.page_url, verdict) for each, verdict in verdicts.items()]
    if swept:
        seen.append(_observe_archive(swept))
    return _all_of(seen, frozenset(completed))


def evaluate_source(home: Home, source_id: str, clock: Clock, completed: Collection[str] = ()) -> list[Alert]:
    """Judge one source's last poll and last intake, while a build is due."""
    return evaluate(home, clock, build_is_due=True, sources=[source_id], completed=completed)


def evaluate_all(home: Home, clock: Clock, *, build_is_due: bool, completed: Collection[str] = ()) -> list[Alert]:
    """Judge everything: every source, its calendar, the silence, the served build."""
    return evaluate(home, clock, build_is_due=build_is_due, sources=list(load_sources()), completed=completed)


def evaluate_build(home: Home, clock: Clock, *, build_is_due: bool) -> list[Alert]:
    """Judge what is served now: whether failed builds are over, and which figures its newest releases moved."""
    return evaluate(home, clock, build_is_due=build_is_due)


def record_broken_step(home: Home, clock: Clock, step: str, source_id: str | None, error: str) -> list[Alert]:
    """A step broke: open its alert. A build's is closed by the next one that is served, a step's when it ends well."""
    where: list[str] = ["the task's log in Airflow"]
    if source_id is None and step != "check_freshness":
        where = [f"candidates that failed their audit: {home.failed}", "mend, then roxham build && roxham publish"]
    finding = alerts.of_broken_step(step, source_id, error, where)
    with Manifest(home.manifest) as manifest:
        return AlertStore(manifest).reconcile(Observation((finding,)), clock.now())


def _observe_source(manifest: Manifest, source: Source) -> Observation:
    polls = manifest.last_poll(source.id)
    releases = manifest.releases(source.id)
    checks = _checks_of_last_intake(manifest, releases)
    findings: list[Finding] = []
    judged: set[Key] = set()
    if polls:
        findings += alerts.of_poll(source.id, source.resources.page_url, polls)
        judged.add(("fetch_failed", source.id))
    # What is incomplete is judged with all else that did not come.
    findings += [each for each in alerts.of_quarantine(source.id, releases, checks) if each.alert != "incomplete"]
    findings += alerts.of_closed_periods(source.id, releases, checks)
    findings += alerts.of_implausible(source.id, releases, checks)
    judged |= {("structure_changed", source.id), ("load_quarantined", source.id), ("implausible", source.id)}
    judged.add(("revision_in_closed_period", source.id))
    return Observation(tuple(findings), frozenset(judged))


def _observe_completeness(manifest: Manifest, source_id: str, lagging: str | None) -> Observation:
    """What was expected and did not come: kept out for it, accepted without it, or a cut that stands still."""
    releases = manifest.releases(source_id)
    checks = _checks_of_last_intake(manifest, releases)
    findings = [each for each in alerts.of_quarantine(source_id, releases, checks) if each.alert == "incomplete"]
    findings += alerts.of_incomplete(source_id, releases, checks)
    if lagging:
        findings.append(alerts.of_lagging_cuts(source_id, lagging))
    return Observation(tuple(findings), frozenset({("incomplete", source_id)}))


def _checks_of_last_intake(manifest: Manifest, releases: Sequence[Release]) -> Mapping[str, list[CheckResult]]:
    """And of what is set aside, which stays so whatever comes after it."""
    wanted = [*alerts.last_intake(releases), *(each for each in releases if each.state == "set_aside")]
    return {each.release_id: manifest.check_results(each.release_id) for each in wanted}


def _observe_silence(manifest: Manifest, now: dt.datetime) -> Observation:
    """Nothing is silent before it spoke, or where nobody means to ask: until its first night a new home has missed none."""
    sources = load_sources()
    collection = collection_of(manifest, sources)
    collected = collection.planned | collection.polled
    polled = {
        each.id: manifest.last_poll_at(each.id) for each in sources.values() if each.is_polled and each.id in collected
    }
    judged: set[Key] = {("nothing_ran", source_id) for source_id in sources} | {("nothing_ran", None)}
    found = alerts.of_silence(polled, now, manifest.began_at(now)) if polled else []
    return Observation(tuple(found), frozenset(judged))


def _observe_build(build_is_due: bool) -> Observation:
    """A failed build is over when what is served is what the archive says."""
    if build_is_due:
        return Observation()
    return Observation(judged=frozenset({("mart_failed", None)}), completed=frozenset({alerts.BUILD_STEP}))


def _observe_archive(swept: Sweep) -> Observation:
    """A damaged archive is whole again when a sweep says so."""
    well = frozenset() if swept.faults else frozenset({alerts.SWEEP_STEP})
    return Observation(tuple(alerts.of_archive(swept.faults)), completed=well)


def _observe_kept_back(home: Home, manifest: Manifest) -> Observation:
    """Sources whose newest releases failed a build. It is over when a build that holds all of them is served."""
    build = served(home)
    held = set(build.releases) if build else set()
    findings: list[Finding] = []
    well: set[Key] = set()
    kept = all_kept_back(manifest)
    for source_id in load_sources():
        accepted = {each.release_id for each in manifest.releases(source_id, "accepted")}
        if accepted <= held:
            well.add(("mart_failed", source_id))
        elif source_id in kept and kept[source_id].concerns(accepted):
            findings.append(alerts.of_kept_back(kept[source_id], str(home.failed)))
    return Observation(tuple(findings), frozenset(well))


def _observe_revisions(home: Home, manifest: Manifest, source: Source) -> Observation:
    """Judged only when the served build holds the last intake: before that nobody has worked it out."""
    wanted = [each.release_id for each in alerts.last_intake(manifest.releases(source.id)) if each.state == "accepted"]
    build = served(home)
    if not wanted or build is None or not set(wanted) <= set(build.releases):
        return Observation()
    with duckdb.connect(str(home.current.resolve() / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute(REVISED_BY_MUCH, {"releases": wanted}).fetchall()
    found = alerts.of_large_revisions(source.id, [LargeRevision(*row) for row in rows], large_limit())
    return Observation(tuple(found), frozenset({("large_revision", source.id)}))


@cache
def large_limit() -> str:
    """From where on a figure has moved by much, in words; dbt's project says it once for models and alerts."""
    project = yaml.safe_load((REPOSITORY / "dbt_project" / "dbt_project.yml").read_text(encoding="utf-8"))
    [large] = [each for each in project["vars"]["revision_tiers"] if each["name"] == "large"]
    return f"{large['share']:.0%} and {large['at_least']} more or less".replace("%", " %")


def _all_of(seen: Sequence[Observation], completed: frozenset[str]) -> Observation:
    return Observation(
        tuple(finding for each in seen for finding in each.findings),
        frozenset(key for each in seen for key in each.judged),
        completed.union(*(each.completed for each in seen)),
    )
