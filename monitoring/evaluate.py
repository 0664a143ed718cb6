"""Evaluates what the archive and the served build say now, and keeps the alerts: all that is told comes from here.

Every evaluation can be repeated at will: what is open stays open, nothing is told twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from functools import cache

import duckdb
import yaml

from ingest.archive.manifest import Manifest
from ingest.catalog.source import Source, load_sources
from ingest.core.builds import served
from ingest.core.clock import Clock
from ingest.core.home import REPOSITORY, Home
from ingest.core.records import CheckResult, Release
from monitoring import alerts
from monitoring.alert_store import AlertStore
from monitoring.alerts import Alert, Finding, Key, LargeRevision, Observation
from monitoring.freshness import judge_source

# Largest first; the totals of a place before its details. What is only counted under another name was not revised.
REVISED_BY_MUCH = """
    select release_id, measure_id, month, geography_id, from_value, to_value
    from marts.fct_revisions
    where tier = 'large' and change_kind not in ('appeared', 'reclassified') and list_contains($releases, release_id)
    order by grain = 'total' desc, abs(to_value - from_value) desc nulls first, measure_id, month, geography_id, cell_id
"""


def evaluate(
    home: Home, clock: Clock, *, build_is_due: bool, sources: Collection[str] = (), calendar: bool = False,
    completed: Collection[str] = (),
) -> list[Alert]:  # fmt: skip
    """Judge what a step has touched, and what is served; returns the alerts that were opened, updated or closed.

    Args:
        home: whose archive and builds.
        clock: stamps the alerts, and says what is late by now.
        build_is_due: whether the archive says something that the served build does not.
        sources: those whose last poll and last intake are judged. A step names those that it touched: another one may
            be in the middle of its poll. None named: only the build is judged, and which figures its releases moved.
        calendar: whether calendars and silence are judged as well: by the daily check of freshness, which knows no
            source in the middle of a run, and in no home whose clock is held.
        completed: steps that just ended well; what they broke earlier is over.
    """
    now, known = clock.now(), load_sources()
    with Manifest(home.manifest) as manifest:
        seen = [_observe_build(build_is_due)]
        seen += [_observe_source(manifest, known[each], now) for each in sources]
        seen += [_observe_revisions(home, manifest, known[each]) for each in sources or known]
        if calendar:
            seen += _observe_calendar(home, manifest, now)
        return AlertStore(manifest).reconcile(_all_of(seen, frozenset(completed)), now)


def evaluate_source(home: Home, source_id: str, clock: Clock, completed: Collection[str] = ()) -> list[Alert]:
    """Judge one source's last poll and last intake, while a build is due."""
    return evaluate(home, clock, build_is_due=True, sources=[source_id], completed=completed)


def evaluate_all(home: Home, clock: Clock, *, build_is_due: bool, completed: Collection[str] = ()) -> list[Alert]:
    """Judge everything: every source, its calendar, the silence, the served build."""
    return evaluate(
        home, clock, build_is_due=build_is_due, sources=list(load_sources()), calendar=True, completed=completed
    )


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


def _observe_calendar(home: Home, manifest: Manifest, now: dt.datetime) -> list[Observation]:
    """What is overdue, stands still or was not polled."""
    judged = [(each, judge_source(home, manifest, each, now)) for each in load_sources().values()]
    return [
        _observe_silence(manifest, now),
        *(alerts.of_verdict(each.id, each.resources.page_url, verdict) for each, verdict in judged),
    ]


def _observe_source(manifest: Manifest, source: Source, now: dt.datetime) -> Observation:
    polls = [each for each in manifest.attempts(source.id) if each.via == "poll"]
    releases = manifest.releases(source.id)
    checks = _checks_of_last_intake(manifest, releases)
    findings: list[Finding] = []
    judged: set[Key] = set()
    if polls:
        findings += alerts.of_poll(source.id, source.resources.page_url, polls)
        judged.add(("fetch_failed", source.id))
        if now - polls[-1].retrieved_at <= alerts.SILENCE:
            judged |= {("nothing_ran", source.id), ("nothing_ran", None)}
    findings += alerts.of_quarantine(source.id, releases, checks)
    findings += alerts.of_closed_periods(source.id, releases, checks)
    judged |= {("structure_changed", source.id), ("load_quarantined", source.id)}
    judged.add(("revision_in_closed_period", source.id))
    return Observation(tuple(findings), frozenset(judged))


def _checks_of_last_intake(manifest: Manifest, releases: Sequence[Release]) -> Mapping[str, list[CheckResult]]:
    """And of the quarantined ones, of which some stay set aside whatever comes after them."""
    newest = alerts.last_intake(releases)
    wanted = [each for each in releases if each in newest or each.state == "quarantined"]
    return {each.release_id: manifest.check_results(each.release_id) for each in wanted}


def _observe_silence(manifest: Manifest, now: dt.datetime) -> Observation:
    """Nothing is silent before it spoke: a new home has no nights that could be missed until its first has passed."""
    sources = load_sources()
    polled = {each.id: manifest.last_poll_at(each.id) for each in sources.values() if each.is_polled}
    judged: set[Key] = {("nothing_ran", source_id) for source_id in sources} | {("nothing_ran", None)}
    return Observation(tuple(alerts.of_silence(polled, now, manifest.began_at(now))), frozenset(judged))


def _observe_build(build_is_due: bool) -> Observation:
    """A failed build is over when what is served is what the archive says."""
    if build_is_due:
        return Observation()
    return Observation(judged=frozenset({("mart_failed", None)}), completed=frozenset({alerts.BUILD_STEP}))


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
