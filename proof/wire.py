"""Part 3: the wire. Every fault of the sandbox, and answers that no manners foresee; none may raise out of a poll or hang it.

Each answer is given to ``steps.fetch`` and ``steps.process_release``: what came of it must have a name, nothing of it may be
accepted, and the night after, when the agency answers well again, must be as good as if nothing had been.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import functools
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from ingest.agency import http
from ingest.archive.manifest import Manifest
from ingest.core.clock import FixedClock
from ingest.core.home import Home
from pipeline import steps
from proof.trials import Budget, Trial, in_time, small_folder, taken_in
from sandbox import Sandbox
from sandbox.faults import ANSWER_KINDS, KINDS

RCMP, CBP = "ircc_rcmp_interceptions", "cbp_nationwide_encounters"
VINTAGES = frozenset({"2023-11-07", "2023-11", "2024-04-22"})
DAY = "2024-05-01"
# Faults after which the answer is still a good one.
MILD = frozenset({"delay", "moved", "frozen", "frozen_silently", "redirect", "wrong_type"})
IN_SAMPLE = ("truncated", "redirect_private")
RUDE_IN_SAMPLE = ("no answer in HTTP", "two lengths", "gzip that is none", "a redirect to a file")
# No single answer may hold a poll longer than this, whatever it does; limits are shrunk to a few seconds below.
LONGEST = 60.0


def run(scratch: Path, budget: Budget) -> list[Trial]:
    """Every fault of the sandbox, then every rude answer."""
    scratch.mkdir(parents=True, exist_ok=True)
    folder = small_folder(scratch / "small", VINTAGES, frozenset({RCMP, CBP}))
    kinds = IN_SAMPLE if budget.sample else sorted(KINDS)
    with _quick():
        trials = _faults(scratch, folder, kinds, budget)
        for name in RUDE_IN_SAMPLE if budget.sample else RUDE:
            with _unvalidated():
                trials.append(in_time(budget, name, functools.partial(_rude, scratch, RUDE[name])))
    return trials


def _unvalidated() -> contextlib.AbstractContextManager[Any]:
    """Intake without its suites: where an answer is in question and not its figures, they would only cost time."""
    return mock.patch.object(steps, "validate_load", lambda *_: [])


@contextlib.contextmanager
def _quick() -> Iterator[None]:
    """Limits that can be waited for, whichever of them this version of Roxham has."""
    wanted = {"connect_seconds": 2.0, "read_seconds": 2.0, "body_seconds": 6.0, "request_seconds": 6.0, "retries": 1,
              "backoff_seconds": 0.0, "retry_after_seconds": 1, "pause_seconds": 0.0}  # fmt: skip
    here = {each.name for each in dataclasses.fields(http.Limits)}
    limits = http.Limits(**{name: value for name, value in wanted.items() if name in here})  # type: ignore[arg-type]
    with mock.patch.object(http, "Limits", lambda: limits):
        yield


def _faults(scratch: Path, folder: Path, kinds: list[str] | tuple[str, ...], budget: Budget) -> list[Trial]:
    trials = []
    with Sandbox(folder, date=DAY) as agency, mock.patch.dict("os.environ", {"ROXHAM_AGENCY": agency.address}):
        for kind in kinds:
            for source in (RCMP, CBP):
                name = f"sandbox fault {kind} at {source}"
                trials.append(in_time(budget, name, functools.partial(_fault, scratch, agency, kind, source)))
    return trials


def _fault(scratch: Path, agency: Sandbox, kind: str, source: str) -> tuple[bool, str]:
    home = Home(scratch / "faults")
    shutil.rmtree(home.root, ignore_errors=True)
    agency.clear()
    more: Any = {"redirect": {"location": "/elsewhere"}, "oversized": {"size": 61_000_000},
                               "gzip_bomb": {"size": 61_000_000}, "delay": {"seconds": 1.0}}.get(kind, {})  # fmt: skip
    # Of one agency the pages, of the other the files: its listing page has faults of its own.
    path = "*.html" if source == RCMP else "*" if kind in {"no_links", "moved"} else "*.csv"
    agency.fault(kind, path=path, **more)
    began = time.monotonic()
    with _unvalidated() if kind in ANSWER_KINDS else contextlib.nullcontext():
        said, accepted = _poll(home, source)
    took = time.monotonic() - began
    agency.clear()
    with _unvalidated():
        _poll(home, source)
    recovered = any(state == "accepted" for _, state in taken_in(home.root))
    harmless = kind in MILD or (kind == "no_links" and source == RCMP)
    held = (harmless or (bool(said) and not accepted)) and recovered and took < LONGEST
    return (
        held,
        f"{', '.join(said) or 'nothing told'}; {accepted} accepted; {took:.1f} s; {'well' if recovered else 'NOT well'} after",
    )


def _poll(home: Home, source: str) -> tuple[list[str], int]:
    """(named outcomes that are not good, releases accepted) of one poll."""
    clock = FixedClock.on(_day())
    steps.fetch(home, source, clock)
    outcomes = steps.process_release(home, source, clock)
    with Manifest(home.manifest) as manifest:
        named = {each.outcome for each in manifest.attempts(source)} - {"archived", "unchanged", "not_offered"}
    stopped = {
        f"quarantined: {each.failed_checks[0].check}" for each in outcomes if each.release.state == "quarantined"
    }
    return sorted({*named, *stopped}), sum(each.release.state == "accepted" for each in outcomes)


def _day() -> dt.date:
    return dt.date.fromisoformat(DAY)


Answer = Callable[[socket.socket, bytes, threading.Event], None]


@contextlib.contextmanager
def _agency(answer: Answer) -> Iterator[str]:
    """A server on loopback that answers every connection in its own way, in raw bytes."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)

        def serve() -> None:
            while not stop.is_set():
                with contextlib.suppress(TimeoutError, OSError):
                    connection, _ = listening.accept()
                    threading.Thread(target=_talk, args=(connection, answer, stop), daemon=True).start()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            stop.set()
            thread.join(2)


