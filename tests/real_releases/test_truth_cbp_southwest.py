"""CBP's southwest border, files and dashboard: every figure that is known of them, through a build."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from ingest.archive.manifest import Manifest
from ingest.catalog.source import load_sources
from ingest.core.clock import FixedClock
from ingest.core.home import Home
from ingest.releases.intake import inspect
from pipeline import steps
from pipeline.replay import read_folder
from tests.support.real_releases import FIGURES, RELEASES
from warehouse.queries import connect
from warehouse.trace import trace

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.xdist_group("real")]

FILES, DASHBOARD = "cbp_southwest_encounters", "cbp_southwest_dashboard"
MEASURES = {FILES: "us_cbp_southwest_encounters", DASHBOARD: "us_cbp_southwest_encounters_dashboard"}
BORDER = "us-land-border-southwest"
TRIANGLE = "cbp_southwest_total_by_vintage_fy2022_fy2023.csv"
FISCAL_MONTHS = ("OCT", "NOV", "DEC", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP")
AOR = RELEASES / "cbp_nationwide_encounters" / "2023-11-07" / "nationwide-encounters-fy20-fy23-aor.csv"


@pytest.fixture(scope="module")
def build(real_home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect(real_home)
    yield connection
    connection.close()


def calendar_month(fiscal_year: int, name: str) -> dt.date:
    month = FISCAL_MONTHS.index(name)
    return dt.date(fiscal_year - (month < 3), (month + 9) % 12 + 1, 1)


def vintages() -> dict[str, dict[dt.date, int]]:
    """The totals of fiscal 2022 and 2023 by day of the update and month, as the figures have them."""
    with (FIGURES / TRIANGLE).open(encoding="utf-8-sig", newline="") as stream:
        days, *rows = list(csv.reader(stream))
    return {
        day: {calendar_month(int(row[0]), row[1]): int(float(row[at])) for row in rows if row[at]}
        for at, day in enumerate(days) if at > 1
    }  # fmt: skip


def vintages_held() -> list[str]:
    held = {path.parent.name for path in (RELEASES / DASHBOARD).glob("20*/*.csv")} if RELEASES.is_dir() else set()
    return sorted(held & vintages().keys()) if held else []


@pytest.mark.parametrize("day", vintages_held())
def test_the_dashboard_of_a_day_says_what_the_vintage_triangle_says(build: duckdb.DuckDBPyConnection, day: str) -> None:
    """Ten of the sixteen updates of the triangle are held."""
    rows = build.execute(
        """select month, value from marts.crossings_as_of(cast(? as date))
           where measure_id = ? and geography_id = ? and month >= '2021-10-01'""",
        [day, MEASURES[DASHBOARD], BORDER],
    ).fetchall()
    assert dict(rows) == vintages()[day]


def test_ten_updates_of_the_triangle_are_tested() -> None:
    assert len(vintages_held()) == 10


def test_the_fiscal_years_of_the_files_are_those_published(build: duckdb.DuckDBPyConnection) -> None:
    """Fiscal 2020 to 2024 as in the nationwide files; 2019 and October to November 2024 stand here only."""
    rows = build.execute(
        """select us_fiscal_year, sum(value) from marts.fct_crossings_monthly join marts.dim_month using (month)
           where measure_id = ? group by 1 order by 1""",
        [MEASURES[FILES]],
    ).fetchall()
    assert rows == [
        (2019, 977_509), (2020, 458_088), (2021, 1_734_686), (2022, 2_378_944), (2023, 2_475_669), (2024, 2_135_005),
        (2025, 200_525),
    ]  # fmt: skip


def test_the_files_agree_with_the_nationwide_aor_file_on_all_260_totals(build: duckdb.DuckDBPyConnection) -> None:
    """By month, component, demographic, authority and encounter type; the -aor file is read by DuckDB alone."""
    nationwide = duckdb.execute(
        """select "Fiscal Year", "Month (abbv)", Component, Demographic, "Title of Authority", "Encounter Type",
               sum(cast("Encounter Count" as bigint))
           from read_csv(?, all_varchar = true)
           where "Land Border Region" = 'Southwest Land Border' and "Fiscal Year" in ('2022', '2023') group by all""",
        [str(AOR)],
    ).fetchall()
    words = {
        "U.S. Border Patrol": "usbp", "Office of Field Operations": "ofo", "Single Adults": "single_adults",
        "FMUA": "family_units", "Accompanied Minors": "accompanied_minors", "UC / Single Minors": "unaccompanied_minors",
        "Title 8": "title_8", "Title 42": "title_42", "Apprehensions": "apprehensions", "Expulsions": "expulsions",
        "Inadmissibles": "inadmissibles",
    }  # fmt: skip
    expected = {
        (calendar_month(int(year), month), *(words[label] for label in labels)): int(value)
        for year, month, *labels, value in nationwide
    }
    served = build.execute(
        """select month, component, demographic, authority, encounter_type, sum(value)
           from marts.fct_crossings_monthly_detail
           where measure_id = ? and month between '2021-10-01' and '2023-09-01' and value is not null group by all""",
        [MEASURES[FILES]],
    ).fetchall()
    assert len(expected) == 260
    assert {tuple(key): int(value) for *key, value in served} == expected


def test_title_42_apprehensions_that_became_expulsions_are_no_revisions(build: duckdb.DuckDBPyConnection) -> None:
    """1,054,084 encounters of fiscal 2022 in 127 cells; taken as changes of counts they would be 254 lost or new cells."""
    rows = build.execute(
        """select encounter_type, count(*), sum(from_value), sum(to_value), count(distinct authority), count(distinct month)
           from marts.fct_revisions where release_id like ? and change_kind = 'reclassified' group by 1 order by 1""",
        [f"{FILES}@2023-05~%"],
    ).fetchall()
    assert rows == [("apprehensions", 127, 1_054_084, None, 1, 12), ("expulsions", 127, None, 1_054_084, 1, 12)]
    summary = build.execute(
        """select cells_revised, cells_appeared, cells_vanished, cells_reclassified, cells_changed_after_final,
               large_changes, totals_moved
           from marts.rpt_release_summary where release_id like ?""",
        [f"{FILES}@2023-05~%"],
    ).fetchall()
    assert summary == [(0, 0, 0, 254, 0, 0, 0)]


def test_revisions_of_counts_are_still_told_as_such(build: duckdb.DuckDBPyConnection) -> None:
    """Between May 2023 and December 2024 October to April of fiscal 2023 were counted anew."""
    rows = build.execute(
        "select change_kind, count(*) from marts.fct_revisions where release_id like ? group by 1 order by 1",
        [f"{FILES}@2024-12~%"],
    ).fetchall()
    assert rows == [("revised", 165), ("vanished", 2)]


def test_fiscal_2019_left_the_dashboards_window_and_goes_on_being_served(build: duckdb.DuckDBPyConnection) -> None:
    """2,016 cells of the table before are not in that of 2022-12-14; none of them was withdrawn."""
    rows = build.execute(
        """select cells_left_window, months_left_window, cells_vanished from marts.rpt_release_summary
           where release_id like ?""",
        [f"{DASHBOARD}@2022-12-14~%"],
    ).fetchall()
    assert rows == [(2016, 12, 0)]
    assert build.execute(
        """select count(*), count(value), sum(value) from marts.fct_crossings_monthly
           where measure_id = ? and month < '2019-10-01'""",
        [MEASURES[DASHBOARD]],
    ).fetchone() == (12, 12, 977_509)
    for relation in ("fct_crossings_monthly_vintages", "fct_crossings_monthly_detail_vintages"):
        withdrawn = f"select count(*) from marts.{relation} where missing_reason = 'withdrawn'"
        assert build.execute(withdrawn).fetchone() == (0,)


def test_an_update_of_the_page_without_new_data_changes_nothing(build: duckdb.DuckDBPyConnection) -> None:
    rows = build.execute(
        """select published_at from marts.rpt_release_summary where source_id = ? and cells_new = 0
               and cells_revised + cells_appeared + cells_vanished + cells_reclassified + cells_left_window = 0
           order by 1""",
        [DASHBOARD],
    ).fetchall()
    assert rows == [(dt.date(2021, 12, 13),), (dt.date(2022, 4, 8),), (dt.date(2022, 10, 13),)]


def test_as_many_zeros_are_served_as_the_tables_print_and_null_is_none_of_them(
    build: duckdb.DuckDBPyConnection,
) -> None:
    """The 32 cells without a figure are zeros from 2022-10-21 on, because from then on the dashboard prints 0."""
    zeros = build.execute(
        """select measure_id, count(*) from marts.fct_crossings_monthly_detail
           where value = 0 and measure_id like 'us_cbp_southwest%' group by 1 order by 1"""
    ).fetchall()
    assert zeros == [(MEASURES[FILES], 39), (MEASURES[DASHBOARD], 114)]
    rows = build.execute(
        """select from_missing_reason, to_value, count(*) from marts.fct_revisions
           where release_id like ? and change_kind = 'appeared' group by 1, 2""",
        [f"{DASHBOARD}@2022-10-21~%"],
    ).fetchall()
    assert rows == [("not_listed", 0, 32)]


def test_the_printed_total_of_every_month_is_the_sum_of_its_detail(build: duckdb.DuckDBPyConnection) -> None:
    rows = build.execute(
        """select count(*), count(*) filter (value = computed_value), min(value_basis) from marts.fct_crossings_monthly
           where measure_id = ?""",
        [MEASURES[DASHBOARD]],
    ).fetchone()
    assert rows == (53, 53, "published")
    contradictions = "select count(*) from marts.rpt_discrepancies where source_id in (?, ?)"
    assert build.execute(contradictions, [FILES, DASHBOARD]).fetchone() == (0,)


def test_real_tables_are_accepted_with_exactly_these_warnings(real_home: Home) -> None:
    """Reasons: 32 cells without a figure became printed zeros of closed years; Title 42 apprehensions became expulsions."""
    with Manifest(real_home.manifest) as manifest:
        accepted = {each.release_id for source in MEASURES for each in manifest.releases(source, "accepted")}
        results = [
            each
            for each in manifest.check_results()
            if each.release_id in accepted and each.stage == "load" and each.is_told and each.about != "plausibility"
        ]
    assert {(each.release_id or "").split("~")[0]: (each.check, each.severity, each.observed) for each in results} == {
        f"{DASHBOARD}@2022-10-21": (
            "closed_period_revised:cells", "warning", "cells, 2020: 0 cells revised, 32 added, 0 vanished of 2346",
        ),
        f"{FILES}@2023-05": (
            "reclassified:encounters", "warning",
            "encounters, 2022: 1054084 became Expulsions in 127 cells, no sum over encounter_type changed",
        ),
    }  # fmt: skip
    assert len(results) == 2


def test_failed_scrapes_never_become_a_vintage(build: duckdb.DuckDBPyConnection, real_home: Home) -> None:
    """They are archived and say why they are none: the one-byte file is empty, the others were marked bad."""
    assert build.execute(
        "select count(*) from raw.releases where source_id = ? and published_at between '2022-02-01' and '2022-02-28'",
        [DASHBOARD],
    ).fetchone() == (0,)
    with Manifest(real_home.manifest) as manifest:
        said = {each.file_name: (each.outcome, each.role, each.message) for each in manifest.attempts(DASHBOARD)}
    assert said["2022-02-09-empty-scrape.csv"] == ("empty", "listing", "1 byte(s)")
    assert said["2022-02-08-off-schedule-a.csv"][:2] == ("archived", "listing")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("2022-02-09-empty-scrape.csv", "is empty (1 byte(s)): a failed download, no release"),
        ("2022-02-08-off-schedule-a.csv", "2018-10 all | all | all | all: printed 60781, the detail gives 59"),
        (
            "2022-02-08-off-schedule-b.csv",
            "2018-10 usbp | all | el_salvador | all: printed nothing, the detail gives 4607",
        ),
    ],
)
def test_a_failed_scrape_is_refused_when_somebody_asks_to_check_it(home: Home, name: str, words: str) -> None:
    file = RELEASES / DASHBOARD / "bad" / name
    today = FixedClock.on(dt.date(2022, 2, 9))
    outcome = inspect(home, load_sources()[DASHBOARD], file, today, steps.validate_load)
    assert outcome.release.state == "quarantined"
    blocking = [check for check in outcome.checks if check.blocks]
    assert {check.check for check in blocking} <= {"structure", "subtotals_are_the_sums_of_their_detail"}
    assert any(words in (check.observed or "") for check in blocking)


@pytest.mark.parametrize(
    ("source", "month", "releases"),
    [(DASHBOARD, dt.date(2022, 3, 1), 5), (FILES, dt.date(2023, 4, 1), 2), (FILES, dt.date(2021, 10, 1), 1)],
)
def test_a_figure_leads_back_to_the_cells_that_printed_it(
    real_home: Home, source: str, month: dt.date, releases: int
) -> None:
    """CSV lines and spreadsheet cells, read again from the archived bytes."""
    found = trace(real_home, MEASURES[source], month, BORDER)
    assert len(found.releases) == releases
    for release in found.releases:
        parts = [int(float(one.cell.printed.replace(",", ""))) for one in release.cells if one.role == "part of the sum"
                 and one.cell.printed not in ("%null%", "")]  # fmt: skip
        assert sum(parts) == release.facts["value"]
        totals = [one.cell.printed for one in release.cells if one.role == "printed figure"]
        assert [int(float(each.replace(",", ""))) for each in totals] in ([], [release.facts["value"]])
    assert any("!" in one.locator for one in found.releases[0].cells) == (month == dt.date(2023, 4, 1))


def test_the_tables_held_are_those_of_the_list() -> None:
    files = [each for each in read_folder(Path(RELEASES)) if each.source_id in (FILES, DASHBOARD)]
    assert len(files) == 19
