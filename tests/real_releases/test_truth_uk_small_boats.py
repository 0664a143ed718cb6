"""The real workbooks and pages of small boats, replayed: figures that are known from elsewhere, and none too many."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from python_calamine import CalamineWorkbook

from ingest.archive.manifest import Manifest
from ingest.core.home import Home
from pipeline.cli import main
from tests.support.real_releases import RELEASES
from warehouse.queries import connect

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.xdist_group("real")]

SOURCES = ("uk_small_boats", "uk_small_boats_page")
NEWEST_WORKBOOK = "uk_small_boats/2026-01-02/02_January_2026_Small_boats_-_time_series.ods"
WEEKLY_SHEET = "SB_02"
FROZEN_PAGES = {"2023-02-05.html", "2024-07-29.html", "2025-11-21.html", "2025-12-12.html", "2025-12-14.html"}


@pytest.fixture(scope="module")
def build(real_home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect(real_home)
    yield connection
    connection.close()


def test_every_real_file_is_taken_in_but_three_pages_and_the_frozen_ones_are_notices(real_home: Home) -> None:
    """A page without figures that does not say yet that it is closed, one without heads, and a summary without days."""
    with Manifest(real_home.manifest) as manifest:
        every = [release for source in SOURCES for release in manifest.releases(source)]
        accepted = [release for release in every if release.state == "accepted"]
        warned = [
            (each.release_id.split("~")[0], check.check)
            for each in accepted
            for check in manifest.check_results(each.release_id)
            if check.is_told
        ]
        notices = {each.file_name for each in manifest.attempts("uk_small_boats_page") if each.role == "notice"}
        kept_out = {(each.files[0].file_name, each.state) for each in every if each.state != "accepted"}
    assert len(accepted) == 8 + 22 and notices == FROZEN_PAGES
    assert kept_out == {
        ("2023-02-01.html", "quarantined"), ("2026-03-08.html", "quarantined"), ("weekly_2025-12-16.html", "set_aside"),
    }  # fmt: skip
    assert warned == [
        ("uk_small_boats@2026-02-20", "weeks_sum_of_days"),
        ("uk_small_boats@2026-06-05", "cell_against_last_release:cells"),
        ("uk_small_boats_page@2026-07-13", "cell_against_last_release:cells"),
    ]


def test_the_days_of_every_week_sum_to_what_the_weekly_sheet_prints(build: duckdb.DuckDBPyConnection) -> None:
    """The weekly sheet is not read by Roxham: read here by other hands, it says of 417 weeks what the days sum to."""
    sheet = CalamineWorkbook.from_path(RELEASES / NEWEST_WORKBOOK).get_sheet_by_name(WEEKLY_SHEET).to_python()
    printed = {row[0].date(): int(row[1]) for row in sheet[1:] if isinstance(row[0], dt.datetime)}
    assert len(printed) > 400 and min(printed) == dt.date(2018, 1, 7)
    days = build.execute(
        """select cast(day as date), value from marts.fct_crossings_monthly_detail
           where measure_id = 'uk_small_boat_arrivals' and value is not null"""
    ).fetchall()
    weeks: dict[dt.date, int] = {}
    for day, value in days:
        ending = day + dt.timedelta(days=6 - day.weekday())
        weeks[ending] = weeks.get(ending, 0) + value
    assert {week: weeks[week] for week in printed} == printed


def test_a_years_months_sum_to_its_days(build: duckdb.DuckDBPyConnection) -> None:
    rows = build.execute(
        """select year(month), sum(value), count(value), count(*) from marts.fct_crossings_monthly
           where measure_id = 'uk_small_boat_arrivals' and geography_id = 'GB' and year(month) < 2026 group by 1"""
    ).fetchall()
    by_day = build.execute(
        """select year(cast(day as date)), sum(value) from marts.fct_crossings_monthly_detail
           where measure_id = 'uk_small_boat_arrivals' and year(cast(day as date)) < 2026 group by 1"""
    ).fetchall()
    assert {year: total for year, total, _, _ in rows} == dict(by_day)
    assert {(counted, months) for _, _, counted, months in rows} == {(12, 12)}


def test_the_arrivals_that_the_scraper_of_the_frozen_page_missed_are_all_there(
    build: duckdb.DuckDBPyConnection,
) -> None:
    """From the day after the page was frozen to the scraper's last night in the archive: 104,884 arrivals, not 0."""
    query = """select sum(value), count(value), count(*) from marts.fct_crossings_monthly_detail
        where measure_id = ? and day between '2023-02-05' and '2025-12-13'"""
    assert build.execute(query, ["uk_small_boat_arrivals"]).fetchone() == (104_884, 1_043, 1_043)
    assert build.execute(query, ["uk_small_boat_arrivals_page"]).fetchone() == (None, 0, 0)


