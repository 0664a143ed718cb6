"""The newsroom page's table is told by its head and heading; its contradictions are kept and told."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from ingest.catalog.source import load_sources
from ingest.core.clock import FixedClock
from ingest.core.home import Home
from ingest.releases.intake import ReleaseOutcome, inspect
from ingest.releases.parsers import usbp_apprehensions_page as parser
from pipeline import steps
from tests.support.apprehension_pages import page, table

SOURCE = load_sources()["usbp_apprehensions_page"]


def written(folder: Path, content: str) -> Path:
    file = folder / "nationwide-encounters.html"
    file.write_text(content, encoding="utf-8")
    return file


def looked_at(home: Home, file: Path) -> ReleaseOutcome:
    return inspect(home, SOURCE, file, FixedClock.on(dt.date(2024, 5, 22)), steps.validate_load)


def test_rows_that_repeat_are_told_apart_by_the_total_above_them(tmp_path: Path) -> None:
    file = written(tmp_path, page())
    [rows] = parser.parse(file, file.name)
    at_large = [row for row in rows if row[3:5] == ("At Large", "Oct-23")]  # type: ignore[union-attr]
    assert [(row[2], row[5]) for row in at_large] == [
        ("Nationwide Total Apprehensions", "3,280"),
        ("Southwest Border Total Apprehensions", "1,400"),
        ("Northern Border Total Apprehensions", "570"),
    ]
    locator = 'row "Northern Border Total Apprehensions / At Large" · column "Oct-23"'
    assert at_large[2][-1] == locator
    assert parser.cells(file, [locator])[0].printed == "570"
    with pytest.raises(LookupError, match="no cell at"):
        parser.cells(file, ['row "Northern Border Total Apprehensions / At Sea" · column "Oct-23"'])


def test_the_page_is_dated_by_its_own_last_line(tmp_path: Path) -> None:
    published = parser.published(written(tmp_path, page(modified="Sep 16, 2026")))
    assert published is not None
    assert (published.text, published.basis) == ("2026-09-16", "document")
    assert parser.published(written(tmp_path, page(modified="soon"))) is None


@pytest.mark.slow
def test_a_total_that_its_parts_do_not_make_is_told_and_kept(home: Home, tmp_path: Path) -> None:
    """The page of fiscal 2024 printed 60,684 in August where 1,665 + 59,029 = 60,694."""
    rows = {"Nationwide Total Apprehensions": (("60,684", "-"), ("1,665", "-"), ("59,029", "-"))}
    outcome = looked_at(home, written(tmp_path, page(table(("Oct-23", "Nov-23"), rows))))
    assert outcome.release.state == "accepted"
    assert {check.check: check.observed for check in outcome.failed_checks} == {
        "rows_sum_to_total": "Nationwide Total Apprehensions, Oct-23: 1665 + 59029 = 60694, printed 60684"
    }


@pytest.mark.slow
def test_a_sentence_that_misdates_the_fiscal_year_is_told_and_dates_nothing(home: Home, tmp_path: Path) -> None:
    """The page of fiscal 2024 said that fiscal 2025 runs from October 1, 2023."""
    sentence = "Fiscal Year 2025 runs from October 1, 2023 to September 30, 2024."
    outcome = looked_at(home, written(tmp_path, page(sentence=sentence)))
    [told] = outcome.failed_checks
    assert (outcome.release.state, told.check, told.severity) == (
        "accepted", "fiscal_year_sentence_fits_the_months", "warning",
    )  # fmt: skip
    assert "stands over months of fiscal 2024" in (told.observed or "")
    assert outcome.release.first_month == dt.date(2023, 10, 1)


@pytest.mark.slow
def test_coming_months_are_a_dash_and_not_reached(home: Home, tmp_path: Path) -> None:
    outcome = looked_at(home, written(tmp_path, page()))
    assert (outcome.release.state, outcome.failed_checks) == ("accepted", [])
    assert outcome.release.last_month == dt.date(2023, 11, 1)
