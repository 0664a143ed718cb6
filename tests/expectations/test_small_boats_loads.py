"""What only a comparison of two small boats workbooks can show."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from ingest.core.home import Home
from pipeline import steps
from pipeline.replay import replay
from tests.support.small_boats import days_of, workbook

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
