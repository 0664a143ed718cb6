"""The watcher of a page fires once per change, also over restarts, and survives an agency that is down."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from orchestration.triggers import PageChanged, fingerprint
from tests.support.rude_agency import SITE, RudeAgency, Say, page

PATH = "/stats/page"
PAGE = f"{SITE}{PATH}"
YEARS = SITE + "/stats/page-{year}.html?lang=en"


class Store:
    """Stands for Airflow's persisted store of an asset."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    async def aget(self, key: str, default: Any = None) -> Any:
        return self.kept.get(key, default)

    async def aset(self, key: str, value: Any) -> None:
        self.kept[key] = value


@pytest.fixture
def agency(monkeypatch: pytest.MonkeyPatch) -> Iterator[RudeAgency]:
    with RudeAgency().running() as running:
        running.says(PATH, page("first"))
        monkeypatch.setenv("ROXHAM_AGENCY", running.address)
        monkeypatch.setenv("ROXHAM_NOW", "2026-03-01")
        yield running


def watch(
    store: Store | None, agency: RudeAgency | None, url: str = PAGE, first_year: int | None = None, requests: int = 5
) -> list[Any]:
    """What a trigger fires within so many requests, from its making out of its serialized self to its cancellation.

    Without an agency there is nobody to count them: then within some time.
    """
    classpath, kwargs = PageChanged(url, 0.02, first_year).serialize()
    assert classpath == "orchestration.triggers.PageChanged"
    trigger = PageChanged(**kwargs)
    trigger.asset_state_store = store
    fired: list[Any] = []
    before = len(agency.asked) if agency else 0

    async def collect() -> None:
        async for event in trigger.run():
            fired.append(event.payload)

    async def asked_enough() -> None:
        while agency and len(agency.asked) - before < requests:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0 if agency else 0.4)

    async def bounded() -> None:
        task = asyncio.create_task(collect())
        enough = asyncio.create_task(asked_enough())
        done, _ = await asyncio.wait({task, enough}, timeout=60, return_when=asyncio.FIRST_COMPLETED)
        if task in done:
            task.result()
        task.cancel()
        assert enough in done, "the watch did not go on"

    asyncio.run(bounded())
    return fired


def test_a_page_never_seen_fires_once(agency: RudeAgency) -> None:
    fired = watch(Store(), agency)
    assert len(fired) == 1
    assert fired[0]["url"] == PAGE
    assert len(agency.asked) > 2


def test_a_restarted_watcher_does_not_fire_again(agency: RudeAgency) -> None:
    store = Store()
    assert len(watch(store, agency)) == 1
    assert watch(store, agency) == []


def test_a_changed_page_fires_after_a_restart_too(agency: RudeAgency) -> None:
    store = Store()
    watch(store, agency)
    agency.says(PATH, page("second"))
    assert len(watch(store, agency)) == 1
    assert watch(store, agency) == []


def test_a_page_that_changes_while_watched_fires_again(agency: RudeAgency) -> None:
    agency.says(PATH, page("first"), page("first"), page("second"))
    assert len(watch(Store(), agency)) == 2


def test_the_store_is_written_only_after_the_event_is_out(agency: RudeAgency) -> None:
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


def test_the_same_bytes_under_another_etag_are_no_change(agency: RudeAgency) -> None:
    store = Store()
    watch(store, agency)
    store.kept["fingerprint"]["etag"] = '"from another server of the same farm"'
    assert watch(store, agency) == []


def test_without_an_etag_the_bytes_decide(agency: RudeAgency) -> None:
    agency.says(PATH, Say(body=b"first"))
    store = Store()
    assert len(watch(store, agency)) == 1
    assert watch(store, agency) == []
    agency.says(PATH, Say(body=b"second"))
    assert len(watch(store, agency)) == 1


def a_page(nonce: str, figure: str = "12", link: str = "/a.csv") -> Say:
    body = (
        f'<!doctype html><html><head><meta name="csrf" content="{nonce}"><script nonce="{nonce}">x={nonce!r}</script></head>'
        f'<body><!-- made at {nonce} --><p>There were {figure}.</p><a href="{link}" data-nonce="{nonce}">file</a></body></html>'
    )
    return Say(body=body.encode(), headers={"ETag": f'"{nonce}"'})


def test_a_fresh_nonce_in_every_answer_is_no_change_and_a_figure_or_a_link_is(agency: RudeAgency) -> None:
    """GOV.UK's frozen pages of three days had one text, one length and three hashes: a run at every look."""
    agency.says(PATH, *(a_page(f"nonce-{number}") for number in range(40)))
    store = Store()
    assert len(watch(store, agency)) == 1
    assert watch(store, agency) == []
    agency.says(PATH, *(a_page(f"again-{number}", figure="13") for number in range(40)))
    assert len(watch(store, agency)) == 1
    agency.says(PATH, *(a_page(f"link-{number}", figure="13", link="/b.csv") for number in range(40)))
    assert len(watch(store, agency)) == 1


@pytest.mark.parametrize("body", [b"", b"<html", b"<html>", b"\x00<html>\xff", b'{"a": 1}'])
def test_whatever_a_page_is_made_of_it_has_a_fingerprint(body: bytes) -> None:
    assert len(fingerprint(body)) == 64


@pytest.mark.parametrize("status", [404, 429, 500, 503])
def test_an_agency_that_fails_neither_fires_nor_ends_the_watch(agency: RudeAgency, status: int) -> None:
    store = Store()
    watch(store, agency)
    agency.says(PATH, Say(status))
    agency.asked.clear()
    assert watch(store, agency) == []
    assert len(agency.asked) > 1
    agency.says(PATH, page("first"))
    assert watch(store, agency) == []


def test_an_agency_that_cannot_be_reached_does_not_end_the_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROXHAM_AGENCY", "http://127.0.0.1:9")
    assert watch(Store(), None) == []


def test_the_request_goes_to_the_sandbox_with_the_agencys_host_and_path(agency: RudeAgency) -> None:
    agency.says("/stats/page-2026.html?lang=en", page("a page"))
    watch(Store(), agency, url=YEARS, first_year=2024)
    path, headers = agency.asked[0]
    assert (path, headers["host"]) == ("/stats/page-2026.html?lang=en", "www.agency.example")


def test_the_newest_year_that_has_a_page_is_watched(agency: RudeAgency) -> None:
    agency.says("/stats/page-2025.html?lang=en", page("last year"))
    store = Store()
    assert [each["url"] for each in watch(store, agency, url=YEARS, first_year=2024)] == [
        YEARS.replace("{year}", "2025")
    ]
    agency.says("/stats/page-2026.html?lang=en", page("a new year"))
    assert [each["url"] for each in watch(store, agency, url=YEARS, first_year=2024)] == [
        YEARS.replace("{year}", "2026")
    ]


def test_polls_are_conditional(agency: RudeAgency) -> None:
    watch(Store(), agency)
    first, *later = [headers.get("if-none-match") for _, headers in agency.asked]
    assert first is None
    assert later and all(later)
