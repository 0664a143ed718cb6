"""The two real sources polled over the sandbox: its faults end in the outcomes that the manifest names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.agency.fetch import FetchReport, fetch_source
from ingest.agency.http import AgencySession, Limits
from ingest.archive.manifest import Manifest
from ingest.archive.objects import Archive
from ingest.catalog.source import load_sources
from ingest.core.clock import FixedClock
from ingest.core.home import Home
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


CLAIMANTS = "ircc_asylum_claimants"
PACKAGE = "/data/api/action/package_show"


def test_a_ckan_dataset_s_workbooks_are_found_dated_and_fetched_once(home, agency):
    """The portal's JSON is archived as a listing; French twins are left alone; the file's own header dates it."""
    agency.set_date("2024-04-02")
    listing, *files = poll(home, agency, CLAIMANTS).attempts
    assert (listing.role, listing.outcome, listing.sniffed_type) == ("listing", "archived", "json")
    assert {each.outcome for each in files} == {"archived"} and len(files) == 7
    assert all(each.file_name.startswith("EN_ODP-Asylum-") for each in files)
    assert {(each.published.text, each.published.basis) for each in files} == {("2024-04-02", "header")}
    assert outcomes(poll(home, agency, CLAIMANTS)) == {"unchanged"}
    agency.set_date("2025-10-18")
    assert [each.file_name for each in poll(home, agency, CLAIMANTS).new_files] == [
        "EN_ODP-Asylum-OfficeType_Prov.xlsx"
    ]


def test_a_ckan_dataset_that_lost_its_resources_or_answers_in_html_fails_the_source(home, agency):
    poll(home, agency, CLAIMANTS)
    agency.fault("no_links", path=PACKAGE)
    assert outcomes(poll(home, agency, CLAIMANTS)) == {"no_links"}
    agency.clear()
    agency.fault("html_error", path=PACKAGE)
    assert outcomes(poll(home, agency, CLAIMANTS)) == {"wrong_type"}


def test_an_error_page_in_a_workbook_s_place_is_kept_and_not_taken_in(home, agency):
    """Seen in public code: an HTML error page saved as xlsx."""
    agency.fault("html_error", path="*PT_Gender.xlsx")
    report = poll(home, agency, CLAIMANTS)
    assert [each.file_name for each in report.attempts if each.outcome == "wrong_type"] == [
        "EN_ODP-Asylum-PT_Gender.xlsx"
    ]
    assert len(report.new_files) == 6
