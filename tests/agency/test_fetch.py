"""A night's poll of one source: every request one attempt, every bad answer a named outcome, bytes kept."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.agency.fetch import ADVICE, FetchReport, fetch_source
from ingest.agency.http import AgencySession, Limits
from ingest.archive.manifest import Manifest
from ingest.archive.objects import Archive
from ingest.catalog.source import Discover, Resource, Resources, Source, load_sources
from ingest.core.clock import FixedClock
from ingest.core.home import Home
from ingest.core.records import Attempt
from tests.support.rude_agency import HOST, SITE, RudeAgency, Say

QUICK = Limits(connect_seconds=1, read_seconds=0.3, request_seconds=1.0, retries=1, backoff_seconds=0, pause_seconds=0)
NIGHT = FixedClock.on(dt.date(2026, 9, 10))
CSV = b"Fiscal Year,State,Encounter Count\r\n2026,NY,5\r\n"
PAGE = b"<!DOCTYPE html><html><body><table><caption>RCMP</caption></table></body></html>"
ERROR_PAGE = b"<!doctype html><html><head><title>Sorry</title></head><body>maintenance</body></html>"


@pytest.fixture
def agency() -> Iterator[RudeAgency]:
    with RudeAgency().running() as running:
        yield running


@dataclasses.dataclass
class Night:
    """One home, polled night after night."""

    home: Home
    agency: RudeAgency

    def __post_init__(self) -> None:
        self.archive = Archive(self.home)

    def poll(self, *resources: Resource, clock: FixedClock = NIGHT, dry_run: bool = False) -> FetchReport:
        source = source_of(*resources)
        session = AgencySession(source.resources.domains, agency=self.agency.address, limits=QUICK)
        with Manifest(self.home.manifest) as manifest, session:
            return fetch_source(source, self.archive, manifest, clock, session=session, dry_run=dry_run)

    @property
    def recorded(self) -> list[Attempt]:
        with Manifest(self.home.manifest) as manifest:
            return manifest.attempts()

    @property
    def pending(self) -> list[str]:
        with Manifest(self.home.manifest) as manifest:
            return [each.file_name for each in manifest.pending_files("cbp_nationwide_encounters")]


@pytest.fixture
def night(home: Home, agency: RudeAgency) -> Night:
    return Night(home, agency)


def source_of(*resources: Resource) -> Source:
    """A real source's YAML with other addresses."""
    real = load_sources()["cbp_nationwide_encounters"]
    return real.model_copy(update={"resources": Resources(domains=(HOST,), page_url=SITE, items=resources)})


def file(name: str = "file.csv", format: str = "csv", max_bytes: int = 100_000) -> Resource:
    return Resource(id="fixed", url=f"{SITE}/{name}", format=format, max_bytes=max_bytes, published=("header",))


def year_pages(first: int = 2024) -> Resource:
    url = f"{SITE}/claims-{{year}}.html"
    published = ("document", "header")
    return Resource(id="pages", url=url, first_year=first, format="html", max_bytes=100_000, published=published)


def listed(min_links: int = 2, published: tuple[str, ...] = ("listing", "header")) -> Resource:
    discover = Discover(page=f"{SITE}/list", link=r"enc-[a-z]+\.csv$", min_links=min_links)
    return Resource(id="csv", discover=discover, format="csv", max_bytes=100_000, published=published)


def listing(*rows: tuple[str, str, int]) -> bytes:
    cells = "".join(
        f'<tr><th><a href="{href}">x</a></th><td>CSV</td><td data-sort-value="{size}">1 KB</td><td>{date}</td></tr>'
        for href, date, size in rows
    )
    heads = "<thead><tr><th>Attachment</th><th>Ext.</th><th>Size</th><th>Date</th></tr></thead>"
    return f"<!DOCTYPE html><html><body><table>{heads}{cells}</table></body></html>".encode()


def only(report: FetchReport) -> Attempt:
    [attempt] = report.attempts
    return attempt


