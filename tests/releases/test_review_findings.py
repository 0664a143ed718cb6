"""Faults that a pair of fresh eyes found before any reader did; each was reproduced, then mended."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from ingest.archive.manifest import Manifest
from ingest.archive.objects import Archive
from ingest.catalog.source import load_sources
from ingest.core.home import Home
from ingest.core.records import Attempt, Release, StructureError
from ingest.releases.intake import process_release
from ingest.releases.parsers import ircc_rcmp_interceptions as parser
from pipeline import steps
from tests.support.folders import IRCC
from tests.support.pages import page, rcmp_rows, table

NIGHT = dt.datetime(2024, 5, 1, 6, tzinfo=dt.UTC)


def archived(home: Home, text: str, night: int, name: str = "asylum-claims-2023.html") -> None:
    with Manifest(home.manifest) as manifest:
        manifest.record_attempt(
            Attempt(
                source_id=IRCC, resource_id="year_page", url=f"https://www.canada.ca/{name}", outcome="archived",
                retrieved_at=NIGHT + dt.timedelta(days=night), sha256=Archive(home).put(text.encode()), bytes=len(text),
                file_name=name, sniffed_type="html",
            )
        )  # fmt: skip


def taken_in(home: Home) -> list[Release]:
    return [each.release for each in process_release(home, load_sources()[IRCC], lambda *_: [])]


def test_a_page_that_goes_back_to_its_earlier_bytes_is_a_release_of_the_day_it_was_seen(home: Home) -> None:
    """It once had the first release's id and turned that one from accepted to quarantined."""
    first, second = page(), page([table("RCMP Interceptions", rcmp_rows("11", "1", "12"))])
    for night, text in enumerate((first, second, first)):
        archived(home, text, night)
        [release] = taken_in(home)
        assert release.state == "accepted"
    with Manifest(home.manifest) as manifest:
        releases = manifest.releases(IRCC, "accepted")
    assert [each.published.basis for each in releases] == ["document", "document", "first_seen"]
    assert releases[0].files[0].sha256 == releases[2].files[0].sha256


def test_two_edits_of_a_page_under_one_date_are_two_releases_in_the_order_of_the_nights(home: Home) -> None:
    archived(home, page([table("RCMP Interceptions", rcmp_rows("12", "1", "13"))]), 0)
    archived(home, page(), 1)
    assert [len(each.files) for each in taken_in(home)] == [1, 1]
    with Manifest(home.manifest) as manifest:
        assert [each.retrieved_at.day for each in manifest.releases(IRCC)] == [1, 2]


def test_a_table_without_rows_is_quarantined_and_the_other_release_goes_on(home: Home) -> None:
    """It once ended the whole replay with "not enough values to unpack"."""
    archived(
        home,
        page([table("RCMP Interceptions", rcmp_rows()), "<table><caption>Air Ports of Entry</caption></table>"]),
        0,
    )
    archived(home, page(year=2022), 1, "asylum-claims-2022.html")
    assert {each.state for each in taken_in(home)} == {"accepted", "quarantined"}


@pytest.mark.parametrize(
    ("cell", "printed", "beside"),
    [
        ("<sup>9</sup>69", "69", "9"),
        ('69<a href="#fn1">1</a>', "69", "1"),
        ("<del>6</del>69", "69", "6"),
        ('<span class="wb-inv">00</span>69', "69", "00"),
        ("12<br>34", "12 34", ""),
        ("<p>12</p><p>34</p>", "12 34", ""),
        ("<strong>4,994</strong>", "4,994", ""),
        ("&nbsp;", "", ""),
    ],
)
def test_what_stands_beside_a_figure_is_never_read_into_it(
    tmp_path: Path, cell: str, printed: str, beside: str
) -> None:
    rows = rcmp_rows()
    rows[0][4] = cell
    path = tmp_path / "asylum-claims-2023.html"
    path.write_text(page([table("RCMP Interceptions", rows)]))
    [parsed] = parser.parse(path, path.name)
    [found] = [row for row in parsed.rows if row[3:5] == ("Quebec", "April")]  # type: ignore[union-attr]
    assert found[5:7] == (printed, beside)


def test_a_merged_cell_is_refused_because_it_shifts_the_months(tmp_path: Path) -> None:
    text = page().replace("<td>10</td>", '<td colspan="2">10</td>', 1)
    path = tmp_path / "asylum-claims-2023.html"
    path.write_text(text)
    with pytest.raises(StructureError, match="merged cells"):
        parser.parse(path, path.name)


@pytest.mark.slow
@pytest.mark.xdist_group("crash")
def test_a_running_year_is_published_and_its_coming_months_are_not_yet_published(home: Home) -> None:
    """The marts' audit once refused every page of a running year from January to October.

    Two edits under one date are in it as well: they once made the vintages' key double and stopped every build.
    """
    for night, (quebec, coming) in enumerate((("10", ""), ("12", "0"), ("14", "--"))):
        rows = [[row[0], *row[1:5], *[coming] * 8, ""] for row in rcmp_rows(quebec, "1", str(int(quebec) + 1))]
        text = page([table("RCMP Interceptions", rows)], year=2024, modified="2024-04-22")
        archived(home, text, night, "asylum-claims-2024.html")
        [outcome] = process_release(home, load_sources()[IRCC], steps.validate_load)
        assert outcome.release.state == "accepted", [check.observed for check in outcome.failed_checks]
    steps.prepare_candidate(home)
    steps.run_dbt(home)
    steps.test_models(home)
    steps.audit_candidate(home)
    with duckdb.connect(str(home.candidate_warehouse), read_only=True) as connection:
        facts = connection.execute(
            "select value, missing_reason from marts.fct_crossings_monthly where geography_id = 'CA-QC' order by month"
        ).fetchall()
    assert facts == [(14, None)] * 4 + [(None, "not_yet_published")] * 8
