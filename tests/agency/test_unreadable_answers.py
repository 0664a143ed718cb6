"""Nothing that an agency sends raises out of a poll: an outcome names it, and the next address is asked."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3

import pytest

from ingest.agency import fetch
from ingest.agency.fetch import ADVICE, FetchReport, fetch_source
from ingest.agency.http import AgencySession, Limits
from ingest.archive.manifest import Manifest
from ingest.archive.objects import Archive
from ingest.catalog.source import Discover, Resource, Resources, Source, load_sources
from ingest.core.clock import FixedClock
from ingest.core.home import Home
from tests.agency.raw_agency import HOST, once, raw_agency

SITE = f"https://{HOST}"
LIMITS = Limits(connect_seconds=1, read_seconds=1, request_seconds=3, retries=0, backoff_seconds=0, pause_seconds=0)
NIGHT = FixedClock.on(dt.date(2026, 9, 10))
CSV = b"Fiscal Year,State,Encounter Count\r\n2026,NY,5\r\n"


def answer(body: bytes = CSV, *headers: bytes, length: bytes | None = None, version: bytes = b"1.1") -> bytes:
    announced = str(len(body)).encode() if length is None else length
    lines = [b"HTTP/" + version + b" 200 OK", b"Content-Length: " + announced, b"Connection: close", *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def source_of(*resources: Resource) -> Source:
    real = load_sources()["cbp_nationwide_encounters"]
    return real.model_copy(update={"resources": Resources(domains=(HOST,), page_url=SITE, items=resources)})


def files(*names: str) -> list[Resource]:
    return [
        Resource(id=name, url=f"{SITE}/{name}", format="csv", max_bytes=100_000, published=("header",))
        for name in names
    ]


def listing(kind: str = "html", **more: int) -> Resource:
    discover = Discover(page=f"{SITE}/list", link=r"\.csv$", min_links=1, format=kind, **more)
    return Resource(id="csv", discover=discover, format="csv", max_bytes=100_000, published=("listing", "header"))


def poll(home: Home, said: bytes, *resources: Resource, robots: bool = False) -> FetchReport:
    source = source_of(*resources)
    with (
        raw_agency(once(said)) as address,
        AgencySession([HOST], agency=address, limits=LIMITS, robots=robots) as session,
        Manifest(home.manifest) as manifest,
    ):
        return fetch_source(source, Archive(home), manifest, NIGHT, session=session)


@pytest.mark.parametrize("length", [b"9" * 5000, "²".encode("latin-1"), b"+46", b"4_6", b"46, 47", b"many", b"-1"])
def test_a_length_that_is_no_number_is_named_and_the_next_file_is_asked(home: Home, length: bytes) -> None:
    """5,000 digits are more than Python reads; `²` is a digit to `isdigit` and none to `int`."""
    report = poll(home, answer(length=length), *files("a.csv", "b.csv"))
    assert len(report.attempts) == 2
    assert report.failed
    assert {each.outcome for each in report.attempts} <= {"unreadable_answer", "unreachable"}


@pytest.mark.parametrize(
    "date",
    [b"Fri, 04 Sep 99999 12:00:00 GMT", b"Fri, 99 Sep 2026 12:00:00 GMT", b"Mon, 01 Jan 0000 00:00:00 -9999", b"\xff"],
)
def test_a_date_beyond_the_calendar_is_no_date(home: Home, date: bytes) -> None:
    report = poll(home, answer(CSV, b"Last-Modified: " + date), *files("a.csv"))
    assert [each.outcome for each in report.attempts] == ["archived"]
    assert report.attempts[0].published and report.attempts[0].published.basis == "first_seen"


def ckan(url: str) -> bytes:
    return json.dumps({"success": True, "result": {"resources": [{"url": url, "name": "a"}]}}).encode()


@pytest.mark.parametrize(
    ("kind", "page", "outcome"),
    [
        ("json", b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "no_links"),
        ("json", ckan("https://www.agency.example/\ud800.csv"), "no_links"),
        ("json", ckan("https://www.agency.example/a.csv?\udfff"), "no_links"),
        ("json", b'{"success": true, "result": {"resources": [{"url": "/a.csv", "size": ' + b"9" * 5000 + b"}]}}", "no_links"),
        ("html", b'<html><base href="http://[bad"><a href="x.csv">x</a></html>', "archived"),
        ("html", b'<html><base href="http://' + b"a" * 300 + b'/"><a href="x.csv">x</a></html>', "archived"),
        ("html", b'<html><a href="http://[::1/x.csv">x</a></html>', "no_links"),
        ("html", b"<html>" + b"<div>" * 100_000 + b"</html>", "no_links"),
        ("html", b'<html><a href="//' + b"x." * 40_000 + b'/x.csv">x</a></html>', "archived"),
    ],
    ids=["nested JSON", "half a character", "half a character asked", "a size of 5,000 digits", "a base that is none",
         "a base of 300 letters", "a link that is none", "nested divisions", "a host of 80,000 letters"],
)  # fmt: skip
def test_a_listing_of_any_make_ends_in_an_outcome(home: Home, kind: str, page: bytes, outcome: str) -> None:
    report = poll(home, answer(page), listing(kind), *files("next.csv"))
    assert report.attempts[0].outcome == outcome
    assert report.attempts[-1].url == f"{SITE}/next.csv"
    assert all(each.outcome != "archived" for each in report.attempts[1:])


def test_what_nobody_foresaw_has_an_outcome_of_its_own(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def unforeseen(*_: object) -> object:
        message = "an agency's words \ud800\x1b[31m"
        raise AssertionError(message)

    monkeypatch.setattr(fetch, "_remark", unforeseen)
    report = poll(home, answer(), *files("a.csv", "b.csv"))
    assert [each.outcome for each in report.attempts] == ["unreadable_answer", "unreadable_answer"]
    assert report.attempts[0].message == "AssertionError: an agency's words \ufffd\ufffd[31m"
    assert "unreadable_answer" in ADVICE
    with Manifest(home.manifest) as manifest:
        assert [each.outcome for each in manifest.attempts()] == ["unreadable_answer"] * 2


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), sqlite3.OperationalError("disk I/O error")])
def test_trouble_of_this_machine_is_no_verdict_on_an_agency(
    home: Home, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def full(*_: object) -> object:
        raise error

    monkeypatch.setattr(Archive, "adopt", full)
    with pytest.raises(type(error)):
        poll(home, answer(), *files("a.csv"))


@pytest.mark.parametrize("name", ["origin", "ORIGIN"])
def test_an_answer_cannot_say_whose_it_is(home: Home, name: str) -> None:
    """`X-Roxham-Origin: sample` from an agency stamped the production site SAMPLE."""
    said = answer(CSV, f"X-Roxham-{name}: folder".encode())
    report = poll(home, said, *files("a.csv"))
    assert {each.origin for each in report.attempts} == {"sample"}
    home.claim("folder")
    report = poll(home, answer(CSV + b"2026,VT,1\r\n", b"X-Roxham-Origin: sample"), *files("a.csv"))
    assert {each.origin for each in report.attempts} == {"folder"}
    assert "x-roxham-origin" not in report.attempts[0].headers


def test_over_the_live_agencies_the_origin_is_the_agency(home: Home) -> None:
    with AgencySession([HOST], agency="", limits=LIMITS) as session:
        assert fetch._origin(home, session) == "agency"


@pytest.fixture
def flood() -> bytes:
    return b"<!doctype html><html>" + b"".join(b'<a href="/%d.csv">x</a>' % each for each in range(2000)) + b"</html>"


def test_a_flood_of_links_is_refused_whole(home: Home, flood: bytes) -> None:
    """2,000 links were 2,000 requests, and 40 altered copies of one file became 40 releases."""
    report = poll(home, answer(flood), listing(), *files("next.csv"))
    assert report.attempts[0].outcome == "too_many_links"
    assert [each.url for each in report.attempts] == [f"{SITE}/list", f"{SITE}/next.csv"]
    assert "none of them was asked for" in report.attempts[0].message


def test_as_many_links_as_the_source_says_are_asked_for(home: Home) -> None:
    page = b"<!doctype html><html>" + b"".join(b'<a href="/%d.csv">x</a>' % each for each in range(3)) + b"</html>"
    report = poll(home, answer(page), listing(max_links=3))
    assert len(report.attempts) == 4


def test_robots_txt_is_asked_once_a_host_and_obeyed(home: Home) -> None:
    rules = b"User-agent: *\nCrawl-delay: \xb2\nDisallow: /closed/\n\nUser-agent: Roxham\nDisallow: /b.csv\n"
    report = poll(home, answer(rules), *files("b.csv", "a.csv"), robots=True)
    closed, opened = report.attempts
    assert closed.outcome == "robots_refused"
    assert closed.message == f"{SITE}/robots.txt closes {SITE}/b.csv to robots"
    assert opened.outcome == "wrong_type"  # asked for: the stand-in says the same to everything


@pytest.mark.parametrize(
    "said", [b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", b"", answer(b"<html>a challenge</html>")]
)
def test_an_agency_without_readable_rules_is_asked(home: Home, said: bytes) -> None:
    (attempt,) = poll(home, said, *files("b.csv"), robots=True).attempts
    assert attempt.outcome != "robots_refused"


def test_every_new_outcome_has_advice() -> None:
    told = {"too_many_links", "robots_refused", "unreadable_answer", "truncated"}
    assert told <= set(ADVICE)