def test_new_bytes_are_archived_and_the_attempt_says_all_about_them(night):
    headers = {"ETag": '"1"', "Last-Modified": "Fri, 04 Sep 2026 12:00:00 GMT", "X-Roxham-Origin": "sample"}
    night.agency.says("/file.csv", Say(body=CSV, headers=headers))
    report = night.poll(file())
    attempt = only(report)
    assert (attempt.outcome, attempt.status, attempt.sniffed_type) == ("archived", 200, "csv")
    assert night.archive.read(attempt.sha256) == CSV and attempt.bytes == len(CSV)
    assert (attempt.published.text, attempt.published.precision, attempt.published.basis) == (
        "2026-09-04", "day", "header",
    )  # fmt: skip
    assert (attempt.url, attempt.final_url, attempt.file_name) == (f"{SITE}/file.csv", f"{SITE}/file.csv", "file.csv")
    assert (attempt.origin, attempt.retrieved_at, attempt.role) == ("sample", NIGHT.now(), "data")
    assert night.recorded == [attempt]
    assert not report.failed and report.counts == {"archived": 1}


def test_without_any_date_the_release_is_dated_by_the_day_it_was_first_seen_and_says_so(night):
    night.agency.says("/file.csv", Say(body=CSV))
    published = only(night.poll(file())).published
    assert (published.text, published.basis) == ("2026-09-10", "first_seen")


def test_a_header_date_after_our_clock_is_not_believed_and_told(night):
    night.agency.says("/file.csv", Say(body=CSV, headers={"Last-Modified": "Fri, 04 Sep 2099 12:00:00 GMT"}))
    report = night.poll(file())
    assert only(report).published.basis == "first_seen"
    assert "2099-09-04" in report.warnings[0] and not report.failed


def test_a_second_night_asks_conditionally_and_brings_nothing_new(night):
    night.agency.says("/file.csv", Say(body=CSV, headers={"ETag": '"1"'}), Say(304))
    first = only(night.poll(file()))
    for _ in range(2):  # a 304 without validators must not make the third night ask unconditionally
        report = night.poll(file())
        attempt = only(report)
        assert (attempt.outcome, attempt.sha256, attempt.status) == ("unchanged", first.sha256, 304)
        assert attempt.published == first.published and attempt.sniffed_type == "csv"
    assert [headers.get("if-none-match") for _, headers in night.agency.asked] == [None, '"1"', '"1"']
    assert not report.new_files and not report.failed


def test_the_same_bytes_sent_again_in_full_are_unchanged(night):
    night.agency.says("/file.csv", Say(body=CSV))
    assert [only(night.poll(file())).outcome for _ in range(2)] == ["archived", "unchanged"]


def test_changed_bytes_are_archived_and_a_page_that_goes_back_has_changed_again(night):
    later = CSV.replace(b"5", b"6")
    night.agency.says("/file.csv", Say(body=CSV), Say(body=later), Say(body=CSV))
    attempts = [only(night.poll(file())) for _ in range(3)]
    assert [each.outcome for each in attempts] == ["archived", "archived", "archived"]
    assert night.archive.read(attempts[1].sha256) == later and night.archive.read(attempts[0].sha256) == CSV


def test_bytes_that_the_archive_lost_are_fetched_in_full(night):
    night.agency.says("/file.csv", Say(body=CSV, headers={"ETag": '"1"'}))
    first = only(night.poll(file()))
    night.archive.path(first.sha256).unlink()
    night.poll(file())
    assert "if-none-match" not in night.agency.asked[1][1] and night.archive.read(first.sha256) == CSV


