"""What only a comparison of two small boats workbooks can show."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from ingest.core.home import Home
from pipeline import steps
from pipeline.replay import replay
from tests.support.folders import ReleasesFolder
from tests.support.small_boats import days_of, one_day_page, table_page, week, workbook

WITHOUT_WEEKS = ("Cover_sheet", "Notes", "SB_01")
DAYS = days_of("2023-01-01", [(5, 1, 0)] * 14)
WEEKS = [(dt.date(2023, 1, day), 35, 7, 0, "-", "-", "") for day in (7, 14)]


@pytest.mark.slow
def test_an_early_workbook_has_no_weeks_but_a_later_one_does_not_lose_them(home: Home, tmp_path: Path) -> None:
    vintages = {
        "2023-01-15": workbook(DAYS[:7], sheets=WITHOUT_WEEKS),
        "2023-01-20": workbook(DAYS, WEEKS),
        "2023-01-27": workbook(DAYS, sheets=WITHOUT_WEEKS),
    }
    for vintage, content in vintages.items():
        folder = tmp_path / "releases" / "uk_small_boats" / vintage
        folder.mkdir(parents=True)
        (folder / "time_series.ods").write_bytes(content)
    done = replay(home, tmp_path / "releases", steps.validate_load)
    assert [each.outcome for each in done] == ["accepted", "accepted", "quarantined"]
    assert done[-1].message == "no_sheet_lost: weekly figures were printed before"


@pytest.mark.slow
def test_a_running_month_that_grows_by_weeks_is_no_warning(home: Home, tmp_path: Path) -> None:
    """In the first weeks of 2026 every workbook was told to have thirty times the rows of the one before."""
    folder = ReleasesFolder(tmp_path / "releases")
    for vintage, count in (("2023-01-02", 1), ("2023-01-15", 14)):
        folder.add("uk_small_boats", vintage, "time_series.ods", workbook(DAYS[:count], sheets=WITHOUT_WEEKS))
    done = replay(home, folder.root, steps.validate_load)
    assert [(each.outcome, each.message) for each in done] == [("accepted", ""), ("accepted", "")]


@pytest.mark.slow
def test_the_page_of_a_week_may_come_late_and_a_daily_page_that_ends_earlier_may_not(
    home: Home, tmp_path: Path
) -> None:
    """On 2022-05-24 the page of 18 to 24 April was edited; it was kept out as an older page served again."""
    daily, weekly = ["Number of boats detected: 7"], ("Date", "Migrants detected", "Boats detected")
    folder = ReleasesFolder(tmp_path / "releases")
    for vintage, name, page in (
        ("2022-05-24", "2022-05-24.html", one_day_page("23 May 2022", daily, "2022-05-24")),
        ("2022-05-25", "weekly_18-to-24-april-2022.html",
         table_page(week("2022-04-18", [("250 [r]", "7")] * 7), "2022-05-25", weekly)),
        ("2022-05-26", "2022-05-26.html", one_day_page("20 May 2022", daily, "2022-05-26")),
    ):  # fmt: skip
        folder.add("uk_small_boats_page", vintage, name, page)
    done = replay(home, folder.root, steps.validate_load)
    assert [each.outcome for each in done] == ["accepted", "accepted", "quarantined"]
    assert done[-1].message == "reference_day_not_backwards: this page reaches 2022-05-20, the page before 2022-05-23"
