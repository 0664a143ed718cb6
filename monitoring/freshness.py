"""Judges each source: fresh, late, frozen or failing. A frozen page is never "unchanged, fine".

Guards against the public scraper that ran green for over a thousand nights over a page that said it would no longer
be updated.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from ingest.archive.manifest import Manifest
from ingest.archive.objects import DamagedObject
from ingest.catalog.calendar import Verdict, judge
from ingest.catalog.source import Source, load_sources
from ingest.core.clock import Clock
from ingest.core.home import Home
from ingest.core.records import Attempt
from ingest.releases.notices import closing_words
from monitoring.alerts import SILENCE, trouble_of_last_poll


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


def check_freshness(home: Home, clock: Clock) -> list[StateChange]:
    """Judge every source as of now, remember the states, write ``status.json``.

    Returns:
        Every change whose event is not out yet: those of now, and those that an earlier run recorded and was killed or
        failed before it could tell (``mark_emitted`` says that they are out).
    """
    now = clock.now()
    status = current_states(home, clock)
    _write_status(home, status)
    with Manifest(home.manifest) as manifest:
        before = manifest.source_states()
        for source_id, seen in status["sources"].items():
            known = before.get(source_id)
            if known is None or known[0] != seen["status"]:
                manifest.record_source_state(source_id, seen["status"], seen["reason"], now)
        return [StateChange(*each) for each in manifest.states_without_event()]


def mark_emitted(home: Home, changes: Iterable[StateChange]) -> None:
    """Remember that the events of these changes are out."""
    with Manifest(home.manifest) as manifest:
        manifest.mark_states_emitted((each.source_id, each.after) for each in changes)


def _write_status(home: Home, status: dict[str, Any]) -> None:
    # Readers poll this file: they must never find half of it.
    draft = home.status.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(status, indent=2) + "\n")
    draft.replace(home.status)


def current_states(home: Home, clock: Clock) -> dict[str, Any]:
    """How every source stands now; remembers nothing."""
    now = clock.now()
    with Manifest(home.manifest) as manifest:
        return {
            "as_of": now.isoformat(),
            "sources": {
                source.id: _status(manifest, source, judge_source(home, manifest, source, now))
                for source in load_sources().values()
            },
        }


def judge_source(home: Home, manifest: Manifest, source: Source, now: dt.datetime) -> Verdict:
    """The source's state by its calendar, by the words of its pages, and by what the last nights brought."""
    attempts = manifest.attempts(source.id)
    words, damage = _closing_words(home, source, attempts)
    return judge(
        source,
        manifest.releases(source.id, "accepted"),
        now.date(),
        sentinel=words,
        failing_reason=damage or _failing(source, attempts, now),
        refused_reason=_refused(manifest, source),
    )


def _closing_words(home: Home, source: Source, attempts: list[Attempt]) -> tuple[str | None, str | None]:
    """The words of closure on the source's newest pages, or why the archive cannot give the pages back."""
    try:
        return closing_words(home, source, attempts), None
    except (DamagedObject, FileNotFoundError) as error:
        return None, str(error)


def _failing(source: Source, attempts: list[Attempt], now: dt.datetime) -> str | None:
    polls = [each for each in attempts if each.via == "poll"]
    if not polls:
        return None
    last = polls[-1].retrieved_at
    if source.is_polled and now - last > SILENCE:
        return f"nothing ran: the last attempt was at {last.isoformat()}"
    bad = trouble_of_last_poll(polls)
    if bad:
        return f"{bad[-1].outcome}: {bad[-1].message} ({bad[-1].url})"
    return None


def _refused(manifest: Manifest, source: Source) -> str | None:
    """The releases that came last and are quarantined."""
    releases = manifest.releases(source.id)
    newest = max((release.retrieved_at for release in releases), default=None)
    waiting = [each.release_id for each in releases if each.retrieved_at == newest and each.state == "quarantined"]
    return f"quarantined: {', '.join(waiting)}" if waiting else None


def _status(manifest: Manifest, source: Source, verdict: Verdict) -> dict[str, object]:
    attempts = manifest.attempts(source.id)
    accepted = manifest.releases(source.id, "accepted")
    return {
        "status": verdict.status,
        "reason": verdict.reason,
        "next_expected": verdict.next_expected and verdict.next_expected.isoformat(),
        "last_attempt": attempts[-1].retrieved_at.isoformat() if attempts else None,
        "last_attempt_outcome": attempts[-1].outcome if attempts else None,
        "last_accepted_release": accepted[-1].release_id if accepted else None,
    }
