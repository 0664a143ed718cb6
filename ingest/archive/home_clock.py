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
from ingest.core.trouble import MachineTrouble

HELD_TO = "held_to"
CLOCK_MAY_SLIP = dt.timedelta(hours=1)


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


class ClockSetBack(MachineTrouble):
    """The machine's clock stands before what the home has seen already: whatever it dated would be dated wrongly."""


def refuse_set_back(home: Home, now: dt.datetime) -> None:
    """Stop before anything is dated by a clock that was set back.

    Guards against a revision that was quarantined as one of 2019, and nobody was told. A clock that is put right by
    less than ``CLOCK_MAY_SLIP`` is none that was set back.

    Raises:
        ClockSetBack: when the newest poll lies after now.
    """
    with Manifest(home.manifest) as manifest:
        newest = manifest.newest_poll_at()
    if newest and newest - now > CLOCK_MAY_SLIP:
        message = (
            f"the clock says {now.isoformat()}, but the archive was polled at {newest.isoformat()}: it was set back. Nothing "
            "was polled, dated or judged; set the machine's clock (or ROXHAM_NOW) right and run again"
        )
        raise ClockSetBack(message)


def hold(home: Home, day: dt.date) -> None:
    """Let the home's clock stand on that day, or where it stands already when that is later."""
    with Manifest(home.manifest) as manifest, manifest.transaction():
        before = manifest.home_fact(HELD_TO)
        manifest.set_home_fact(HELD_TO, max(before or "", day.isoformat()))


def let_run(home: Home) -> None:
    """Let the home's clock run from now on: it has polled the agencies themselves."""
    with Manifest(home.manifest) as manifest:
        manifest.set_home_fact(HELD_TO, None)
