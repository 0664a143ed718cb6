"""Every request has one end, however a server drips: each of these held a night for as long as it liked."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ingest.agency.http import AgencySession, Limits, Reply
from tests.agency.raw_agency import HOST, URL, Speak, forever, once, raw_agency

SECONDS = 0.6
LIMITS = Limits(
    connect_seconds=2, read_seconds=5, request_seconds=SECONDS, retries=2, backoff_seconds=0, pause_seconds=0
)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n"


def ask(speak: Speak, folder: Path, times: int = 1) -> list[Reply]:
    with raw_agency(speak) as address, AgencySession([HOST], agency=address, limits=LIMITS) as session:
        return [session.get(URL, folder, 1_000_000) for _ in range(times)]


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "speak",
    [
        forever(b"", b"H", 0.05),
        forever(HEAD, b"X-Drip: 1\r\n", 0.05),
        forever(HEAD + b"X-Drip: ", b"1", 0.05),
        forever(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.0005),
        forever(HEAD + b"Content-Length: 900000\r\n\r\n", b"1", 0.05),
        forever(CHUNKED + b"\r\n1\r\na\r\n0\r\n", b"X-Trailer: 1\r\n", 0.0005),
        forever(CHUNKED + b"Connection: close\r\n\r\n1\r\na\r\n0\r\n", b"X-Trailer: 1\r\n", 0.0005),
        forever(CHUNKED + b"\r\n", b"1\r\na\r\n", 0.05),
        forever(CHUNKED + b"\r\n", b"0", 0.05),
        forever(HEAD + b"Connection: close\r\n\r\n", b"a,b\n", 0.05),
        forever(b"HTTP/1.1 503 Sorry\r\nContent-Length: 90000\r\n\r\n", b"x", 0.05),
    ],
    ids=["status line", "headers", "one header", "100 Continue", "body", "trailers", "trailers of a last answer",
         "chunks", "the length of a chunk", "a body without length", "an error's body"],
)  # fmt: skip
def test_a_server_that_drips_is_left_when_the_time_is_up(speak: Speak, tmp_path: Path) -> None:
    """Each read succeeds at once, so no time-out per read ends it."""
    began = time.monotonic()
    (reply,) = ask(speak, tmp_path)
    assert time.monotonic() - began < SECONDS + 5
    assert reply.trouble in ("timeout", "http_error")
    assert "time" in reply.message or reply.status == 503


@pytest.mark.timeout(30)
def test_what_was_cut_by_the_deadline_does_not_look_like_a_body_that_ended(tmp_path: Path) -> None:
    (reply,) = ask(forever(HEAD + b"Connection: close\r\n\r\na,b\n1,2\n", b"", 0.05), tmp_path)
    assert (reply.trouble, reply.body.read_bytes() if reply.body else b"") == ("timeout", b"a,b\n1,2\n")


@pytest.mark.timeout(30)
def test_the_next_request_has_its_own_time(tmp_path: Path) -> None:
    def speak(connection, stopping):
        stopping.wait(SECONDS * 0.7)
        connection.sendall(HEAD + b"Content-Length: 4\r\nConnection: close\r\n\r\na,b\n")

    assert [reply.trouble for reply in ask(speak, tmp_path, times=3)] == [None, None, None]


@pytest.mark.timeout(30)
def test_a_wait_beyond_the_deadline_is_not_waited_but_told_and_kept_to(tmp_path: Path) -> None:
    """Retry-After was cut to 60 s, and an agency that asked for an hour was asked again after a minute."""
    busy = once(b"HTTP/1.1 503 Busy\r\nRetry-After: 3600\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    first, second = ask(busy, tmp_path, times=2)
    assert (first.trouble, first.status) == ("http_error", 503)
    assert "asked to wait until" in first.message
    assert (second.trouble, second.status) == ("http_error", None)
    assert second.message.startswith(f"not asked: {HOST} asked to wait until")


@pytest.mark.parametrize("told", ["9" * 5000, "²", "never", "Fri, 31 Dec 99999 23:59:59 GMT", "-5", ""])
@pytest.mark.timeout(30)
def test_a_wait_that_cannot_be_read_is_none(told: str, tmp_path: Path) -> None:
    said = told.encode("latin-1")
    busy = once(b"HTTP/1.1 503 Busy\r\nRetry-After: " + said + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    (reply,) = ask(busy, tmp_path)
    assert (reply.trouble, reply.status) == ("http_error", 503)
