"""The checks of CBP's southwest border sources, on small loads of our own writing."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from ingest.core.records import CheckResult
from tests.support.small_loads import MONTHS, Rows, SmallRelease, failed, validate_only, write_load

# Great Expectations takes about a second for each load.
pytestmark = pytest.mark.slow

FILES, DASHBOARD = "cbp_southwest_encounters", "cbp_southwest_dashboard"
CLOSED = ("closed_period_revised:encounters", "closed_period_changed_share:encounters", "reclassified:encounters")


def file_rows(title_42_is: str = "Expulsions", count: int = 90, last: int = 12) -> Rows:
    """One fiscal year of the Border Patrol, both authorities; Title 42 under that encounter type."""
    return [
        {
            "fiscal_year": "2022", "month_grouping": "FYTD", "month_abbv": month, "component": "U.S. Border Patrol",
            "demographic": "FMUA", "citizenship_grouping": "Mexico", "title_of_authority": authority,
            "encounter_type": kind, "encounter_count": f"{count}.0",
        }
        for month in MONTHS[:last]
        for authority, kind in (("Title 8", "Apprehensions"), ("Title 42", title_42_is))
    ]  # fmt: skip


def files_load(folder: Path, before: Rows, after: Rows, *checks: str) -> dict[str, CheckResult]:
    releases = [
        SmallRelease("before", "2022-10-31", {"encounters": before}),
        SmallRelease("this", "2023-05-31", {"encounters": after}, state="pending", order=2),
    ]
    return validate_only(write_load(folder / "load.duckdb", FILES, releases), FILES, *checks)


def test_a_whole_year_under_another_encounter_type_is_told_and_stops_nothing(tmp_path: Path) -> None:
    """May 2023: 127 of 636 cells of fiscal 2022, a fifth of them, had another encounter type than in October 2022."""
    results = files_load(tmp_path, file_rows("Apprehensions"), file_rows("Expulsions"), *CLOSED)
    assert failed(results) == {"reclassified:encounters"}
    told = results["reclassified:encounters"]
    assert told.severity == "warning"
    assert told.observed == ("encounters, 2022: 1080 became Expulsions in 12 cells, no sum over encounter_type changed")
    assert results["closed_period_revised:encounters"].observed == "0 of 24 closed cells changed"


def test_a_change_of_counts_under_another_type_is_a_change_of_closed_cells(tmp_path: Path) -> None:
    """A new name must not hide a new count."""
    results = files_load(tmp_path, file_rows("Apprehensions"), file_rows("Expulsions", count=91), *CLOSED)
    assert failed(results) == {"closed_period_revised:encounters", "closed_period_changed_share:encounters"}
    assert results["closed_period_revised:encounters"].observed == (
        "encounters, 2022: 24 cells revised, 0 added, 0 vanished of 24"
    )


def test_both_types_of_one_authority_may_stand_side_by_side(tmp_path: Path) -> None:
    rows = file_rows("Apprehensions") + [
        row for row in file_rows("Expulsions", count=5) if row["encounter_type"] == "Expulsions"
    ]
    results = files_load(tmp_path, rows, rows, *CLOSED, "one_value_per_cell:encounters")
    assert failed(results) == set()


def cube(last: int = 1, count: str = "40") -> Rows:
    """A month of the dashboard: one cell and its fifteen subtotals."""
    labels = {
        "citizenship_grouping": "Mexico", "component": "U.S. Border Patrol", "demographic": "FMUA",
        "title_of_authority": "Title 42",
    }  # fmt: skip
    return [
        {
            "fiscal_year_value": "2022 (FYTD)", "fiscal_year_alias": "2022 (FYTD)", "month_abbv_value": month,
            "month_abbv_alias": month, "encounter_count": count, "scraper_row": "",
            **{name: "all" if fold else label for (name, label), fold in zip(labels.items(), folded, strict=True)},
        }
        for month in MONTHS[:last]
        for folded in product((True, False), repeat=len(labels))
    ]  # fmt: skip


def dashboard_load(folder: Path, rows: Rows, *checks: str) -> dict[str, CheckResult]:
    release = SmallRelease("this", "2022-02-08", {"cells": rows}, state="pending")
    return validate_only(write_load(folder / "load.duckdb", DASHBOARD, [release]), DASHBOARD, *checks)


WHOLE = ("subtotals_are_the_sums_of_their_detail", "every_month_has_its_total", "counts_are_whole_numbers:cells")


@pytest.mark.parametrize("printed", ["40", "40.0", "40.00", "4,000", "%null%", ""])
def test_every_form_in_which_the_dashboard_printed_a_count_adds_up(tmp_path: Path, printed: str) -> None:
    results = dashboard_load(tmp_path, cube(count=printed), *WHOLE)
    assert failed(results) == ({"every_month_has_its_total"} if printed in ("%null%", "") else set())


def test_a_decimal_that_is_no_zero_is_refused(tmp_path: Path) -> None:
    results = dashboard_load(tmp_path, cube(count="74.5"), "counts_are_whole_numbers:cells")
    assert "74.5" in (results["counts_are_whole_numbers:cells"].observed or "")


def test_any_row_lost_in_a_scrape_is_missed(tmp_path: Path) -> None:
    """2022-02-08: two scrapes of one day, one without 48 rows of detail, the other without 37 subtotals."""
    whole = cube()
    for position in range(len(whole)):
        folder = tmp_path / str(position)
        folder.mkdir()
        results = dashboard_load(folder, whole[:position] + whole[position + 1 :], WHOLE[0])
        assert failed(results, "critical") == {WHOLE[0]}, whole[position]
