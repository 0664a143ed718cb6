"""What is collected in a home: the sources that are polled here. Of all others it holds what a replay brought, or nothing.

A run over the sample or over a folder polls the sources of which that holds something, the live agencies are all polled,
and a source that anybody has polled by hand is collected from then on. Nobody may call a source late or failing that
nobody asks.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass

from ingest.archive.home_clock import HELD_TO
from ingest.archive.manifest import Manifest
from ingest.core.home import Home

PLANNED = "planned_to_collect"


@dataclass(frozen=True)
class Collection:
    """What is collected in a home.

    Attributes:
        planned: the sources that whatever runs this home means to poll.
        polled: those that were polled at least once: only of them can anything be late, frozen or failing.
        held_to: the last day of what the home was made over; None where it polls the agencies themselves.
    """

    planned: frozenset[str]
    polled: frozenset[str]
    held_to: dt.date | None

    def ends_by(self, day: dt.date) -> bool:
        """Whether nothing later than what is here could have come by that day."""
        return self.held_to is not None and day <= self.held_to

    def facts(self) -> list[str]:
        """What a build depends on, as lines of its fingerprint."""
        return [f"planned {sorted(self.planned)}", f"polled {sorted(self.polled)}", f"held to {self.held_to}"]


def collection_of(manifest: Manifest, known: Iterable[str]) -> Collection:
    """What is collected here of the known sources."""
    polled = frozenset(each for each in known if manifest.last_poll_at(each))
    day = manifest.home_fact(HELD_TO)
    return Collection(_planned(manifest) & set(known), polled, dt.date.fromisoformat(day) if day else None)


def plan_to_collect(home: Home, sources: Iterable[str]) -> None:
    """Remember that these sources are polled in this home from now on."""
    with Manifest(home.manifest) as manifest, manifest.transaction():
        manifest.set_home_fact(PLANNED, json.dumps(sorted(_planned(manifest) | set(sources))))


def _planned(manifest: Manifest) -> frozenset[str]:
    return frozenset(json.loads(manifest.home_fact(PLANNED) or "[]"))
