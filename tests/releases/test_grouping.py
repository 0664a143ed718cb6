"""Dates, order and grouping of releases."""

import dataclasses
import datetime as dt

import pytest

from ingest.archive.objects import Archive
from ingest.catalog.source import load_sources
from ingest.core.home import Home
from ingest.core.records import Attempt, Published, Release, ReleaseFile
from ingest.releases.grouping import group
from tests.support.pages import page

NOON = dt.datetime(2024, 5, 22, 12, tzinfo=dt.UTC)


def release(text: str, file_name: str = "f", retrieved: dt.datetime = NOON) -> Release:
    return Release(
        f"s@{text}~{file_name}", "s", Published.from_text(text, "listing"), retrieved, "accepted", "folder",
        (ReleaseFile("aa", "r", file_name, "u", 1),),
    )  # fmt: skip


def test_a_release_dated_by_month_counts_as_known_on_the_months_last_day() -> None:
    assert Published.from_text("2024-02", "listing").known_on == dt.date(2024, 2, 29)
    assert Published.from_text("2023", "listing").known_on == dt.date(2023, 12, 31)
    assert Published.from_text("2023-11-07", "listing").known_on == dt.date(2023, 11, 7)


def test_ties_go_by_precision_then_file_name() -> None:
    by_day, by_month = release("2023-11-30"), release("2023-11")
    second = release("2023-11-30", "g")
    ordered = sorted([second, by_day, by_month], key=lambda each: each.order)
    assert ordered == [by_month, by_day, second]


@pytest.mark.parametrize("text", ["2924-04-22", "1066-10-14", "2024-13-01", "22 April 2024", ""])
def test_an_absurd_date_is_no_date(text: str) -> None:
    with pytest.raises(ValueError):
        Published.from_text(text, "document")


def archived(home: Home, name: str, text: str, published: Published | None = None) -> Attempt:
    return Attempt(
        source_id="ircc_rcmp_interceptions", resource_id="year_page", url=f"https://www.canada.ca/{name}",
        outcome="archived", retrieved_at=NOON, sha256=Archive(home).put(text.encode()), bytes=len(text),
        file_name=name, published=published,
    )  # fmt: skip


def test_pages_of_one_date_are_one_release_and_the_date_is_the_documents_own(home: Home) -> None:
    """`published_at` is never "today" by default, and the document's own date goes before the server's."""
    header = Published("2024-05-01", "day", "header")
    files = [
        archived(home, "asylum-claims-2022.html", page(year=2022, modified="2024-04-22"), header),
        archived(home, "asylum-claims-2023.html", page(modified="2024-04-22"), header),
        archived(home, "asylum-claims-2021.html", page(year=2021, modified="2024-03-01"), header),
    ]
    source = load_sources()["ircc_rcmp_interceptions"]
    found = [each for each, _ in group(source, Archive(home), files)]
    assert [(each.published.text, each.published.basis, len(each.files)) for each in found] == [
        ("2024-03-01", "document", 1),
        ("2024-04-22", "document", 2),
    ]


def test_the_release_id_depends_on_its_files_alone(home: Home) -> None:
    source = load_sources()["ircc_rcmp_interceptions"]
    one = archived(home, "asylum-claims-2023.html", page())
    later = dataclasses.replace(one, retrieved_at=NOON + dt.timedelta(days=1))
    [(first, _)], [(second, _)] = (group(source, Archive(home), [each]) for each in (one, later))
    assert first.release_id == second.release_id


@pytest.mark.parametrize("modified", ["2924-04-22", "2024-06-30", "0000-00-00"])
def test_a_page_with_an_absurd_date_fails_a_critical_check(home: Home, modified: str) -> None:
    """It would take the wrong place among the vintages, so it is no date of publication."""
    source = load_sources()["ircc_rcmp_interceptions"]
    dated = archived(home, "asylum-claims-2023.html", page(modified=modified))
    [(found, [check])] = group(source, Archive(home), [dated])
    assert check.blocks
    assert found.published.basis == "first_seen"
