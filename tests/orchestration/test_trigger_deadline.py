"""A watcher's look ends, however slowly the page drips: the triggerer looks at all pages."""

from __future__ import annotations

import asyncio
import time

import pytest

from orchestration import triggers
from tests.agency.raw_agency import URL, Speak, forever, once, raw_agency

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "speak",
    [
        forever(HEAD, b"X-Drip: 1\r\n", 0.02),
        forever(HEAD + b"Connection: close\r\n\r\n", b"a", 0.02),
        forever(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.001),
        once(HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\nx"),
        once(b"HTTP/1.1 302 Found\r\nLocation: http://[bad\r\nContent-Length: 0\r\n\r\n"),
    ],
    ids=["headers", "a body", "100 Continue", "a length of 5,000 digits", "a bad redirect"],
)
def test_a_look_at_a_page_that_drips_or_answers_nonsense_ends_with_nothing_seen(
    speak: Speak, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(triggers, "LOOK_SECONDS", 0.4)
    with raw_agency(speak) as address:
        monkeypatch.setenv("ROXHAM_AGENCY", address)
        began = time.monotonic()
        assert asyncio.run(triggers.PageChanged(URL, 1.0)._look(None)) is None
    assert time.monotonic() - began < 10
