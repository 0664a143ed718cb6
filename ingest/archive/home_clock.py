"""Where the clock of a home stands: pinned by ``ROXHAM_NOW``, held to the day of what it was made over, or running.

A home over a folder of releases, or one that was only replayed, lives on the day of its last vintage: by the machine's
clock all of its sources would be overdue. A home that polls the agencies themselves lives now.
"""

from __future__ import annotations

import datetime as dt

from ingest.archive.manifest import Manifest
from ingest.core.clock import Clock, FixedClock, clock_from_environment
from ingest.core.home import Home
from ingest.core.settings import ClockSettings

HELD_TO = "held_to"


def clock_of(home: Home) -> Clock:
    """The clock that steps of this home go by. Makes nothing where there is no home yet.

    Raises:
        ValueError: when ``ROXHAM_NOW`` is no ISO date or time.
    """
    if ClockSettings().now or not home.manifest.exists():
        return clock_from_environment()
    day = held_to(home)
    return FixedClock.on(day) if day else clock_from_environment()


def held_to(home: Home) -> dt.date | None:
    """The day on which the home's clock stands; None where it runs."""
    with Manifest(home.manifest) as manifest:
        text = manifest.home_fact(HELD_TO)
    return dt.date.fromisoformat(text) if text else None


def has_polled_agencies(home: Home) -> bool:
    """Whether the home has polled the agencies themselves: then its clock runs, whatever is replayed into it."""
    with Manifest(home.manifest) as manifest:
        return manifest.has_polls() and manifest.home_fact(HELD_TO) is None


def hold(home: Home, day: dt.date) -> None:
    """Let the home's clock stand on that day, or where it stands already when that is later."""
    with Manifest(home.manifest) as manifest, manifest.transaction():
        before = manifest.home_fact(HELD_TO)
        manifest.set_home_fact(HELD_TO, max(before or "", day.isoformat()))


def let_run(home: Home) -> None:
    """Let the home's clock run from now on: it has polled the agencies themselves."""
    with Manifest(home.manifest) as manifest:
        manifest.set_home_fact(HELD_TO, None)
