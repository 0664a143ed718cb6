"""Looks at what the archive remembers and keeps the alerts in it: the one place between ``ingest.alerts`` and the disk.

Every look can be repeated at will: what is open stays open, nothing is told twice.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping, Sequence

import duckdb

from ingest import alerts
from ingest.alerts import Alert, Finding, Key, LargeRevision, Look
from ingest.build import current_inputs, describe_candidate
from ingest.clock import Clock
from ingest.decisions import UNSERVABLE
from ingest.freshness import judge_source
from ingest.home import Home
from ingest.manifest import Manifest
from ingest.records import CheckResult, Release
from ingest.sources import Source, load_sources

# Largest first; the totals of a place before its details. What is only counted under another name was not revised.
REVISED_BY_MUCH = """
    select release_id, measure_id, month, geography_id, from_value, to_value
    from marts.fct_revisions
    where tier = 'large' and change_kind not in ('appeared', 'reclassified') and list_contains($releases, release_id)
    order by grain = 'total' desc, abs(to_value - from_value) desc nulls first, measure_id, month, geography_id, cell_id
"""


def after_source(home: Home, source_id: str, clock: Clock, completed: Collection[str] = ()) -> list[Alert]:
    """Look at one source's last poll and last intake; returns the alerts that were opened, updated or closed."""
    with Manifest(home.manifest) as manifest:
        look = _look_at_source(manifest, load_sources()[source_id], clock.now(), frozenset(completed))
        return manifest.settle_alerts(look, clock.now())


def all_round(home: Home, clock: Clock, completed: Collection[str] = ()) -> list[Alert]:
    """Look at everything: every source, its calendar, the silence, the served build."""
    now = clock.now()
    with Manifest(home.manifest) as manifest:
        looks = [_look_at_silence(manifest, now), _look_at_build(home)]
        for source in load_sources().values():
            looks.append(_look_at_source(manifest, source, now))
            looks.append(
                alerts.of_verdict(source.id, source.resources.watch, judge_source(home, manifest, source, now))
            )
            looks.append(_look_at_revisions(home, manifest, source))
        return manifest.settle_alerts(_all_of(looks, frozenset(completed)), now)


def after_build(home: Home, clock: Clock) -> list[Alert]:
    """Look at what is served now: whether failed builds are over, and which figures its newest releases moved."""
    with Manifest(home.manifest) as manifest:
        looks = [_look_at_build(home), *(_look_at_revisions(home, manifest, each) for each in load_sources().values())]
        return manifest.settle_alerts(_all_of(looks, frozenset()), clock.now())


def broke(home: Home, clock: Clock, step: str, source_id: str | None, error: str) -> list[Alert]:
    """A step broke: open its alert. A build's is closed by the next one that is served, a step's when it ends well."""
    where: list[str] = ["the task's log in Airflow"]
    if source_id is None and step != "check_freshness":
        where = [f"candidates that failed their audit: {home.failed}", "mend, then roxham build && roxham publish"]
    finding = alerts.of_broken_step(step, source_id, error, where)
    with Manifest(home.manifest) as manifest:
        return manifest.settle_alerts(Look((finding,)), clock.now())


def _look_at_source(
    manifest: Manifest, source: Source, now: dt.datetime, completed: frozenset[str] = frozenset()
) -> Look:
    attempts, releases = manifest.attempts(source.id), manifest.releases(source.id)
    checks = _checks_of_last_intake(manifest, releases)
    findings: list[Finding] = []
    judged: set[Key] = set()
    if attempts:
        findings += alerts.of_poll(source.id, source.resources.watch, attempts)
        judged.add(("fetch_failed", source.id))
        if now - attempts[-1].retrieved_at <= alerts.SILENCE:
            judged |= {("nothing_ran", source.id), ("nothing_ran", None)}
    findings += alerts.of_quarantine(source.id, releases, checks, UNSERVABLE)
    findings += alerts.of_closed_periods(source.id, releases, checks)
    judged |= {("structure_changed", source.id), ("load_quarantined", source.id)}
    judged.add(("revision_in_closed_period", source.id))
    return Look(tuple(findings), frozenset(judged), completed)


def _checks_of_last_intake(manifest: Manifest, releases: Sequence[Release]) -> Mapping[str, list[CheckResult]]:
    return {each.release_id: manifest.check_results(each.release_id) for each in alerts.last_intake(releases)}


def _look_at_silence(manifest: Manifest, now: dt.datetime) -> Look:
    sources = load_sources()
    polled = {each.id: manifest.last_attempt_at(each.id) for each in sources.values() if each.is_polled}
    judged: set[Key] = {("nothing_ran", source_id) for source_id in sources} | {("nothing_ran", None)}
    return Look(tuple(alerts.of_silence(polled, now)), frozenset(judged))


def _look_at_build(home: Home) -> Look:
    """A failed build is over when what is served is what the archive says."""
    info = describe_candidate(home)
    if info is None or info.inputs != current_inputs(home):
        return Look()
    return Look(judged=frozenset({("mart_failed", None)}), completed=frozenset({alerts.BUILD_STEP}))


def _look_at_revisions(home: Home, manifest: Manifest, source: Source) -> Look:
    """Judged only when the served build holds the last intake: before that nobody has worked it out."""
    wanted = [each.release_id for each in alerts.last_intake(manifest.releases(source.id)) if each.state == "accepted"]
    served = home.current / "release.json"
    if not wanted or not served.exists() or not set(wanted) <= set(json.loads(served.read_text())["releases"]):
        return Look()
    with duckdb.connect(str(home.current.resolve() / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute(REVISED_BY_MUCH, {"releases": wanted}).fetchall()
    found = alerts.of_large_revisions(source.id, [LargeRevision(*row) for row in rows])
    return Look(tuple(found), frozenset({("large_revision", source.id)}))


def _all_of(looks: Sequence[Look], completed: frozenset[str]) -> Look:
    return Look(
        tuple(finding for look in looks for finding in look.findings),
        frozenset(key for look in looks for key in look.judged),
        completed.union(*(look.completed for look in looks)),
    )
