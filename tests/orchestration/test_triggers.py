"""The watcher of a page fires once per change, also over restarts, and survives an agency that is down."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from orchestration.triggers import PageChanged

PAGE = "https://www.agency.example/stats/page"
YEARS = "https://www.agency.example/stats/page-{year}.html?lang=en"


class Agency:
    """A page on loopback whose text, status and ETag the test sets."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {"/stats/page": "first"}
        self.status: int | None = None
        self.etags = True
        self.asked: list[tuple[str, str | None, str | None]] = []
        agency = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                agency.answer(self)

            def log_message(self, *_: object) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        asked_for = handler.headers.get("If-None-Match")
        self.asked.append((handler.path, handler.headers.get("Host"), asked_for))
        text = self.pages.get(handler.path)
        etag = f'"{hashlib.sha256((text or "").encode()).hexdigest()[:8]}"'
        status = self.status or (404 if text is None else 304 if self.etags and asked_for == etag else 200)
        body = (text or "").encode() if status == 200 else b""
        handler.send_response(status)
        if self.etags:
            handler.send_header("ETag", etag)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


class Store:
    """Stands for Airflow's persisted store of an asset."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    async def aget(self, key: str, default: Any = None) -> Any:
        return self.kept.get(key, default)

    async def aset(self, key: str, value: Any) -> None:
        self.kept[key] = value


@pytest.fixture
def agency(monkeypatch: pytest.MonkeyPatch) -> Iterator[Agency]:
    with serving(Agency()) as served:
        monkeypatch.setenv("ROXHAM_AGENCY", served.address)
        monkeypatch.setenv("ROXHAM_NOW", "2026-03-01")
        yield served


@contextmanager
def serving(agency: Agency) -> Iterator[Agency]:
    thread = threading.Thread(target=agency.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield agency
    finally:
        agency.server.shutdown()
        agency.server.server_close()
        thread.join()


def watch(store: Store | None, seconds: float = 0.4, url: str = PAGE, first_year: int | None = None) -> list[Any]:
    """What a trigger fires within some time, from its making out of its serialized self to its cancellation."""
    classpath, kwargs = PageChanged(url, 0.02, first_year).serialize()
    assert classpath == "orchestration.triggers.PageChanged"
    trigger = PageChanged(**kwargs)
    trigger.asset_state_store = store
    fired: list[Any] = []

    async def collect() -> None:
        async for event in trigger.run():
            fired.append(event.payload)

    async def bounded() -> None:
        task = asyncio.create_task(collect())
        done, _ = await asyncio.wait({task}, timeout=seconds)
        if done:
            task.result()
        task.cancel()

    asyncio.run(bounded())
    return fired


def test_a_page_never_seen_fires_once(agency: Agency) -> None:
    fired = watch(Store())
    assert len(fired) == 1
    assert fired[0]["url"] == PAGE
    assert len(agency.asked) > 2


def test_a_restarted_watcher_does_not_fire_again(agency: Agency) -> None:
    store = Store()
    assert len(watch(store)) == 1
    assert watch(store) == []


def test_a_changed_page_fires_after_a_restart_too(agency: Agency) -> None:
    store = Store()
    watch(store)
    agency.pages["/stats/page"] = "second"
    assert len(watch(store)) == 1
    assert watch(store) == []


def test_a_page_that_changes_while_watched_fires_again(agency: Agency) -> None:
    timer = threading.Timer(0.3, lambda: agency.pages.update({"/stats/page": "second"}))
    timer.start()
    fired = watch(Store(), seconds=0.9)
    timer.join()
    assert len(fired) == 2


def test_the_store_is_written_only_after_the_event_is_out(agency: Agency) -> None:
    """A kill between the two must lead to a second event, never to none."""
    trigger, store = PageChanged(PAGE, 0.02), Store()
    trigger.asset_state_store = store

    async def first_event() -> dict[str, Any]:
        events = trigger.run()
        await anext(events)
        kept_when_out = dict(store.kept)
        await events.aclose()
        return kept_when_out

    assert asyncio.run(first_event()) == {}


def test_the_same_bytes_under_another_etag_are_no_change(agency: Agency) -> None:
    store = Store()
    watch(store)
    store.kept["fingerprint"]["etag"] = '"from another server of the same farm"'
    assert watch(store) == []


def test_without_an_etag_the_bytes_decide(agency: Agency) -> None:
    agency.etags = False
    store = Store()
    assert len(watch(store)) == 1
    assert watch(store) == []
    agency.pages["/stats/page"] = "second"
    assert len(watch(store)) == 1


@pytest.mark.parametrize("status", [404, 429, 500, 503])
def test_an_agency_that_fails_neither_fires_nor_ends_the_watch(agency: Agency, status: int) -> None:
    store = Store()
    watch(store)
    agency.status = status
    agency.asked.clear()
    assert watch(store) == []
    assert len(agency.asked) > 1
    agency.status = None
    assert watch(store) == []


def test_an_agency_that_cannot_be_reached_does_not_end_the_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROXHAM_AGENCY", "http://127.0.0.1:9")
    assert watch(Store()) == []


def test_the_request_goes_to_the_sandbox_with_the_agencys_host_and_path(agency: Agency) -> None:
    agency.pages = {"/stats/page-2026.html?lang=en": "a page"}
    watch(Store(), url=YEARS, first_year=2024)
    path, host, _ = agency.asked[0]
    assert (path, host) == ("/stats/page-2026.html?lang=en", "www.agency.example")


def test_the_newest_year_that_has_a_page_is_watched(agency: Agency) -> None:
    agency.pages = {"/stats/page-2025.html?lang=en": "last year"}
    store = Store()
    assert [each["url"] for each in watch(store, url=YEARS, first_year=2024)] == [YEARS.replace("{year}", "2025")]
    agency.pages["/stats/page-2026.html?lang=en"] = "a new year"
    assert [each["url"] for each in watch(store, url=YEARS, first_year=2024)] == [YEARS.replace("{year}", "2026")]


def test_polls_are_conditional(agency: Agency) -> None:
    watch(Store())
    assert agency.asked[0][2] is None
    assert all(asked_for for _, _, asked_for in agency.asked[1:])
