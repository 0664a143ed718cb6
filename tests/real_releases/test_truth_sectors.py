"""Border Patrol sectors, apprehensions and press quotations over the real files: every figure, in a build."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator

import duckdb
import pytest

from ingest.archive.manifest import Manifest
from ingest.core.home import Home
from ingest.releases.parsers import usbp_sector_monthly as parser
from tests.support.real_releases import FIGURES, RELEASES
from warehouse import trace
from warehouse.queries import connect

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.xdist_group("real")]

MEASURE = "us_usbp_encounters_fy2000_2020"
NORTHERN = ("Blaine", "Buffalo", "Detroit", "Grand Forks", "Havre", "Houlton", "Spokane", "Swanton")
SOURCES = ("usbp_sector_monthly", "usbp_apprehensions_page", "rcmp_press_vintages", "cbp_nationwide_encounters")


@pytest.fixture(scope="module")
def build(real_home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect(real_home)
    yield connection
    connection.close()


def one(build: duckdb.DuckDBPyConnection, sql: str, *parameters: object) -> tuple[object, ...]:
    [row] = build.execute(sql, list(parameters)).fetchall()
    return row


def test_every_printed_cell_of_every_page_is_served_once(build: duckdb.DuckDBPyConnection) -> None:
    [file] = (RELEASES / "usbp_sector_monthly" / "2021-08-09").iterdir()
    [table] = parser.parse(file, file.name)
    rows = list(table)  # type: ignore[call-overload]
    months = [row for row in rows if row[4] != "Yearly Total"]
    served = one(
        build,
        "select count(*), count(value), sum(value) from marts.fct_crossings_monthly "
        "where measure_id = ? and missing_reason is distinct from 'not_listed'",
        MEASURE,
    )
    figures = [int(row[5].replace(",", "")) for row in months if row[5] != "N/A"]
    assert served == (len(months), len(figures), sum(figures))
    assert len(rows) == 6799


def test_all_totals_of_all_pages_add_up_in_both_directions(build: duckdb.DuckDBPyConnection) -> None:
    assert one(
        build,
        """select count(*), count(*) filter (difference = 0), count(*) filter (missing_reason = 'not_collected')
           from marts.fct_published_totals where measure_id = ?""",
        MEASURE,
    ) == (523, 510, 13)
    assert one(
        build,
        """select count(*), count(*) filter (value = computed_value) from marts.fct_crossings_monthly
           where measure_id = ? and geography_id not like 'usbp-sector-%'""",
        MEASURE,
    ) == (4 * 252, 4 * 252)
    assert one(build, "select count(*) from marts.rpt_discrepancies where measure_id = ?", MEASURE) == (0,)


def test_swanton_by_month_sums_to_the_totals_of_all_21_pages(build: duckdb.DuckDBPyConnection) -> None:
    rows = build.execute(
        """select period, value, sum_of_months, months_with_value from marts.fct_published_totals
           where measure_id = ? and geography_id = 'usbp-sector-swanton' order by period""",
        [MEASURE],
    ).fetchall()
    assert [row[0] for row in rows] == list(range(2000, 2021))
    assert all(value == months and count == 12 for _, value, months, count in rows)
    assert dict(row[:2] for row in rows)[2000] == 1957
    assert dict(row[:2] for row in rows)[2020] == 574


def test_the_country_by_fiscal_year_is_what_the_pages_print(build: duckdb.DuckDBPyConnection) -> None:
    rows = build.execute(
        """select period, value from marts.fct_published_totals
           where measure_id = ? and geography_id = 'US' order by period""",
        [MEASURE],
    ).fetchall()
    assert dict(rows) | {2000: 1_676_438, 2009: 556_041, 2019: 859_501, 2020: 405_036} == dict(rows)


def test_livermore_is_not_collected_after_it_was_closed_and_never_zero(build: duckdb.DuckDBPyConnection) -> None:
    rows = build.execute(
        """select us_fiscal_year >= 2006, missing_reason, count(*) from marts.fct_crossings_monthly
           inner join marts.dim_month using (month)
           where measure_id = ? and geography_id = 'usbp-sector-livermore' group by all order by 1, 3 desc""",
        [MEASURE],
    ).fetchall()
    # The pages of fiscal 2019 and 2020 have no row of it any more.
    assert rows == [(False, None, 72), (True, "not_collected", 13 * 12), (True, "not_listed", 2 * 12)]


def test_swanton_is_a_whole_series_from_october_1999_on(build: duckdb.DuckDBPyConnection) -> None:
    rows = build.execute(
        """select month, value, measure_id, is_break, missing_reason from marts.rpt_sector_series
           where geography_id = 'usbp-sector-swanton' order by month"""
    ).fetchall()
    assert (rows[0][0], rows[-1][0], len(rows)) == (dt.date(1999, 10, 1), dt.date(2025, 9, 1), 26 * 12)
    # The archive holds no area of responsibility after November 2023, and every month since says so.
    assert {month for month, value, _, _, reason in rows if value is None and reason == "not_held"} == {
        month for month, _, _, _, _ in rows if month > dt.date(2023, 11, 1)
    }
    rows = [row[:4] for row in rows if row[1] is not None]
    assert (rows[-1][0], len(rows)) == (dt.date(2023, 11, 1), 24 * 12 + 2)
    assert {month for month, _, _, is_break in rows if is_break} == {dt.date(2019, 10, 1), dt.date(2020, 3, 1)}
    assert {measure for month, _, measure, _ in rows if month < dt.date(2019, 10, 1)} == {MEASURE}
    assert {measure for month, _, measure, _ in rows if month >= dt.date(2019, 10, 1)} == {"us_cbp_encounters"}
    fiscal_2023 = [value for month, value, _, _ in rows if dt.date(2022, 10, 1) <= month <= dt.date(2023, 9, 1)]
    assert (len(fiscal_2023), sum(fiscal_2023)) == (12, 6925)


def test_in_fiscal_2020_both_sources_stand_beside_each_other_and_agree(build: duckdb.DuckDBPyConnection) -> None:
    overlap = build.execute(
        """select count(*), count(*) filter (agrees), min(month), max(month), count(distinct geography_id),
               sum(abs(difference)) from marts.rpt_sector_series where is_overlap"""
    ).fetchall()
    assert overlap == [(20 * 12, 20 * 12, dt.date(2019, 10, 1), dt.date(2020, 9, 1), 20, 0)]


def test_northern_sectors_of_fiscal_2020_are_those_of_the_figures(build: duckdb.DuckDBPyConnection) -> None:
    with (FIGURES / "usbp_northern_sectors_monthly_fy2020_fy2023.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["Fiscal Year"] == "2020"]
    expected = sum(int(row[f"{sector} Sector"]) for row in rows for sector in NORTHERN if row[f"{sector} Sector"])
    assert expected == 2155
    assert one(
        build,
        """select sum(value) from marts.fct_crossings_monthly inner join marts.dim_month using (month)
           where measure_id = ? and geography_id = 'us-land-border-northern' and us_fiscal_year = 2020""",
        MEASURE,
    ) == (expected,)


def test_a_sector_s_figure_leads_back_to_its_page_row_and_column(real_home: Home) -> None:
    traced = trace.trace(real_home, MEASURE, dt.date(1999, 10, 1), "usbp-sector-swanton")
    [cell] = traced.releases[0].cells
    assert (cell.locator, cell.cell.printed) == ('page 1 · row "Swanton" · column "October"', "153")


def test_the_page_of_fiscal_2026_gives_totals_and_their_two_parts(build: duckdb.DuckDBPyConnection) -> None:
    rows = build.execute(
        """select geography_id, value, computed_value from marts.fct_crossings_monthly
           where measure_id = 'us_usbp_apprehensions' and month = '2026-08-01' order by 1"""
    ).fetchall()
    assert rows == [
        ("US", 10_939, 10_939), ("us-land-border-northern", 563, 563), ("us-land-border-southwest", 8_870, 8_870),
    ]  # fmt: skip
    assert one(
        build,
        """select sum(value) filter (encounter_type = 'at_large'), sum(value) filter (encounter_type = 'at_entry')
           from marts.fct_crossings_monthly_detail
           where measure_id = 'us_usbp_apprehensions' and geography_id = 'US' and month = '2025-10-01'""",
    ) == (3_280, 6_667)
    assert one(
        build,
        """select value, missing_reason from marts.fct_crossings_monthly
           where measure_id = 'us_usbp_apprehensions' and geography_id = 'US' and month = '2026-09-01'""",
    ) == (None, "not_yet_published")


def test_the_loads_of_the_real_files_warn_of_one_page_only(real_home: Home) -> None:
    """That of fiscal 2024: August prints 60,684 for 60,694, and a sentence names the wrong fiscal year."""
    with Manifest(real_home.manifest) as manifest:
        results = [each for each in manifest.check_results() if each.source_id in SOURCES]
    assert {each.source_id for each in results} == set(SOURCES)
    # What did not come and what is hard to believe of CBP's files stands in test_known_warnings.py.
    told = [each for each in results if each.is_told and each.about not in ("completeness", "plausibility")]
    assert {((each.release_id or "").split("~")[0], each.check) for each in told} == {
        ("usbp_apprehensions_page@2025-11-04", "rows_sum_to_total"),
        ("usbp_apprehensions_page@2025-11-04", "fiscal_year_sentence_fits_the_months"),
    }  # fmt: skip


@pytest.mark.parametrize(("day", "value"), [("2017-03-20", None), ("2017-04-01", 207), ("2017-04-19", 46)])
def test_january_2017_in_british_columbia_was_207_and_later_46(
    build: duckdb.DuckDBPyConnection, day: str, value: int | None
) -> None:
    rows = build.execute(
        """select value from marts.press_as_of(cast(? as date))
           where geography_id = 'CA-BC' and period_start = '2017-01-01' and period_end = '2017-01-31'""",
        [day],
    ).fetchall()
    assert rows == ([] if value is None else [(value,)])


def test_what_was_known_in_march_2023_is_the_year_2022_of_quebec(build: duckdb.DuckDBPyConnection) -> None:
    assert one(
        build,
        """select value, quoted_on from marts.press_as_of(date '2023-03-15')
           where geography_id = 'CA-QC' and period_start = '2022-01-01' and period_end = '2022-12-31'""",
    ) == (39_171, dt.date(2023, 1, 23))


def test_every_dated_quotation_of_the_figures_is_kept_and_undated_ones_are_never_used(
    build: duckdb.DuckDBPyConnection,
) -> None:
    with (FIGURES / "rcmp_interceptions_other_vintages.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    dated = sorted(
        (row["published_date"], int(row["interceptions"])) for row in rows if len(row["published_date"]) == 10
    )
    found = build.execute(
        "select cast(quoted_on as text), value from marts.fct_press_quotations where basis = 'quoted' order by all"
    ).fetchall()
    assert len(found) == len(rows)
    assert sorted(each for each in found if each[0]) == dated
    assert one(build, "select count(*) from marts.press_as_of(date '9999-12-31') where quoted_on is null") == (0,)


def test_of_two_reports_of_one_day_the_one_that_nobody_doubts_is_known(build: duckdb.DuckDBPyConnection) -> None:
    """On 2017-07-21 one paper gave 749 for May, another 742, as every later table does."""
    assert one(
        build,
        """select value, doubt from marts.press_as_of(date '2017-07-21')
           where geography_id = 'CA' and period_start = '2017-05-01' and period_end = '2017-05-31'""",
    ) == (742, None)


def test_a_secondary_source_is_marked_and_in_no_fact(build: duckdb.DuckDBPyConnection) -> None:
    assert build.execute("select source_id from marts.dim_source where is_secondary").fetchall() == [
        ("rcmp_press_vintages",)
    ]
    assert one(build, "select count(*) from marts.fct_press_quotations where not is_secondary") == (0,)
    for mart in ("fct_crossings_monthly", "fct_crossings_monthly_vintages", "fct_published_totals", "fct_revisions"):
        assert one(build, f"select count(*) from marts.{mart} where source_id = 'rcmp_press_vintages'") == (0,)
