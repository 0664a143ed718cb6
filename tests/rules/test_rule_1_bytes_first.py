"""Rule 1: raw bytes are archived before anything else, one row an attempt, and no date is "today" by default.

Guards against the date of scraping taken as the date of publication, `curl` without failing on 4xx, and nights of which
nothing was kept (each seen in public code).
"""

from __future__ import annotations

import datetime as dt
import itertools
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.archive.manifest import Manifest
from ingest.archive.objects import Archive
from ingest.catalog.source import load_sources
from ingest.core.home import Home
from ingest.core.records import Attempt, Basis, Published
from ingest.releases import grouping, intake, raw_tables
from ingest.releases.grouping import CLOCKS_MAY_DIFFER, date_file
from pipeline import steps
from pipeline.replay import folder_file
from sandbox import Sandbox
from tests.support.nights import CBP, IRCC, LISTING_URL, QUICK, Nights, quick_agency

NOON = dt.datetime(2024, 5, 22, 12, tzinfo=dt.UTC)
days = st.dates(dt.date(2017, 1, 1), dt.date(2030, 12, 31))


class Unreadable(RuntimeError):
    """What a parser that breaks raises."""


def breaks(*_: object, **__: object) -> None:
    raise Unreadable


def test_a_night_with_faults_leaves_one_row_for_every_address_asked(nights: Nights, agency: Sandbox) -> None:
    agency.fault("status", path="*-aor.csv", status=404)
    agency.fault("truncated", path="*asylum-claims-2022.html")
    with quick_agency(agency.address, type(QUICK)(**{**vars(QUICK), "retries": 0})):
        reports = [nights.fetch(source) for source in (CBP, IRCC)]
    rows = [each for source in (CBP, IRCC) for each in nights.attempts(source)]
    assert rows == [each for report in reports for each in report.attempts]
    assert [(line.host, line.path) for line in agency.requests] == [
        (each.url.split("/")[2], "/" + each.url.split("/", 3)[3]) for each in rows
    ]
    assert {each.outcome for each in rows} == {"archived", "http_error", "truncated", "not_offered"}
    assert {each.sha256 for each in rows if each.sha256} == nights.archived()


def test_bytes_are_on_disk_before_anybody_parses_them(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fetch never parses, so a parser that breaks can lose nothing."""
    for module in (intake, raw_tables, grouping):
        monkeypatch.setattr(module, "parser_for", breaks)
    came = {each.sha256 for source in (CBP, IRCC) for each in nights.fetch(source).new_files}
    assert len(came) == 3 and came <= nights.archived()
    assert {path.stat().st_mode & 0o222 for path in nights.home.objects.glob("??/*")} == {0}, "write-once"


def test_a_processing_that_breaks_leaves_the_files_for_the_next_one(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    [page] = nights.fetch(IRCC).new_files
    with monkeypatch.context() as broken:
        broken.setattr(steps, "validate_load", breaks)
        with pytest.raises(Unreadable):
            nights.process_release(IRCC)
    with Manifest(nights.home.manifest) as manifest:
        assert manifest.releases() == []
    monkeypatch.setattr(steps, "validate_load", lambda *_: [])
    [outcome] = nights.process_release(IRCC)
    assert [file.sha256 for file in outcome.release.files] == [page.sha256]


def test_every_release_says_where_its_date_comes_from(nights: Nights, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "validate_load", lambda *_: [])
    nights.agency.set_date("2023-11-25")  # days after the agency published: "today" would be another date
    for source in (CBP, IRCC):
        nights.fetch(source)
    dated = {source: nights.process_release(source)[0].release.published for source in (CBP, IRCC)}
    assert {source: (each.text, each.basis) for source, each in dated.items()} == {
        CBP: ("2023-11-20", "listing"),
        IRCC: ("2023-11-20", "document"),
    }


def test_the_listing_is_archived_too_and_is_no_release(nights: Nights) -> None:
    """It is the evidence for the dates that it gives."""
    nights.fetch(CBP)
    [listing] = [each for each in nights.attempts(CBP) if each.url == LISTING_URL]
    assert (listing.role, listing.outcome) == ("listing", "archived") and listing.sha256 in nights.archived()
    with Manifest(nights.home.manifest) as manifest:
        assert listing.sha256 not in {each.sha256 for each in manifest.pending_files(CBP)}


@given(retrieved=days, told=st.none() | days, basis=st.sampled_from(["listing", "header"]))
def test_the_day_of_retrieval_is_a_date_only_where_it_is_called_first_seen(
    retrieved: dt.date, told: dt.date | None, basis: Basis
) -> None:
    attempt = Attempt(
        CBP, "nationwide_csv", "https://www.cbp.gov/f.csv", "archived",
        dt.datetime.combine(retrieved, dt.time(12), dt.UTC), file_name="f-state.csv",
        published=Published(told.isoformat(), "day", basis) if told else None,
    )  # fmt: skip
    dated = date_file(load_sources()[CBP], None, attempt)  # type: ignore[arg-type]  # no document is opened
    if told:
        assert (dated.published.text, dated.published.basis) == (told.isoformat(), basis)
    else:
        assert (dated.published.text, dated.published.basis) == (retrieved.isoformat(), "first_seen")


@pytest.mark.parametrize("ahead", [0, CLOCKS_MAY_DIFFER.days, CLOCKS_MAY_DIFFER.days + 1, 365])
def test_a_document_dated_after_we_have_it_is_never_believed(home: Home, ahead: int) -> None:
    day = NOON.date() + dt.timedelta(days=ahead)
    text = f'<html><head><meta name="dcterms.modified" content="{day}"></head><body>x</body></html>'
    attempt = Attempt(
        IRCC, "year_page", "https://www.canada.ca/p.html", "archived", NOON, file_name="p.html",
        sha256=Archive(home).put(text.encode()),
    )  # fmt: skip
    dated = date_file(load_sources()[IRCC], Archive(home), attempt)
    assert bool(dated.date_fault) == (ahead > CLOCKS_MAY_DIFFER.days)
    assert dated.published.basis == ("first_seen" if dated.date_fault else "document")


@given(day=days)
def test_a_coarse_date_is_known_on_its_last_day_and_comes_before_a_finer_one(day: dt.date) -> None:
    """As-of means `<=`: nothing published "in November" may be known on the 29th."""
    year, month, exact = (
        Published.from_text(text, "listing") for text in (f"{day:%Y}", f"{day:%Y-%m}", day.isoformat())
    )
    assert exact.known_on == day <= month.known_on <= year.known_on == dt.date(day.year, 12, 31)
    assert (month.known_on + dt.timedelta(days=1)).day == 1 and month.known_on.month == day.month
    assert [each.precision for each in (year, month, exact)] == ["year", "month", "day"]


def test_every_basis_of_a_date_is_one_that_a_source_names_or_that_is_left_when_none_says_a_date() -> None:
    """No basis stands in the list that nothing gives; a folder without a releases.csv is dated by its names."""
    named = set(
        itertools.chain.from_iterable(
            resource.published for source in load_sources().values() for resource in source.resources.items
        )
    )
    assert "first_seen" not in named, "it is what is left when nothing says a date, never a choice"
    by_its_name = folder_file(Path("a.csv"), "irb_irregular_claims/2024-03-31/a.csv", None).published
    assert by_its_name and by_its_name.basis not in named
    assert named | {"first_seen", by_its_name.basis} == set(get_args(Basis))
