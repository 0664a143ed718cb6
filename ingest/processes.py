"""One writer at a time, also across processes and after a kill: an advisory lock that dies with its holder."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from ingest.home import Home


@contextmanager
def only_writer(home: Home) -> Iterator[None]:
    """Wait until no other process writes a build in this home, then keep them out."""
    home.locks.mkdir(parents=True, exist_ok=True)
    with (home.locks / "writer").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
