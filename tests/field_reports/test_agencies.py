"""Agencies that move their pages, drop a table or change their scale."""

from __future__ import annotations

import pytest

from ingest.archive.manifest import Manifest
from ingest.core.home import Home
from pipeline import steps
from tests.support.folders import IRCC, ReleasesFolder
from tests.support.nights import CBP, Nights
from tests.support.pages import MONTHS, OTHER_CAPTIONS, page, rcmp_rows, table

PUBLISHED = "2024-04-22"


def open_alerts(nights: Nights, source_id: str) -> set[str]:
    """The classes of the source's open alerts."""
    steps.check_freshness(nights.home, nights.clock)
    return {each.finding.alert for each in steps.alerts(nights.home) if each.finding.source_id == source_id}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "more", "alert"),
    [
        ("redirect", {"location": "https://www.cbp.gov/newsroom/stats/encounters"}, "fetch_failed"),
        ("no_links", {}, "structure_changed"),
    ],
)
def test_a_listing_that_moved_or_names_its_links_otherwise_is_told_that_night_and_the_last_release_stays(
    small_nights: Nights, kind: str, more: dict[str, str], alert: str
) -> None:
    """A landings scraper stood still for months: a new address, and another class of links (liberiamoli-tutti #12)."""
    small_nights.fetch(CBP)
    [good] = small_nights.process_release(CBP)
    assert good.release.state == "accepted" and not open_alerts(small_nights, CBP)
    small_nights.agency.fault(kind, path="/document/stats/*", **more)
    small_nights.agency.set_date("2023-11-21")
    report = small_nights.fetch(CBP)
    assert report.failed and not report.new_files and small_nights.process_release(CBP) == []
    assert open_alerts(small_nights, CBP) == {alert}
    last = steps.last_accepted(small_nights.home, CBP)
    assert last and last.release_id == good.release.release_id


def whole_page() -> list[str]:
    """The nine tables of a year's page."""
    claimants = rcmp_rows("10", "5", "15")
    return [table("RCMP Interceptions", rcmp_rows()), *(table(each, claimants) for each in OTHER_CAPTIONS)]


def without_a_table() -> list[str]:
    """The first table of ports of entry is gone."""
    return [each for each in whole_page() if OTHER_CAPTIONS[0] not in each]


def without_the_years_column() -> list[str]:
    """The figures of the interceptions without their Total."""
    rows = [row[:-1] for row in rcmp_rows()]
    return [table("RCMP Interceptions", rows, heads=MONTHS), *whole_page()[1:]]


def with_another_caption() -> list[str]:
    """The air ports' table under new words."""
    return [each.replace("Air Ports of Entry</", "Airports</") for each in whole_page()]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changed", "check"),
    [
        (without_a_table, "tables_found"),
        (without_the_years_column, "label_is_there:cells.column_label:(?i)^total"),
        (with_another_caption, "labels_known:cells.caption"),
    ],
)
def test_a_page_that_lost_a_table_or_a_column_is_told(home: Home, tmp_path, changed, check: str) -> None:
    """A health page dropped its time series and days passed unnoticed (covid19-eu-data #6, openZH/covid_19 #754)."""
    folder = ReleasesFolder(tmp_path / "releases")
    name = "asylum-claims-2023.html"
    folder.add(IRCC, PUBLISHED, name, page(whole_page()))
    folder.add(IRCC, "2024-05-02", name, page(changed(), modified="2024-05-02"))
    steps.replay(home, folder.root)
    with Manifest(home.manifest) as manifest:
        _, second = manifest.releases(IRCC)
        told = {each.check for each in manifest.check_results(second.release_id) if each.is_told}
    assert check in told, told