def _talk(connection: socket.socket, answer: Answer, stop: threading.Event) -> None:
    with connection, contextlib.suppress(OSError):
        connection.settimeout(5)
        asked = b""
        while b"\r\n\r\n" not in asked:
            got = connection.recv(65536)
            if not got:
                return
            asked += got
        answer(connection, asked, stop)


def _rude(scratch: Path, answer: Answer) -> tuple[bool, str]:
    """Both sources are asked; nothing raises, nothing is accepted, it ends in time, and no build is stamped by a header."""
    home = Home(scratch / "rude")
    shutil.rmtree(home.root, ignore_errors=True)
    told: list[str] = []
    began = time.monotonic()
    with _agency(answer) as address, mock.patch.dict("os.environ", {"ROXHAM_AGENCY": address}):
        for source in (CBP, RCMP, "ircc_asylum_claimants"):
            done = _in_time(functools.partial(_poll, home, source))
            if isinstance(done, str):
                return False, f"{source}: {done}"
            said, accepted = done
            if accepted:
                return False, f"{source}: {accepted} release(s) accepted"
            told += said
    with Manifest(home.manifest) as manifest:
        asked = len(manifest.attempts(CBP))
        # Whether a home is a sample's is the home's to say; the header's own word must not stand there.
        stamped = {each.origin for each in manifest.attempts(CBP)} & {FORGED}
    took = time.monotonic() - began
    held = bool(told) and not stamped and asked <= MOST_ATTEMPTS
    names = ", ".join(sorted(set(told))) or "nothing told"
    return (
        held,
        f"{names}; {asked} attempts, {took:.1f} s{'; STAMPED by a header' if stamped else ''}",
    )


MOST_ATTEMPTS = 400
FORGED = "roxham-sample"


def _in_time(run: Callable[[], tuple[list[str], int]]) -> tuple[list[str], int] | str:
    """Its result, or what went wrong: it raised, or it was not done in time (its thread is left behind)."""
    found: list[tuple[list[str], int] | str] = []

    def work() -> None:
        try:
            found.append(run())
        except BaseException as error:  # noqa: BLE001  whatever a poll raises is the finding
            found.append(f"raised {type(error).__name__}: {error}"[:200])

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(LONGEST)
    return found[0] if found else f"not done within {LONGEST:.0f} s"


def _says(
    head: bytes, body: bytes = b"", then: Callable[[socket.socket, threading.Event], None] | None = None
) -> Answer:
    def answer(connection: socket.socket, asked: bytes, stop: threading.Event) -> None:
        connection.sendall(head + b"\r\n\r\n" + body)
        if then is not None:
            then(connection, stop)

    return answer


def _forever(piece: bytes, pause: float) -> Callable[[socket.socket, threading.Event], None]:
    def go_on(connection: socket.socket, stop: threading.Event) -> None:
        until = time.monotonic() + 4 * LONGEST
        while not stop.wait(pause) and time.monotonic() < until:
            connection.sendall(piece)

    return go_on


