"""The three real workbooks, replayed: every figure as OHSS and Frontex print it, and no alarm but the known ones.

Figures are read again from the files by openpyxl, a reader of its own.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Iterator

import duckdb
import openpyxl
import pytest

from ingest.archive.manifest import Manifest
from ingest.core.home import Home
from tests.support.real_releases import FIGURES, RELEASES
from tests.support.workbooks import FRONTEX, KHSM, MONTHLY
from warehouse.queries import connect
from warehouse.trace import trace

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.xdist_group("real")]

FISCAL = ("OCT", "NOV", "DEC", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP")
ROUNDED = "us_usbp_encounters_ohss"
SOURCES = (KHSM, MONTHLY, FRONTEX)


@pytest.fixture(scope="module")
def build(real_home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect(real_home)
    yield connection
    connection.close()


def workbook(source: str) -> openpyxl.Workbook:
    [path] = (RELEASES / source).glob("*/*.xlsx")
    return openpyxl.load_workbook(path, read_only=True, data_only=True)


def months(build: duckdb.DuckDBPyConnection, measure: str, place: str) -> dict[dt.date, int]:
    rows = build.execute(
        "select month, value from marts.fct_crossings_monthly where measure_id = ? and geography_id = ?",
        [measure, place],
    ).fetchall()
    return dict(rows)


def fiscal_year(build: duckdb.DuckDBPyConnection, measure: str, place: str, year: int) -> tuple[int, int, int]:
    """The printed total, the sum of its months, and how many of these have a figure."""
    [row] = build.execute(
        """select value, sum_of_months, months_with_value from marts.fct_published_totals
        where measure_id = ? and geography_id = ? and period = ? and period_kind = 'fiscal_year'""",
        [measure, place, year],
    ).fetchall()
    return row


def test_swanton_2022_is_1060_by_months_and_1070_by_the_annual_sheet(build: duckdb.DuckDBPyConnection) -> None:
    """Rounded months do not sum to the rounded year; the exact count is 1,065 and belongs to another source."""
    assert fiscal_year(build, ROUNDED, "usbp-sector-swanton", 2022) == (1070, 1060, 12)
    contradictions = "select count(*) from marts.rpt_discrepancies where source_id in (?, ?, ?)"
    assert build.execute(contradictions, [*SOURCES]).fetchall() == [(0,)]


def test_northern_sectors_lie_within_rounding_of_the_exact_figures(build: duckdb.DuckDBPyConnection) -> None:
    """And a month of fewer than five is not printed: no row is made of it."""
    with (FIGURES / "usbp_northern_sectors_monthly_fy2020_fy2023.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    compared = 0
    for head in (head for head in rows[0] if head.endswith(" Sector")):
        place = "usbp-sector-" + head.removesuffix(" Sector").lower().replace(" ", "-")
        served = months(build, ROUNDED, place)
        for row in rows:
            rounded, exact = served.get(month_of(row)), row[head]
            if rounded is None:
                assert exact == "" or int(exact) < 5, (head, row)
            else:
                assert abs(rounded - int(exact)) <= 5, (head, row)
            compared += 1
    assert compared == 8 * 48


def month_of(row: dict[str, str]) -> dt.date:
    year = int(row["Fiscal Year"])
    position = FISCAL.index(row["Month (abbv)"])
    return dt.date(year - (position < 3), (position + 9) % 12 + 1, 1)


def test_every_monthly_list_of_places_is_served_as_printed(build: duckdb.DuckDBPyConnection) -> None:
    sheets = workbook(KHSM)
    printed: dict[str, int] = {}
    for name in ("Monthly Count", "Monthly Region", "Monthly Sector"):
        rows = sheets[name].iter_rows(values_only=True)
        quantity = list(next(rows)).index("Quantity")
        printed[name] = sum(int(str(row[quantity])) for row in rows)
    served = build.execute(f"""
        select case when geography_id = 'US' then 'Monthly Count' when geography_id like 'usbp-%' then 'Monthly Sector'
            else 'Monthly Region' end, sum(value)
        from marts.fct_crossings_monthly where measure_id = '{ROUNDED}' group by 1""").fetchall()
    assert dict(served) == printed


def test_the_monthly_tables_give_the_printed_years(build: duckdb.DuckDBPyConnection) -> None:
    printed = {
        ("us_cbp_encounters_ohss", "US"): {2021: 1956520, 2022: 2766580, 2023: 3201140, 2024: 2597660},
        ("us_cbp_encounters_ohss", "us-land-border-southwest"): {2021: 1734680, 2022: 2378940, 2023: 2475670},
        ("us_usbp_encounters_ohss_monthly", "US"): {2022: 2214650, 2023: 2063690},
        ("us_usbp_encounters_ohss_monthly", "us-land-border-southwest"): {2022: 2206440, 2023: 2045840},
        ("us_ofo_enforcement_encounters_ohss", "US"): {2022: 221560, 2023: 578010},
        ("us_cbp_one_appointments", "us-land-border-southwest"): {2023: 278430, 2024: 447350},
        ("us_chnv_paroles", "US"): {2023: 233500, 2024: 275020},
        ("us_chnv_travel_authorizations", "US"): {2023: 268890, 2024: 260180},
        ("us_chnv_beneficiaries_confirmed", "US"): {2023: 311610, 2024: 333350},
        ("us_dhs_repatriations", "US"): {2020: 608410, 2023: 1200270},
        ("us_dhs_removals", "US"): {2023: 177900},
    }
    for (measure, place), years in printed.items():
        for year, total in years.items():
            value, by_months, _ = fiscal_year(build, measure, place, year)
            assert value == total, (measure, year)
            assert abs(by_months - total) <= 65, (measure, year)
    assert fiscal_year(build, "us_cbp_encounters_ohss", "US", 2024)[2] == 10  # "2024 YTD": ten months


def test_every_column_of_two_wide_sheets_is_served_as_printed(build: duckdb.DuckDBPyConnection) -> None:
    sheets = workbook(MONTHLY)
    for name, cut in (("Nationwide USBP", "nationwide_usbp"), ("Nationwide OFO", "nationwide_ofo")):
        rows = [row for row in sheets[name].iter_rows(values_only=True) if row[1] and row[1] not in ("Month", "Total")]
        printed = sum(int(str(value)) for row in rows for value in row[3:] if value is not None)
        [(served, cells)] = build.execute(
            "select sum(value), count(value) from marts.fct_crossings_monthly_detail where cut = ?", [cut]
        ).fetchall()
        assert (served, cells) == (printed, 130 * 101)


def test_x_and_na_are_missing_with_a_reason_and_never_zero(build: duckdb.DuckDBPyConnection) -> None:
    told = build.execute(
        """select distinct month < date '2023-01-01', value is null, missing_reason from marts.fct_crossings_monthly
        where measure_id = 'us_cbp_one_appointments'"""
    ).fetchall()
    assert sorted(told) == [(False, False, None), (True, True, "not_applicable")]
    # X reads "Not applicable": Title 42 was not uncounted in 2015, it was not there.
    assert build.execute(
        """select distinct missing_reason from marts.fct_crossings_monthly
        where measure_id = 'us_dhs_title42_expulsions' and month < date '2020-03-01'"""
    ).fetchall() == [("not_applicable",)]
    expulsions = months(build, "us_dhs_title42_expulsions", "US")
    assert [month for month, value in expulsions.items() if value == 0] == []
    assert min(month for month, value in expulsions.items() if value) == dt.date(2020, 3, 1)


def test_frontex_routes_and_the_whole_are_the_sums_of_the_printed_rows(build: duckdb.DuckDBPyConnection) -> None:
    rows = list(workbook(FRONTEX)["Detections_of_IBC"].iter_rows(values_only=True))
    heads, series = rows[0], rows[1:]
    whole = {
        dt.datetime.strptime(str(head), "%b%Y").date(): sum(int(str(row[column])) for row in series)
        for column, head in enumerate(heads[3:], start=3)
    }
    assert months(build, "eu_frontex_detections", "EU") == whole
    assert len(whole) == 196
    assert whole[dt.date(2025, 4, 1)] == 15133
    printed = sum(int(str(value)) for row in series if row[0] == "Western Balkan Route" for value in row[3:])
    assert sum(months(build, "eu_frontex_detections", "frontex-route-western-balkan").values()) == printed


def test_the_three_sources_are_accepted_with_exactly_the_known_warnings(real_home: Home) -> None:
    """Outcomes of February 2019 miss the month's total by 130, and returns to Mexico their year by 150, beside an X.

    Between the two workbooks at hand the agency recompiled all years: test_known_warnings.py.
    """
    with Manifest(real_home.manifest) as manifest:
        results = [each for each in manifest.check_results() if each.source_id in SOURCES and each.stage == "load"]
    told = {(each.source_id, each.check): each.observed or "" for each in results if each.is_told}
    between = (
        "closed_period_revised:cells", "cell_against_last_release:cells", "cell_against_its_past:cells",
        "month_against_its_last_steps:cells",
    )  # fmt: skip
    assert set(told) == {(MONTHLY, each) for each in ("months_sum_to_year", "columns_sum_to_total", *between)}
    assert told[MONTHLY, "months_sum_to_year"].count("its months sum to") == 7
    assert (
        "CBP SWB Book-Outs by Agency!F70 prints 44250, its months sum to 44100" in told[MONTHLY, "months_sum_to_year"]
    )
    assert told[MONTHLY, "columns_sum_to_total"] == (
        "CBP SWB Book-Outs by Agency!C75 prints 76540, its columns sum to 76410; "
        "CBP SWB Book-Outs by Agency!T75 prints 9660, its columns sum to 9520"
    )


def test_the_audit_from_raw_cells_finds_every_zero_printed(real_home: Home) -> None:
    told = json.loads((real_home.current / "validation" / "marts.json").read_text(encoding="utf-8"))
    by_check = {each["check"]: each for each in told["results"]}
    assert told["summary"]["blocks"] is False
    assert by_check[f"every_zero_is_printed:{FRONTEX}"]["observed"] == "139186 zeros served, 139186 printed"
    assert by_check[f"every_zero_is_printed:{KHSM}"]["observed"] == "0 zeros served, 0 printed"
    for source in SOURCES:
        assert by_check[f"figures_lead_back_to_cells:{source}"]["success"]


def test_rounded_and_exact_encounters_are_of_different_groups(build: duckdb.DuckDBPyConnection) -> None:
    groups = build.execute("select comparable_group, count(*) from marts.dim_measure group by 1").fetchall()
    assert all(count == 1 for group, count in groups if "ohss" in group)


@pytest.mark.parametrize(
    ("measure", "month", "place", "locator", "printed"),
    [
        (ROUNDED, dt.date(2024, 11, 1), "US", "Monthly Count!C303", "47540"),
        ("us_cbp_encounters_ohss", dt.date(2013, 10, 1), "us-land-border-southwest",
         "CBP Encounter by Type + Region!D6", "41840"),
        ("eu_frontex_detections", dt.date(2009, 1, 1), "frontex-route-central-mediterranean",
         "Detections_of_IBC!D2", "41"),
    ],
)  # fmt: skip
def test_a_figure_is_traced_to_the_cell_that_a_person_can_open(
    real_home: Home, measure: str, month: dt.date, place: str, locator: str, printed: str
) -> None:
    [release] = trace(real_home, measure, month, place).releases
    assert printed in [each.cell.printed for each in release.cells if each.locator == locator]
