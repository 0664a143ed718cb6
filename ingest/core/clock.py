"""One injected clock: the only place where Roxham learns what time it is.

A build is a function of archive and commit, so nothing else may ask the machine for "now". Replay sets the clock
to each release's own date; ``ROXHAM_NOW`` pins it for a whole process.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Protocol

from ingest.core.settings import NOON, ClockSettings


class Clock(Protocol):
    """Anything that says what time it is, in UTC."""

    def now(self) -> dt.datetime:
        """The present moment as an aware UTC datetime."""
        ...


@dataclass(frozen=True)
class SystemClock:
    """The machine's own clock, to the second."""

    def now(self) -> dt.datetime:
        """The machine's time in UTC without microseconds."""
        return dt.datetime.now(dt.UTC).replace(microsecond=0)


@dataclass(frozen=True)
class FixedClock:
    """A clock that stands still: for replay, tests and ``ROXHAM_NOW``."""

    moment: dt.datetime

    def now(self) -> dt.datetime:
        """The moment it was set to."""
        return self.moment

    @classmethod
    def on(cls, day: dt.date) -> FixedClock:
        """A clock that stands at noon UTC of that day."""
        return cls(dt.datetime.combine(day, NOON, tzinfo=dt.UTC))


def clock_from_environment() -> Clock:
    """The clock that ``ROXHAM_NOW`` asks for (ISO 8601 date or time), else the machine's.

    Raises:
        ValueError: when ``ROXHAM_NOW`` is no ISO date or time.
    """
    pinned = ClockSettings().now
    return FixedClock(pinned) if pinned else SystemClock()
