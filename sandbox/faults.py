"""Faults on demand: which requests they hit, how often, and what they do to an answer.

A fault is asked for by `Sandbox.fault(...)` or by `POST /__sandbox/faults` with a list of objects whose names are the
fields of `Fault`. Several can hit one request: they are applied in the order in which they were set.
"""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from sandbox.edits import EDIT_KINDS

# What each kind does to an answer; the kinds of `sandbox.edits` change the body instead.
ANSWER_KINDS = frozenset(
    {
        "status",  # answers `status`, with a small HTML page
        "delay",  # waits `seconds` before answering
        "disconnect",  # closes the connection without an answer
        "truncated",  # announces the whole length, sends half
        "wrong_type",  # the right bytes under `content_type`
        "html_error",  # 200 and an HTML error page
        "empty",  # 200 and no byte
        "oversized",  # the body, padded with blanks to `size` bytes
        "gzip_bomb",  # Content-Encoding: gzip, a small body that unpacks to `size` bytes
        "frozen",  # the page as of the day the fault was set, with a notice
        "frozen_silently",  # the same without the notice
        "no_links",  # the listing page without its dataset links
        "moved",  # the listing's links point to addresses that answer 301 with the file's
        "redirect",  # 302 to `location`
        "redirect_foreign",  # 302 to another domain
        "redirect_private",  # 302 to a private address
    }
)
KINDS = ANSWER_KINDS | EDIT_KINDS
FOREIGN_LOCATION = "http://downloads.example.net/file.csv"
PRIVATE_LOCATION = "http://10.0.0.1/"


@dataclass
class Fault:
    """One fault.

    Args:
        kind: one of `KINDS`.
        host, path: shell patterns (`*`, `?`, `[...]`) that the request's host and path must match.
        times: hit only the first N matching requests; None means every one until it is cleared.
        status: the answer of kind `status`.
        seconds: the wait of kind `delay`.
        size: bytes of kinds `oversized` and `gzip_bomb`.
        content_type: of kind `wrong_type`.
        location: of the redirecting kinds; each has a default.
    """

    kind: str
    host: str = "*"
    path: str = "*"
    times: int | None = None
    status: int = 500
    seconds: float = 5.0
    size: int = 64 * 1024 * 1024
    content_type: str = "application/pdf"
    location: str = ""
    since: dt.date | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Refuse what could never hit: a fault that does not happen makes a test pass for nothing."""
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}; known: {', '.join(sorted(KINDS))}")
        if self.times is not None and self.times < 1:
            raise ValueError("times must be at least 1")
        if self.kind == "redirect" and not self.location:
            raise ValueError("redirect needs a location")

    def matches(self, host: str, path: str) -> bool:
        """Whether a request of this host and path is hit."""
        return fnmatchcase(host, self.host) and fnmatchcase(path, self.path)

    def target(self) -> str:
        """Where the redirecting kinds lead."""
        defaults = {"redirect_foreign": FOREIGN_LOCATION, "redirect_private": PRIVATE_LOCATION}
        return self.location or defaults.get(self.kind, "")


class FaultBook:
    """The faults that are set, with what is left of their counts; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[tuple[Fault, list[int | None]]] = []

    def add(self, fault: Fault, today: dt.date) -> Fault:
        """Set a fault; `today` is the day at which frozen content stands still."""
        fault.since = fault.since or today
        with self._lock:
            self._faults.append((fault, [fault.times]))
        return fault

    def clear(self) -> None:
        """Forget every fault."""
        with self._lock:
            self._faults.clear()

    def hit(self, host: str, path: str) -> list[Fault]:
        """The faults that hit a request; counts each of them down."""
        hits = []
        with self._lock:
            for fault, left in self._faults:
                if left[0] == 0 or not fault.matches(host, path):
                    continue
                if left[0] is not None:
                    left[0] -= 1
                hits.append(fault)
        return hits

    def describe(self) -> list[dict[str, Any]]:
        """Every fault with `left`, the hits it still has (None: without end)."""
        with self._lock:
            described = [{**asdict(fault), "left": left[0]} for fault, left in self._faults]
        for entry in described:
            entry["since"] = entry["since"].isoformat() if entry["since"] else None
        return described