BAD = {
    "not found": ("http_error", [Say(404, ERROR_PAGE)], "404"),
    "server error": ("http_error", [Say(500, ERROR_PAGE)], "500"),
    "timeout": ("timeout", [Say(body=CSV, wait=3)], "0.3 s"),
    "truncated": ("truncated", [Say(body=CSV * 9, send=60)], "60 of"),
    "html instead of csv": ("wrong_type", [Say(body=ERROR_PAGE, headers={"Content-Type": "text/csv"})], "html"),
    "empty": ("empty", [Say(body=b"")], "0 bytes"),
    "one byte": ("empty", [Say(body=b"\n")], "1 bytes"),
    "over-size": ("too_large", [Say(body=b"x" * 100_001)], "100,001"),
    "foreign redirect": ("redirect_refused", [Say(302, headers={"Location": "https://evil.net/file.csv"})], "evil.net"),
    "private redirect": ("redirect_refused", [Say(302, headers={"Location": "http://10.0.0.1/"})], "10.0.0.1"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_answer_is_a_named_outcome_with_bytes_kept_and_nothing_taken_in(night, case):
    outcome, answers, said = BAD[case]
    night.agency.says("/file.csv", *answers)
    report = night.poll(file())
    attempt = only(report)
    assert attempt.outcome == outcome and said in attempt.message, attempt
    body = answers[0].body
    if attempt.sha256:
        assert body.startswith(night.archive.read(attempt.sha256))
    assert bool(attempt.sha256) == (outcome not in ("timeout", "redirect_refused"))
    assert night.pending == [] and night.recorded == [attempt]
    assert report.failed and not list(night.archive.objects.glob(".incoming-*"))


@pytest.mark.parametrize("case", BAD)
def test_a_failure_says_what_happened_what_is_safe_and_what_to_do(night, case):
    outcome, answers, said = BAD[case]
    night.agency.says("/file.csv", *answers)
    [sentence] = night.poll(file()).failures
    assert f"{SITE}/file.csv" in sentence and said in sentence and outcome in sentence
    assert "still served" in sentence and ADVICE[outcome] in sentence


def test_wrong_bytes_are_no_good_attempt_and_stay_wrong_the_next_night(night):
    night.agency.says("/file.csv", Say(body=CSV), Say(body=ERROR_PAGE), Say(body=ERROR_PAGE), Say(body=CSV))
    outcomes = [only(night.poll(file())).outcome for _ in range(4)]
    assert outcomes == ["archived", "wrong_type", "wrong_type", "unchanged"]


def test_right_bytes_under_a_wrong_type_header_are_taken(night):
    night.agency.says("/file.csv", Say(body=CSV, headers={"Content-Type": "application/pdf"}))
    assert only(night.poll(file())).outcome == "archived"


def test_a_zip_bomb_is_too_large_and_kept(night):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("[Content_Types].xml", b"<Types/>")
        bomb.writestr("xl/worksheets/sheet1.xml", b"\x00" * (16 << 20))
    night.agency.says("/file.xlsx", Say(body=buffer.getvalue()))
    attempt = only(night.poll(file("file.xlsx", "xlsx")))
    assert (attempt.outcome, attempt.sniffed_type) == ("too_large", "xlsx")
    assert night.archive.read(attempt.sha256) == buffer.getvalue()


def test_one_resources_failure_never_stops_the_others(night):
    night.agency.says("/a.csv", Say(500))
    night.agency.says("/b.csv", Say(body=CSV))
    night.agency.says("/list", Say(body=b"<html></html>"))
    night.agency.says("/c.csv", Say(body=CSV.replace(b"NY", b"VT")))
    report = night.poll(file("a.csv"), file("b.csv"), listed(), file("c.csv"))
    assert [each.outcome for each in report.attempts] == ["http_error", "archived", "no_links", "archived"]
    assert report.failed and night.pending == ["b.csv", "c.csv"]


# Year pages


def test_year_pages_are_asked_from_the_first_year_to_next_year_and_a_404_never_seen_is_not_offered(night):
    for year in (2024, 2025):
        night.agency.says(f"/claims-{year}.html", Say(body=PAGE + str(year).encode()))
    report = night.poll(year_pages())
    assert night.agency.paths == [f"/claims-{year}.html" for year in (2024, 2025, 2026, 2027)]
    assert [each.outcome for each in report.attempts] == ["archived", "archived", "not_offered", "not_offered"]
    assert not report.failed and not report.warnings
    assert all(each.sha256 is None for each in report.attempts[2:])


@pytest.mark.parametrize("status", [404, 410])
def test_a_year_page_that_was_there_and_is_missing_is_gone_and_its_bytes_stay(night, status):
    for year in (2024, 2025, 2026):
        night.agency.says(f"/claims-{year}.html", Say(body=PAGE + str(year).encode()))
    before = night.poll(year_pages()).attempts[1]
    night.agency.says("/claims-2025.html", Say(status, ERROR_PAGE))
    for _ in range(2):  # and it stays gone
        report = night.poll(year_pages())
        outcomes = [each.outcome for each in report.attempts]
        assert outcomes == ["unchanged", "gone", "unchanged", "not_offered"]
        assert report.failed and "2025" in report.failures[0]
    assert night.archive.read(before.sha256).endswith(b"2025")


def test_a_hole_among_the_year_pages_is_told_but_no_failure(night):
    for year in (2024, 2026):
        night.agency.says(f"/claims-{year}.html", Say(body=PAGE + str(year).encode()))
    report = night.poll(year_pages())
    assert not report.failed and "2025" in report.warnings[0]


def test_no_year_page_at_all_is_never_nothing_new(night):
    report = night.poll(year_pages())
    assert [each.outcome for each in report.attempts] == ["not_offered"] * 3 + ["no_links"]
    assert report.failed


# Listings

TWO = (("/f/enc-state.csv", "09/04/2026", len(CSV)), ("/f/enc-aor.csv", "09/05/2026", 999))


def two_files(night: Night) -> None:
    night.agency.says("/list", Say(body=listing(*TWO), headers={"ETag": '"l"'}))
    night.agency.says("/f/enc-state.csv", Say(body=CSV, headers={"Last-Modified": "Mon, 07 Sep 2026 12:00:00 GMT"}))
    night.agency.says("/f/enc-aor.csv", Say(body=CSV.replace(b"NY", b"VT")))


def test_files_behind_a_listing_are_fetched_and_dated_by_it(night):
    two_files(night)
    report = night.poll(listed())
    page, state, aor = report.attempts
    assert (page.role, page.outcome, page.sniffed_type) == ("listing", "archived", "html")
    assert night.archive.read(page.sha256) == listing(*TWO)
    assert [(each.file_name, each.published.text, each.published.basis) for each in (state, aor)] == [
        ("enc-state.csv", "2026-09-04", "listing"), ("enc-aor.csv", "2026-09-05", "listing"),
    ]  # fmt: skip
    assert [each.file_name for each in report.new_files] == night.pending == ["enc-state.csv", "enc-aor.csv"]
    assert state.message == "" and "the listing says 999" in aor.message


def test_the_header_dates_a_listed_file_when_the_yaml_says_so(night):
    two_files(night)
    published = night.poll(listed(published=("header", "listing"))).attempts[1].published
    assert (published.text, published.basis) == ("2026-09-07", "header")


def test_an_unchanged_listing_is_read_from_the_archive_and_its_files_are_still_asked(night):
    two_files(night)
    night.poll(listed())
    night.agency.says("/list", Say(304))
    night.agency.says("/f/enc-aor.csv", Say(body=CSV.replace(b"NY", b"ME")))
    report = night.poll(listed())
    assert [each.outcome for each in report.attempts] == ["unchanged", "unchanged", "archived"]


def test_a_data_file_filed_under_the_listings_address_is_not_taken_for_the_listing(night):
    """A releases folder often names the listing page as the address of all its files."""
    two_files(night)
    sha256 = night.archive.put(CSV)
    with Manifest(night.home.manifest) as manifest:
        manifest.record_attempt(
            Attempt(
                "cbp_nationwide_encounters",
                "csv",
                f"{SITE}/list",
                "archived",
                NIGHT.now(),
                sha256=sha256,
                headers={"etag": '"l"'},
                sniffed_type="csv",
                file_name="enc-old.csv",
            )
        )
    night.agency.says("/list", Say(304), Say(body=listing(*TWO)))
    assert only(night.poll(listed())).outcome == "http_error"  # it was asked unconditionally
    assert night.poll(listed()).attempts[0].outcome == "archived"


@pytest.mark.parametrize("rows", [(), TWO[:1]], ids=["zero links", "too few links"])
def test_too_few_links_fail_loudly_and_are_never_nothing_new(night, rows):
    two_files(night)
    night.poll(listed())
    night.agency.says("/list", Say(body=listing(*rows)))
    for _ in range(2):  # the second night must not find the page "unchanged"
        report = night.poll(listed())
        assert only(report).outcome == "no_links" and report.failed
        assert f"{len(rows)} links" in report.failures[0]


def test_a_listing_that_is_missing_or_no_page_fails(night):
    assert only(night.poll(listed())).outcome == "http_error"
    two_files(night)
    night.poll(listed())
    night.agency.says("/list", Say(404))
    assert only(night.poll(listed())).outcome == "gone"
    night.agency.says("/list", Say(body=CSV))
    assert only(night.poll(listed())).outcome == "wrong_type"


def test_a_link_that_leads_off_the_agencys_domains_is_refused_and_the_others_are_fetched(night):
    two_files(night)
    night.agency.says("/list", Say(body=listing(("https://evil.net/enc-x.csv", "09/04/2026", 1), *TWO)))
    report = night.poll(listed())
    assert [each.outcome for each in report.attempts] == ["archived", "redirect_refused", "archived", "archived"]
    assert "/enc-x.csv" not in night.agency.paths


def test_a_file_that_moved_is_the_same_file(night):
    two_files(night)
    night.poll(listed())
    moved = (("/moved/enc-state.csv", "09/04/2026", len(CSV)), TWO[1])
    night.agency.says("/list", Say(body=listing(*moved)))
    night.agency.says("/moved/enc-state.csv", Say(301, headers={"Location": "/f/enc-state.csv"}))
    page, state, aor = night.poll(listed()).attempts
    assert [page.outcome, state.outcome, aor.outcome] == ["archived", "unchanged", "unchanged"]
    assert state.final_url == f"{SITE}/f/enc-state.csv"


def test_an_absurd_listing_date_falls_to_the_next_basis_and_is_told(night):
    two_files(night)
    night.agency.says("/list", Say(body=listing(("/f/enc-state.csv", "13/45/2026", 5), TWO[1])))
    report = night.poll(listed())
    assert (report.attempts[1].published.text, report.attempts[1].published.basis) == ("2026-09-07", "header")
    assert "13/45/2026" in report.warnings[0]


# The report


def test_a_dry_run_says_what_it_would_fetch_and_leaves_no_trace(night):
    two_files(night)
    report = night.poll(listed(), dry_run=True)
    assert report.dry_run and [each.file_name for each in report.new_files] == ["enc-state.csv", "enc-aor.csv"]
    assert "would fetch: enc-state.csv" in report.summary() and "2026-09-04 by listing" in report.summary()
    assert night.recorded == [] and [path for path in night.archive.objects.rglob("*") if path.is_file()] == []


def test_a_dry_run_on_a_quiet_night_would_fetch_nothing(night):
    night.agency.says("/file.csv", Say(body=CSV, headers={"ETag": '"1"'}), Say(304))
    night.poll(file())
    report = night.poll(file(), dry_run=True)
    assert report.new_files == () and len(night.recorded) == 1


def test_the_report_is_json_and_says_in_words_what_happened(night):
    night.agency.says("/a.csv", Say(body=CSV))
    report = night.poll(file("a.csv"), file("b.csv"))
    plain = json.loads(json.dumps(report.as_dict()))
    assert plain["failed"] is True and plain["counts"] == {"archived": 1, "http_error": 1}
    assert plain["attempts"][0]["published"]["basis"] == "first_seen"
    assert plain["failures"] == list(report.failures)
    lines = report.summary().splitlines()
    assert lines[0] == "cbp_nationwide_encounters: 1 archived, 1 http_error"
    assert lines[1].startswith("  new: a.csv") and lines[2].startswith("  FAILED http_error")


def test_all_attempts_of_a_night_carry_one_time(night):
    two_files(night)

    class Ticking:
        def __init__(self) -> None:
            self.moment = NIGHT.now()

        def now(self) -> dt.datetime:
            self.moment += dt.timedelta(seconds=1)
            return self.moment

    assert len({each.retrieved_at for each in night.poll(listed(), clock=Ticking()).attempts}) == 1


def test_an_attempt_is_written_as_soon_as_it_is_made(night, monkeypatch):
    """A kill in the middle of a night loses nothing of what was already fetched."""
    night.agency.says("/a.csv", Say(body=CSV))
    night.agency.says("/b.csv", Say(body=CSV))
    adopt = Archive.adopt

    def killed_at_the_second(self: Archive, incoming: Path, sha256: str) -> None:
        if night.agency.paths[-1] == "/b.csv":
            raise KeyboardInterrupt
        adopt(self, incoming, sha256)

    monkeypatch.setattr(Archive, "adopt", killed_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        night.poll(file("a.csv"), file("b.csv"))
    assert [each.file_name for each in night.recorded] == ["a.csv"]
    monkeypatch.undo()
