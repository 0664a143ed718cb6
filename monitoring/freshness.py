"""Judges each source: fresh, late, frozen, failing, closed, held or not collected. A frozen page is never "unchanged, fine".

Guards against the public scraper that ran green for over a thousand nights over a page that said it would no longer
be updated, and against the opposite: sources called failing that nobody had ever asked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace

import duckdb

from ingest.archive.collection import Collection, collection_of
from ingest.archive.kept_back import all_kept_back
from ingest.archive.manifest import Manifest
from ingest.archive.objects import DamagedObject
from ingest.catalog.calendar import Rule, Status, Verdict, judge
from ingest.catalog.source import Source, load_sources
from ingest.core.home import Home
from ingest.core.records import Attempt, Release
from ingest.releases.notices import closing_words
from monitoring.alerts import SILENCE, last_intake, trouble_of_last_poll

LAGGING = "select source_id, lagging_cuts from marts.rpt_source_status where lagging_cuts is not null"
# The states of which a build must tell: what is well, closed, held or not collected needs no new build to say so.
TROUBLED: frozenset[Status] = frozenset({"late", "frozen", "failing"})


@dataclass(frozen=True)
class StateChange:
    """A source whose state is not what it was."""

    source_id: str
    before: str | None
    after: str
    reason: str

    def as_dict(self) -> dict[str, object]:
        """Plain data."""
        return asdict(self)


def check_freshness(home: Home, now: dt.datetime) -> list[StateChange]:
    """Judge every source as of now and remember the states; returns the changes whose events are due."""
    with Manifest(home.manifest) as manifest:
        verdicts = judge_sources(home, manifest, now)
    return record_states(home, verdicts, now)


def record_states(home: Home, verdicts: Mapping[str, Verdict], now: dt.datetime) -> list[StateChange]:
    """Remember the states of the sources.

    Returns:
        Every change whose event is not out yet: those of now, and those that an earlier run recorded and was killed or
        failed before it could tell (``mark_emitted`` says that they are out).
    """
    with Manifest(home.manifest) as manifest:
        before = manifest.source_states()
        for source_id, verdict in verdicts.items():
            known = before.get(source_id)
            if known is None or known[0] != verdict.status:
                manifest.record_source_state(source_id, verdict.status, verdict.reason, now)
        return [StateChange(*each) for each in manifest.states_without_event()]


def mark_emitted(home: Home, changes: Iterable[StateChange]) -> None:
    """Remember that the events of these changes are out."""
    with Manifest(home.manifest) as manifest:
        manifest.mark_states_emitted((each.source_id, each.after) for each in changes)


def judge_sources(home: Home, manifest: Manifest, now: dt.datetime) -> dict[str, Verdict]:
    """How every source stands now; remembers nothing."""
    sources = load_sources()
    collection = collection_of(manifest, sources)
    verdicts = {}
    for each in sources.values():
        failing = _failing(each, manifest.last_poll(each.id), now)
        try:
            verdicts[each.id] = judge_source(home, manifest, each, collection, now.date(), failing_reason=failing)
        except (DamagedObject, FileNotFoundError) as error:  # its pages cannot be had back from the archive
            verdicts[each.id] = Verdict("failing", str(error))
    return verdicts


def judge_source(
    home: Home, manifest: Manifest, source: Source, collection: Collection, day: dt.date, *, failing_reason: str | None
) -> Verdict:
    """The state of a source on a day, here: by its calendar and pages where it is collected, else by what is held of it.

    Args:
        home: whose archive holds its pages.
        manifest: what the archive remembers.
        source: which.
        collection: what is collected in this home.
        day: of judgement.
        failing_reason: what went wrong in the last poll, if anything.
    """
    releases = manifest.releases(source.id)
    accepted = [each for each in releases if each.state == "accepted"]
    refused = _refused(releases) or _kept_back(manifest, source)
    if source.id not in collection.polled and not refused:
        return _not_polled(source, accepted, is_planned=source.id in collection.planned)
    verdict = judge(
        source,
        accepted,
        day,
        sentinel=closing_words(home, source, manifest.newest_pages(source.id)),
        failing_reason=failing_reason,
        refused_reason=refused,
    )
    return _as_held(verdict, accepted) if collection.ends_by(day) else verdict


def _not_polled(source: Source, accepted: list[Release], *, is_planned: bool) -> Verdict:
    """A source that nobody has asked here is neither late nor failing."""
    polls = "its first poll is still to come" if is_planned else "it is not polled here"
    if not accepted:
        return Verdict("not_collected", f"nothing of it was brought in, and {polls}")
    if Rule.parse(source.calendar.rule).frequency == "closed":
        return Verdict("closed", "the series is closed")
    return Verdict("held", f"{_held_to(accepted)}: it was brought in by a replay, and {polls}")


def _as_held(verdict: Verdict, accepted: list[Release]) -> Verdict:
    """Over a sample or a folder nothing later can come: silence is the folder's end, unless the page itself says why."""
    if verdict.status in ("late", "frozen") and accepted and not verdict.closing_words:
        reason = f"{_held_to(accepted)}: what this home was made over holds nothing later"
        return replace(verdict, status="held", reason=reason, next_expected=None)
    return verdict


def _held_to(accepted: list[Release]) -> str:
    return f"held to {max(each.known_on for each in accepted)}"


def _failing(source: Source, polls: list[Attempt], now: dt.datetime) -> str | None:
    if not polls:
        return None
    last = polls[-1].retrieved_at
    if source.is_polled and now - last > SILENCE:
        return f"nothing ran: the last attempt was at {last.isoformat()}"
    bad = trouble_of_last_poll(polls)
    if bad:
        return f"{bad[-1].outcome}: {bad[-1].message} ({bad[-1].url})"
    return None


def _refused(releases: list[Release]) -> str | None:
    """The releases that came last and are quarantined; a file that is set aside is none of the source's."""
    waiting = [each.release_id for each in last_intake(releases) if each.state == "quarantined"]
    return f"quarantined: {', '.join(waiting)}" if waiting else None


def _kept_back(manifest: Manifest, source: Source) -> str | None:
    """Why builds leave the newest accepted releases out, if they do."""
    kept = all_kept_back(manifest).get(source.id)
    accepted = [each.release_id for each in manifest.releases(source.id, "accepted")]
    return kept.reason if kept and kept.concerns(accepted) else None


def lagging_cuts(home: Home) -> dict[str, str]:
    """Of each source of the served build the cuts that stand still while others go on, with their last months."""
    warehouse = home.current / "warehouse.duckdb"
    if not warehouse.exists():
        return {}
    with duckdb.connect(str(warehouse.resolve()), read_only=True) as connection:
        try:
            rows = connection.execute(LAGGING).fetchall()
        except duckdb.Error:  # a build made before builds knew
            return {}
    return dict(rows)
