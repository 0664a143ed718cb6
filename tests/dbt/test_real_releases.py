"""The real releases, loaded and built: every figure that the agencies' files carry, and nothing else."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from tests.conftest import FIGURES

pytestmark = [pytest.mark.slow, pytest.mark.real]

Ask = Callable[[str], list[tuple[object, ...]]]
PLACES = {
    "New Brunswick": "CA-NB", "Quebec": "CA-QC", "Ontario": "CA-ON", "Manitoba": "CA-MB", "Saskatchewan": "CA-SK",
    "Alberta": "CA-AB", "British Columbia": "CA-BC", "Newfoundland and Labrador": "CA-NL", "Total - RCMP": "CA",
}  # fmt: skip
FISCAL = ("OCT", "NOV", "DEC", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP")
BY_FISCAL_YEAR = {
    "US": [646822, 1956519, 2766582, 3201144, 2901142, 691906],
    "us-land-border-northern": [32376, 27180, 109535, 189402, 198929, 85746],
    "us-land-border-southwest": [458088, 1734686, 2378944, 2475669, 2135005, 443671],
}
# The day on which each column of the fiscal 2024 triangles was known; columns without a shared file are left out.
VINTAGES = {
    "oct": "2023-11-30", "nov": "2023-12-31", "jan": "2024-02-29", "feb": "2024-03-31", "apr": "2024-05-31",
    "may": "2024-06-30", "final": "2024-10-17",
}  # fmt: skip


def calendar_month(fiscal_year: int, name: str) -> str:
    position = FISCAL.index(name)
    return f"{fiscal_year - 1}-{position + 10}-01" if position < 3 else f"{fiscal_year}-{position - 2:02d}-01"


def figures(name: str) -> list[dict[str, str]]:
    with (FIGURES / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def ask(real_warehouse: Path) -> Iterator[Ask]:
    connection = duckdb.connect(str(real_warehouse), read_only=True)
    yield lambda query: connection.execute(query).fetchall()
    connection.close()


@pytest.mark.parametrize("place", BY_FISCAL_YEAR)
def test_fiscal_years_add_up_to_what_cbp_says(ask, place):
    found = ask(
        "select months.us_fiscal_year, sum(facts.value) from marts.fct_crossings_monthly as facts "
        f"join marts.dim_month as months using (month) where geography_id = '{place}' group by 1 order by 1"
    )
    assert found == list(zip(range(2020, 2026), BY_FISCAL_YEAR[place], strict=True))


def test_the_peak_month_of_the_southwest_is_december_2023(ask):
    query = "select month::text, value from marts.fct_crossings_monthly where geography_id = 'us-land-border-southwest'"
    assert ask(f"{query} order by value desc limit 1") == [("2023-12-01", 301981)]


def test_northern_sectors_are_true_in_every_month(ask):
    facts = dict(
        ask(
            "select (month::text, geography_id), value from marts.fct_crossings_monthly "
            "where geography_id like 'usbp-sector-%'"
        )
    )
    for row in figures("usbp_northern_sectors_monthly_fy2020_fy2023.csv"):
        for name, printed in row.items():
            if name.endswith(" Sector"):
                place = "usbp-sector-" + name.removesuffix(" Sector").lower().replace(" ", "-")
                month = calendar_month(int(row["Fiscal Year"]), row["Month (abbv)"])
                assert facts[month, place] == (int(float(printed)) if printed else None), (month, place)


def test_where_nobody_was_counted_there_is_no_zero(ask):
    query = "select value, missing_reason from marts.fct_crossings_monthly where geography_id = 'usbp-sector-havre'"
    assert ask(f"{query} and month = date '2020-02-01'") == [(None, "not_listed")]


def test_rcmp_interceptions_are_the_printed_ones_and_no_others(ask):
    facts = dict(
        ask(
            "select (month::text, geography_id), value from marts.fct_crossings_monthly "
            "where measure_id = 'ca_rcmp_interceptions'"
        )
    )
    years = {month[:4] for month, _ in facts}
    expected = {
        (f"{row['year']}-{int(row['month']):02d}-01", PLACES[row["province_as_published"]]): int(row["interceptions"])
        for row in figures("rcmp_interceptions_monthly.csv")
        if row["year"] in years
    }
    assert years == {"2017", "2018", "2021", "2022", "2023"}
    assert facts == expected


def test_year_totals_are_kept_as_printed_beside_the_sum_of_their_months(ask):
    found = ask(
        "select period, geography_id, value, sum_of_months from marts.fct_published_totals "
        "where measure_id = 'ca_rcmp_interceptions'"
    )
    years = {str(period) for period, *_ in found}
    expected = {
        (
            int(row["year"]),
            PLACES[row["province_as_published"]],
            int(row["total_as_published"]),
            int(row["sum_of_months"]),
        )
        for row in figures("rcmp_interceptions_annual_as_published.csv")
        if row["year"] in years
    }
    assert set(found) == expected


@pytest.mark.parametrize(
    ("table", "place"),
    [("all", "US"), ("northern", "us-land-border-northern"), ("southwest", "us-land-border-southwest")],
)
def test_the_vintage_triangle_of_fiscal_2024_is_what_was_known_on_each_day(ask, table, place):
    rows = figures(f"cbp_nationwide_by_vintage_fy2024_{table}.csv")
    for column, day in VINTAGES.items():
        known = dict(
            ask(f"select month::text, value from marts.crossings_as_of(date '{day}') where geography_id = '{place}'")
        )
        for row in rows:
            expected = int(float(row[column])) if row[column] else None
            assert known.get(calendar_month(2024, row["Month (abbv)"])) == expected, (column, row["Month (abbv)"])


def test_the_pages_contradict_themselves_in_six_months_and_two_year_totals_and_nowhere_else(ask):
    found = ask(
        "select kind, period_start::text, published_value, computed_value, explanation is not null "
        "from marts.rpt_discrepancies order by kind, period_start"
    )
    assert found == [
        ("months_against_year_total", "2023-01-01", 14663, 14655, True),
        ("parts_against_total", "2018-07-01", 1634, 1635, True),
        ("parts_against_total", "2018-08-01", 1747, 1749, True),
        ("parts_against_total", "2018-10-01", 1394, 1395, True),
        ("parts_against_total", "2023-01-01", 4994, 4998, True),
        ("parts_against_total", "2023-02-01", 4581, 4583, True),
        ("parts_against_total", "2023-03-01", 4173, 4175, True),
        ("parts_against_year_total", "2018-01-01", 19419, 19423, True),
    ]


def test_swanton_december_2023_is_not_in_the_shared_files_and_no_figure_is_invented(ask):
    query = "select max(month)::text from marts.fct_crossings_monthly where geography_id = 'usbp-sector-swanton'"
    assert ask(query) == [("2023-11-01",)]


def test_there_are_as_many_zeros_as_the_files_print(ask):
    """147 in -state and 180 in -aor, all of fiscal 2020; on the pages, every month cell that prints 0."""
    zeros = dict(ask("select cut, count(*) from marts.fct_crossings_monthly_detail where value = 0 group by 1"))
    printed = ask(
        "select count(*) from raw.ircc_rcmp_interceptions__cells where printed = '0' and column_label not like 'Total%'"
    )
    on_pages = ask("select count(*) from marts.fct_crossings_monthly where value = 0 and cut = 'page'")
    assert (zeros["state"], zeros["aor"]) == (147, 180)
    assert on_pages[0][0] + zeros["page"] == printed[0][0]


def test_changes_between_two_vintages_are_those_found_by_hand(ask):
    """October to November 2023 without Month Grouping in the key: -aor 83 changed and 3 vanished, -state 74 and 2."""
    found = ask(
        "select cut, change_kind, count(*) from marts.fct_revisions where published_at = date '2023-12-31' "
        "group by 1, 2 order by 1, 2"
    )
    assert found == [("aor", "revised", 83), ("aor", "vanished", 3), ("state", "revised", 74), ("state", "vanished", 2)]


def test_closed_fiscal_years_stood_still(ask):
    assert ask("select count(*) from marts.fct_revisions where was_final") == [(0,)]


def test_each_release_is_rebuilt_from_the_log_by_another_way(ask):
    """Straight from raw text, one release at a time, without coverage or cell keys of the project."""
    for release_id, known_on in ask(
        "select release_id, published_at::text from marts.dim_release "
        "where source_id like 'cbp%' order by release_order"
    ):
        differing = ask(f"""
            with printed as (
                select fy.value::int - (mon.value::int >= 10)::int as year, mon.value::int as month, st.value as place,
                    reg.value as region, dem.value as demographic, cit.value as citizenship, auth.value as authority,
                    encounter_count::bigint as value
                from raw.cbp_nationwide_encounters__state
                join raw.lookups fy on fy.lookup = 'fiscal_year' and fy.label = fiscal_year
                join raw.lookups mon on mon.lookup = 'month' and mon.label = month_abbv and mon.source_id like 'cbp%'
                join raw.lookups st on st.lookup = 'state' and st.label = state
                join raw.lookups reg on reg.lookup = 'region' and reg.label = land_border_region
                join raw.lookups dem on dem.lookup = 'demographic' and dem.label = demographic
                join raw.lookups cit on cit.lookup = 'citizenship' and cit.label = citizenship
                join raw.lookups auth on auth.lookup = 'authority' and auth.label = title_of_authority
                where _release_id = '{release_id}'
            ), logged as (
                select year(month)::int as year, month(month)::int as month, geography_id as place, region, demographic,
                    citizenship, authority, value
                from marts.fct_crossings_monthly_detail_vintages
                where cut = 'state' and value is not null and valid_from <= date '{known_on}'
                    and (valid_to is null or valid_to > date '{known_on}')
                    and month between (select min(make_date(year, month, 1)) from printed)
                        and (select max(make_date(year, month, 1)) from printed)
            )
            select count(*) from ((from printed except all from logged) union all (from logged except all from printed))
        """)
        assert differing == [(0,)], release_id