def test_a_month_that_is_not_over_has_no_figure_in_any_vintage(build: duckdb.DuckDBPyConnection) -> None:
    december = """select valid_from, value, missing_reason, computed_value from marts.fct_crossings_monthly_vintages
        where measure_id = 'uk_small_boat_arrivals' and month = ? order by 1"""
    assert build.execute(december, ["2025-12-01"]).fetchall() == [
        (dt.date(2025, 12, 12), None, "not_yet_published", None),
        (dt.date(2026, 1, 2), 2_180, None, 2_180),
    ]
    assert build.execute(december, ["2026-01-01"]).fetchall() == [
        (dt.date(2026, 1, 2), None, "not_yet_published", None),
        (dt.date(2026, 2, 20), 933, None, 933),
    ]


def test_what_was_not_collected_is_neither_a_zero_nor_a_month(build: duckdb.DuckDBPyConnection) -> None:
    rows = build.execute(
        """select distinct value, missing_reason from marts.fct_crossings_monthly
           where measure_id = 'uk_small_boats_uncontrolled_landings' and year(month) between 2018 and 2022"""
    ).fetchall()
    assert rows == [(None, "not_collected")]
    prevented = build.execute(
        """select min(day) filter (where value is not null), max(day) filter (where missing_reason = 'not_collected')
           from marts.fct_crossings_monthly_detail where measure_id = 'uk_small_boat_migrants_prevented'"""
    ).fetchone()
    assert prevented == ("2024-05-05", "2024-04-28")


def test_a_new_week_is_news_and_no_revision(build: duckdb.DuckDBPyConnection) -> None:
    """In thirty releases only prevented crossings were revised, all at once in June 2026, and one day of the page."""
    revised = build.execute(
        """select measure_id, published_at, count(*) from marts.fct_revisions where source_id in (?, ?)
           group by all order by all""",
        [*SOURCES],
    ).fetchall()
    june = dt.date(2026, 6, 5)
    assert revised == [
        ("uk_small_boat_arrivals_page", dt.date(2026, 7, 13), 1),
        ("uk_small_boat_events_prevented", june, 9), ("uk_small_boat_migrants_prevented", june, 7),
    ]  # fmt: skip
    weeks = build.execute(
        """select day, value from marts.fct_crossings_monthly_detail
           where measure_id = 'uk_small_boat_migrants_prevented' and day between '2025-12-07' and '2025-12-28' order by day"""
    ).fetchall()
    assert weeks == [("2025-12-07", 438), ("2025-12-14", 383), ("2025-12-21", 430), ("2025-12-28", 0)]


def test_the_pages_say_exactly_the_days_that_they_print(build: duckdb.DuckDBPyConnection) -> None:
    rows = build.execute(
        """select day, cut, value from marts.fct_crossings_monthly_detail
           where measure_id = 'uk_small_boat_arrivals_page' order by day"""
    ).fetchall()
    assert all(day == cut for day, cut, _ in rows)
    assert Counter(day[:7] for day, _, _ in rows) == {
        "2022-04": 7, "2022-05": 9, "2022-06": 1, "2022-07": 7, "2022-09": 2, "2022-12": 7, "2023-01": 2, "2025-12": 7,
        "2026-01": 10, "2026-02": 1, "2026-03": 12, "2026-04": 4, "2026-07": 8, "2026-08": 7,
    }  # fmt: skip
    found = {day: value for day, _, value in rows}
    assert (found["2022-05-15"], found["2022-05-23"], found["2022-07-11"], found["2026-08-17"]) == (389, 252, 446, 250)
    assert found["2025-12-25"] == 0
    # From a page of another week, from a table in Markdown, and from the newer of two pages.
    assert (found["2022-04-19"], found["2026-04-01"], found["2026-07-10"]) == (263, 325, 255)


def test_the_page_and_the_time_series_are_two_measures_that_are_never_added(
    build: duckdb.DuckDBPyConnection,
) -> None:
    groups = build.execute(
        "select count(distinct comparable_group), count(*) from marts.dim_measure where measure_id like 'uk_%'"
    ).fetchone()
    assert groups == (8, 8)
    assert build.execute(
        "select count(*) from marts.fct_crossings_monthly where measure_id like '%_page'"
    ).fetchone() == (0,)


def test_a_month_leads_back_to_the_cells_of_its_days(real_home: Home) -> None:
    said = CliRunner().invoke(
        main, ["--home", str(real_home.root), "trace", "uk_small_boat_arrivals", "2025-12", "GB", "--json"]
    )
    assert said.exit_code == 0, said.output
    first, last = json.loads(said.output)["releases"]
    assert (len(first["cells"]), len(last["cells"])) == (11, 31)
    assert sum(int(each["printed"]) for each in last["cells"]) == 2_180


def test_roxham_check_accepts_each_real_file(real_home: Home) -> None:
    file = next(Path(RELEASES / "uk_small_boats_page" / "2026-08-22").iterdir())
    said = CliRunner().invoke(
        main, ["--home", str(real_home.root), "check", str(file), "--source", "uk_small_boats_page"]
    )
    assert said.exit_code == 0, said.output