def _drip_head(connection: socket.socket, asked: bytes, stop: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    _forever(b"X-A: 1\r\n", 0.5)(connection, stop)


def _continues(connection: socket.socket, asked: bytes, stop: threading.Event) -> None:
    _forever(b"HTTP/1.1 100 Continue\r\n\r\n", 0.2)(connection, stop)


OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html"
HEADER = (
    b"Fiscal Year,Month Grouping,Month (abbv),Land Border Region,State,Demographic,Citizenship,Title of Authority,"
    b"Encounter Count\r\n"
)
ROW = b"2024 (FYTD),FYTD,OCT,Northern Land Border,NY,Single Adults,CANADA,Title 8,504\r\n"
FILE = b"nationwide-encounters-fy24-fy24-oct-state.csv"
LISTING = b"<!DOCTYPE html><html><head><title>Nationwide Encounters</title></head><body>%s</body></html>"


def _links(number: int, base: bytes = b"") -> bytes:
    links = b"".join(b'<a href="/sites/default/files/%d/%s">Encounters</a>' % (each, FILE) for each in range(number))
    return LISTING % (base + links)


def _sized(body: bytes, more: bytes = b"") -> Answer:
    return _says(OK + b"\r\nContent-Length: " + str(len(body)).encode() + more, body)


def _listing_then(file: Answer) -> Answer:
    def answer(connection: socket.socket, asked: bytes, stop: threading.Event) -> None:
        csv = b".csv" in asked.split(b"\r\n", 1)[0]
        body = _links(2)
        (file if csv else _sized(body))(connection, asked, stop)

    return answer


_NESTED = b"[" * 100_000 + b"]" * 100_000
RUDE: dict[str, Answer] = {
    "no answer in HTTP": _says(b"SSH-2.0-OpenSSH_9.0"),
    "a status that is no number": _says(b"HTTP/1.1 2OO OK\r\nContent-Length: 2", b"ok"),
    "a length that is a word": _says(OK + b"\r\nContent-Length: many", b"<html></html>"),
    "a length in other digits": _says(OK + "\r\nContent-Length: ٤٢".encode(), b"<html></html>"),
    "a length of 5,000 digits": _says(OK + b"\r\nContent-Length: " + b"9" * 5000, b"<html></html>"),
    "a negative length": _says(OK + b"\r\nContent-Length: -5", b"<html></html>"),
    "two lengths": _says(OK + b"\r\nContent-Length: 5\r\nContent-Length: 50", b"<html></html>"),
    "a date beyond the calendar": _sized(b"<html><body>x</body></html>", b"\r\nLast-Modified: Wed, 99 Foo 99999 99:99:99 GMT"),
    "a date of the year 0": _sized(b"<html><body>x</body></html>", b"\r\nLast-Modified: Sat, 01 Jan 0000 00:00:00 GMT"),
    "a base that is no address": _sized(_links(3, b'<base href="http://[bad">')),
    "a base with a port of words": _sized(_links(3, b'<base href="http://www.cbp.gov:port/">')),
    "lone surrogates in a link": _sized(LISTING % b'<a href="/\xed\xa0\x80/x-state.csv">x</a>'),
    "2,000 links": _sized(_links(2000)),
    "JSON nested 100,000 deep": _says(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                                      + str(len(_NESTED)).encode(), _NESTED),
    "a header that says SAMPLE": _sized(_links(2), b"\r\nX-Roxham-Origin: " + FORGED.encode()),
    "a body of HTTP/1.0 four bytes short": _listing_then(
        _says(b"HTTP/1.0 200 OK\r\nContent-Type: text/csv", (HEADER + ROW)[:-4])
    ),
    "chunks that end in the middle": _says(OK + b"\r\nTransfer-Encoding: chunked", b"ffff\r\n<html>"),
    "a chunk of negative size": _says(OK + b"\r\nTransfer-Encoding: chunked", b"-1\r\n<html>\r\n0\r\n\r\n"),
    "gzip that is none": _sized(b"<html></html>", b"\r\nContent-Encoding: gzip"),
    "dripped heads": _drip_head,
    "endless 100 Continue": _continues,
    "endless trailers": _says(OK + b"\r\nTransfer-Encoding: chunked", b"5\r\n<html\r\n0\r\n", _forever(b"X-T: 1\r\n", 0.3)),
    "a dripped body": _says(OK + b"\r\nContent-Length: 100000", b"<html>", _forever(b"x", 0.5)),
    "100,000 headers": _says(OK + b"".join(b"\r\nX-%d: 1" % number for number in range(100_000)), b"<html></html>"),
    "a header of 1 MB": _says(OK + b"\r\nX-Long: " + b"x" * 1_000_000, b"<html></html>"),
    "a redirect to itself": _says(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0"),
    "a redirect to a file": _says(b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0"),
    "a redirect to no address": _says(b"HTTP/1.1 302 Found\r\nLocation: http://[::bad\r\nContent-Length: 0"),
    "a redirect to 64:ff9b::7f00:1": _says(b"HTTP/1.1 302 Found\r\nLocation: http://[64:ff9b::7f00:1]/\r\nContent-Length: 0"),
    "a wait of 5,000 digits": _says(b"HTTP/1.1 503 Busy\r\nRetry-After: " + b"9" * 5000 + b"\r\nContent-Length: 0"),
    "304 to a question without a date": _says(b"HTTP/1.1 304 Not Modified"),
    "206 for a whole": _says(b"HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-5/100\r\nContent-Length: 6", b"<html>"),
}  # fmt: skip
