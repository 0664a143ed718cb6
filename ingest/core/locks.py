"""One process at a time where two would spoil each other's work: advisory locks that die with their holder."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from ingest.core.home import Home


@contextmanager
def exclusive_lock(home: Home, work: str) -> Iterator[None]:
    """Wait until no other process does this work in this home, then keep them out. Not to be nested."""
    home.locks.mkdir(parents=True, exist_ok=True)
    with (home.locks / work).open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


# Whoever makes or publishes a build.
BUILD = "build"
