"""The two real sources polled over the sandbox: its faults end in the outcomes that the manifest names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.archive import Archive
from ingest.clock import FixedClock
from ingest.fetch import FetchReport, fetch_source
from ingest.home import Home
from ingest.http import AgencySession, Limits
from ingest.manifest import Manifest
from ingest.sources import load_sources
from sandbox import Sandbox
from sandbox.sample import lay_out

QUICK = Limits(connect_seconds=1, read_seconds=0.4, retries=1, backoff_seconds=0, pause_seconds=0)
CBP, IRCC = "cbp_nationwide_encounters", "ircc_rcmp_interceptions"
FILE = "*fy22-fy25-state.csv"
LISTING = "/document/stats/nationwide-encounters"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_out(tmp_path_factory.mktemp("sample"))


@pytest.fixture
def agency(sample: Path) -> Iterator[Sandbox]:
    with Sandbox(sample) as running:
        yield running


def poll(home: Home, agency: Sandbox, source_id: str, **more: bool) -> FetchReport:
    source = load_sources()[source_id]
    session = AgencySession(source.resources.domains, agency=agency.address, limits=QUICK)
    with Manifest(home.manifest) as manifest, session:
        return fetch_source(source, Archive(home), manifest, FixedClock.on(agency.date), session=session, **more)


def outcomes(report: FetchReport) -> set[str]:
    return {attempt.outcome for attempt in report.attempts}


@pytest.mark.parametrize("source_id", [CBP, IRCC])
def test_a_first_night_archives_everything_and_the_second_is_quiet(home, agency, source_id):
    first = poll(home, agency, source_id)
    assert first.new_files and not first.failed and {each.origin for each in first.attempts} == {"sample"}
    before = len(agency.requests)
    second = poll(home, agency, source_id)
    assert outcomes(second) <= {"unchanged", "not_offered"} and not second.failed
    asked = list(agency.requests)[before:]
    assert {line.status for line in asked} <= {304, 404} and all(
        line.conditional for line in asked if line.status == 304
    )


def test_as_the_sandboxs_clock_moves_each_vintage_is_fetched_once(home, agency):
    seen: dict[str, int] = {}
    for date in agency.catalogue.dates:
        agency.set_date(date)
        for attempt in poll(home, agency, CBP).new_files:
            seen[attempt.sha256] = seen.get(attempt.sha256, 0) + 1
    assert len(seen) > 5 and set(seen.values()) == {1}


FAULTS = [
    ("status", {"status": 500}, "http_error"),
    ("status", {"status": 404}, "http_error"),
    ("delay", {"seconds": 3.0}, "timeout"),
    ("disconnect", {}, "unreachable"),
    ("truncated", {}, "truncated"),
    ("html_error", {}, "wrong_type"),
    ("empty", {}, "empty"),
    ("oversized", {"size": 61_000_000}, "too_large"),
    ("gzip_bomb", {"size": 61_000_000}, "too_large"),
    ("redirect_foreign", {}, "redirect_refused"),
    ("redirect_private", {}, "redirect_refused"),
    ("wrong_type", {}, "archived"),  # the bytes are right, only the header lies
]


@pytest.mark.parametrize(("kind", "more", "outcome"), FAULTS, ids=[f"{kind} {more}" for kind, more, _ in FAULTS])
def test_a_fault_of_one_file_is_named_and_the_others_come_in(home, agency, kind, more, outcome):
    agency.fault(kind, path=FILE, **more)
    report = poll(home, agency, CBP)
    hit = [each for each in report.attempts if each.file_name.endswith("fy22-fy25-state.csv")]
    others = {each.outcome for each in report.attempts if each not in hit}
    assert [each.outcome for each in hit] == [outcome], hit[0].message
    assert others == {"archived"}
    agency.clear()
    recovered = poll(home, agency, CBP)
    assert not recovered.failed and len(recovered.new_files) == (outcome != "archived")


def test_zero_links_on_the_listing_fail_the_source(home, agency):
    poll(home, agency, CBP)
    agency.fault("no_links", path=LISTING)
    report = poll(home, agency, CBP)
    assert outcomes(report) == {"no_links"} and report.failed


def test_moved_links_are_followed_and_the_files_are_known(home, agency):
    poll(home, agency, CBP)
    agency.fault("moved", path=LISTING)
    report = poll(home, agency, CBP)
    assert not report.failed and report.new_files == ()
    assert any(each.final_url != each.url for each in report.attempts)


def test_pages_that_answer_with_a_redirect_are_followed_and_known(home, agency):
    poll(home, agency, IRCC)
    agency.fault("moved", path="*asylum-claims-20*")
    for _ in range(2):
        report = poll(home, agency, IRCC)
        assert outcomes(report) == {"unchanged", "not_offered"}


def test_a_year_page_that_vanishes_is_gone(home, agency):
    poll(home, agency, IRCC)
    agency.fault("status", path="*asylum-claims-2019.html", status=404)
    report = poll(home, agency, IRCC)
    assert [each.file_name for each in report.attempts if each.outcome == "gone"] == ["asylum-claims-2019.html"]
    assert outcomes(report) == {"gone", "unchanged", "not_offered"}
