"""The real releases, replayed, give every figure that was published, and nothing else.

Figures come from ``domain.md`` and from ``../shared/figures``; the files they are read from are the agencies' own.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from ingest.core.home import Home
from tests.support.real_releases import FIGURES, FOLDERS, listed
from warehouse.queries import connect

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.xdist_group("real")]

PLACES = {
    "Newfoundland and Labrador": "CA-NL", "New Brunswick": "CA-NB", "Quebec": "CA-QC", "Ontario": "CA-ON",
    "Manitoba": "CA-MB", "Saskatchewan": "CA-SK", "Alberta": "CA-AB", "British Columbia": "CA-BC", "Total - RCMP": "CA",
}  # fmt: skip
PAGES_HELD = {2017, 2018, 2021, 2022, 2023}
FISCAL_MONTHS = ("OCT", "NOV", "DEC", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP")
SECTORS = ("Blaine", "Buffalo", "Detroit", "Grand Forks", "Havre", "Houlton", "Spokane", "Swanton")


@pytest.fixture(scope="module")
def build(real_home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect(real_home)
    yield connection
    connection.close()


def read(name: str) -> list[dict[str, str]]:
    with (FIGURES / name).open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def calendar_month(fiscal_year: int, name: str) -> dt.date:
    month = FISCAL_MONTHS.index(name)
    return dt.date(fiscal_year - (month < 3), (month + 9) % 12 + 1, 1)


def facts(build: duckdb.DuckDBPyConnection, measure: str, relation: str = "marts.fct_crossings_monthly") -> dict:
    rows = build.execute(
        f"select geography_id, month, value, missing_reason from {relation} where measure_id = ?", [measure]
    ).fetchall()
    found = {(place, month): (value, reason) for place, month, value, reason in rows}
    assert len(found) == len(rows), "the key is not unique"
    return found


def test_rcmp_months_are_those_of_the_pages_and_there_are_no_others(build: duckdb.DuckDBPyConnection) -> None:
    expected = {
        (PLACES[row["province_as_published"]], dt.date(int(row["year"]), int(row["month"]), 1)):
            (int(row["interceptions"]), None)
        for row in read("rcmp_interceptions_monthly.csv") if int(row["year"]) in PAGES_HELD
    }  # fmt: skip
    assert len(expected) == 5 * 8 * 12
    assert facts(build, "ca_rcmp_interceptions") == expected


def test_rcmp_year_totals_are_kept_as_printed_beside_the_sum_of_their_months(build: duckdb.DuckDBPyConnection) -> None:
    expected = {
        (int(row["year"]), PLACES[row["province_as_published"]]):
            (int(row["total_as_published"]), int(row["sum_of_months"]))
        for row in read("rcmp_interceptions_annual_as_published.csv") if int(row["year"]) in PAGES_HELD
    }  # fmt: skip
    rows = build.execute(
        """select period, geography_id, value, sum_of_months from marts.fct_published_totals
           where measure_id = 'ca_rcmp_interceptions'"""
    ).fetchall()
    assert {(int(period), place): (value, computed) for period, place, value, computed in rows} == expected
    assert expected[2022, "CA"][0] - expected[2022, "CA-QC"][0] == 369
    assert expected[2023, "CA"] == (14663, 14655)


def test_the_published_total_is_the_value_and_the_sum_of_provinces_stands_beside(
    build: duckdb.DuckDBPyConnection,
) -> None:
    assert build.execute(
        """select value, value_basis, computed_value, is_final, release_id, published_at
           from marts.fct_crossings_monthly
           where measure_id = 'ca_rcmp_interceptions' and geography_id = 'CA' and month = '2023-01-01'"""
    ).fetchall() == [
        (4994, "published", 4998, False, "ircc_rcmp_interceptions@2024-04-22~3f35b4dd", dt.date(2024, 4, 22))
    ]


def test_the_months_in_which_the_page_contradicts_itself_are_shown(build: duckdb.DuckDBPyConnection) -> None:
    rows = build.execute(
        """select left(cast(period_start as text), case period_kind when 'month' then 7 else 4 end) as period,
               published_value, computed_value
           from marts.rpt_discrepancies where measure_id = 'ca_rcmp_interceptions' order by period"""
    ).fetchall()
    assert rows == [
        ("2018", 19419, 19423),
        ("2018-07", 1634, 1635),
        ("2018-08", 1747, 1749),
        ("2018-10", 1394, 1395),
        ("2023", 14663, 14655),
        ("2023-01", 4994, 4998),
        ("2023-02", 4581, 4583),
        ("2023-03", 4173, 4175),
    ]


@pytest.mark.parametrize(
    ("place", "years"),
    [
        ("US", (646_822, 1_956_519, 2_766_582, 3_201_144, 2_901_142, 691_906)),
        ("us-land-border-northern", (32_376, 27_180, 109_535, 189_402, 198_929, 85_746)),
        ("us-land-border-southwest", (458_088, 1_734_686, 2_378_944, 2_475_669, 2_135_005, 443_671)),
    ],
)
def test_cbp_fiscal_years_are_those_published(
    build: duckdb.DuckDBPyConnection, place: str, years: tuple[int, ...]
) -> None:
    """Stacking vintages without a vintage key gives 6,123,971 for fiscal 2023 (seen in public)."""
    rows = build.execute(
        """select us_fiscal_year, sum(value) from marts.fct_crossings_monthly join marts.dim_month using (month)
           where measure_id = 'us_cbp_encounters' and geography_id = ? group by 1 order by 1""",
        [place],
    ).fetchall()
    assert rows == list(zip(range(2020, 2026), years, strict=True))


def test_northern_sectors_by_month_are_those_published(build: duckdb.DuckDBPyConnection) -> None:
    found = facts(build, "us_cbp_encounters")
    for row in read("usbp_northern_sectors_monthly_fy2020_fy2023.csv"):
        month = calendar_month(int(row["Fiscal Year"]), row["Month (abbv)"])
        for sector in SECTORS:
            printed = row[f"{sector} Sector"]
            expected = (int(printed), None) if printed else (None, "not_listed")
            assert found["usbp-sector-" + sector.lower().replace(" ", "-"), month] == expected
        assert int(row["Northern total"]) == sum(
            found["usbp-sector-" + sector.lower().replace(" ", "-"), month][0] or 0 for sector in SECTORS
        )


def test_swanton_fiscal_2023_is_6925(build: duckdb.DuckDBPyConnection) -> None:
    rows = build.execute(
        """select value from marts.fct_crossings_monthly join marts.dim_month using (month)
           where measure_id = 'us_cbp_encounters' and geography_id = 'usbp-sector-swanton' and us_fiscal_year = 2023
           order by month"""
    ).fetchall()
    assert [value for (value,) in rows] == [334, 397, 416, 367, 418, 756, 676, 459, 633, 801, 712, 956]


@pytest.mark.parametrize(
    ("figures", "place"),
    [("all", "US"), ("northern", "us-land-border-northern"), ("southwest", "us-land-border-southwest")],
)
@pytest.mark.parametrize(
    ("column", "day"),
    [
        ("oct", "2023-11-30"), ("nov", "2023-12-31"), ("jan", "2024-02-29"), ("feb", "2024-03-31"),
        ("apr", "2024-05-31"), ("may", "2024-06-30"), ("final", "2024-10-17"),
    ],
)  # fmt: skip
def test_the_vintage_triangle_of_fiscal_2024_is_what_was_known_on_each_day(
    build: duckdb.DuckDBPyConnection, figures: str, place: str, column: str, day: str
) -> None:
    """October 2023 was 309,221 in November and 309,024 in the end; the answer depends on the day of the question."""
    rows = build.execute(
        """select month, value from marts.crossings_as_of(cast(? as date))
           where measure_id = 'us_cbp_encounters' and geography_id = ?
               and month between '2023-10-01' and '2024-05-01'""",
        [day, place],
    ).fetchall()
    expected = {
        calendar_month(2024, row["Month (abbv)"]): int(float(row[column]))
        for row in read(f"cbp_nationwide_by_vintage_fy2024_{figures}.csv")
        if row[column]
    }
    assert dict(rows) == expected


def test_as_many_zeros_are_served_as_the_files_print(build: duckdb.DuckDBPyConnection) -> None:
    """A zero that nobody printed is the worst defect: 147 in -state, 180 in -aor, all of fiscal 2020."""
    rows = build.execute(
        """select geography_id like 'US-%', count(*) from marts.fct_crossings_monthly_detail
           where measure_id = 'us_cbp_encounters' and value = 0 group by 1 order by 1"""
    ).fetchall()
    assert rows == [(False, 180), (True, 147)]
    printed = build.execute(
        "select count(*) from raw.ircc_rcmp_interceptions__cells where printed = '0' and column_label <> 'Total'"
    ).fetchone()
    served = build.execute(
        """select count(*) from (
               select source_id, value from marts.fct_crossings_monthly
               union all select source_id, value from marts.fct_crossings_monthly_detail)
           where source_id = 'ircc_rcmp_interceptions' and value = 0"""
    ).fetchone()
    assert printed == served


def test_every_served_cbp_month_lies_in_the_window_of_a_file(build: duckdb.DuckDBPyConnection) -> None:
    assert build.execute(
        """select min(month), max(month) filter (geography_id = 'US'), max(month) filter (geography_id like 'usbp%')
           from marts.fct_crossings_monthly
           where measure_id = 'us_cbp_encounters' and missing_reason is distinct from 'not_held'"""
    ).fetchone() == (dt.date(2019, 10, 1), dt.date(2025, 9, 1), dt.date(2023, 11, 1))


def test_between_october_and_november_83_cells_changed_and_3_vanished(build: duckdb.DuckDBPyConnection) -> None:
    """In -aor; 74 and 2 in -state. With Month Grouping in the key it would be 3,429 vanished and 3,426 new."""
    rows = build.execute(
        """select cut, change_kind, count(*) from marts.fct_revisions
           where release_id like 'cbp_nationwide%@2023-12~%' and grain = 'detail' and change_kind in ('revised', 'vanished')
           group by all order by all"""
    ).fetchall()
    assert rows == [
        ("aor", "revised", 83), ("aor", "vanished", 3), ("state", "revised", 74), ("state", "vanished", 2),
    ]  # fmt: skip


def test_closed_fiscal_years_stood_still(build: duckdb.DuckDBPyConnection) -> None:
    assert build.execute(
        "select count(*) from marts.fct_revisions where was_final and release_id like 'cbp_nationwide%'"
    ).fetchone() == (0,)


def test_the_peak_month_of_the_southwest_is_december_2023(build: duckdb.DuckDBPyConnection) -> None:
    assert build.execute(
        """select month, value from marts.fct_crossings_monthly
           where measure_id = 'us_cbp_encounters' and geography_id = 'us-land-border-southwest'
           order by value desc limit 1"""
    ).fetchone() == (dt.date(2023, 12, 1), 301_981)


def test_where_nobody_was_counted_there_is_no_zero(build: duckdb.DuckDBPyConnection) -> None:
    assert build.execute(
        """select value, missing_reason from marts.fct_crossings_monthly where measure_id = 'us_cbp_encounters'
           and geography_id = 'usbp-sector-havre' and month = '2020-02-01'"""
    ).fetchall() == [(None, "not_listed")]


def test_each_release_is_rebuilt_from_the_log_by_another_way(build: duckdb.DuckDBPyConnection) -> None:
    """Straight from raw text, one release at a time, without coverage or cell keys of the project."""
    releases = build.execute(
        "select release_id, published_at::text from marts.dim_release where source_id = 'cbp_nationwide_encounters'"
    ).fetchall()
    assert releases
    for release_id, known_on in releases:
        differing = build.execute(f"""
            with labels as (
                select * from raw.lookups where source_id = 'cbp_nationwide_encounters'
            ), printed as (
                select fy.value::int - (mon.value::int >= 10)::int as year, mon.value::int as month, st.value as place,
                    reg.value as region, dem.value as demographic, cit.value as citizenship, auth.value as authority,
                    encounter_count::bigint as value
                from raw.cbp_nationwide_encounters__state
                join labels as fy on fy.lookup = 'fiscal_year' and fy.label = fiscal_year
                join labels as mon on mon.lookup = 'month' and mon.label = month_abbv
                join labels as st on st.lookup = 'state' and st.label = state
                join labels as reg on reg.lookup = 'region' and reg.label = land_border_region
                join labels as dem on dem.lookup = 'demographic' and dem.label = demographic
                join labels as cit on cit.lookup = 'citizenship' and cit.label = citizenship
                join labels as auth on auth.lookup = 'authority' and auth.label = title_of_authority
                where _release_id = '{release_id}'
            ), logged as (
                select year(month)::int as year, month(month)::int as month, geography_id as place, region, demographic,
                    citizenship, authority, value
                from marts.fct_crossings_monthly_detail_vintages
                where measure_id = 'us_cbp_encounters' and cut = 'state' and value is not null
                    and valid_from <= date '{known_on}' and (valid_to is null or valid_to > date '{known_on}')
                    and month between (select min(make_date(year, month, 1)) from printed)
                        and (select max(make_date(year, month, 1)) from printed)
            )
            select count(*) from ((from printed except all from logged) union all (from logged except all from printed))
        """).fetchone()
        assert differing == (0,), release_id


def test_the_press_numbers_of_march_2023_come_out(build: duckdb.DuckDBPyConnection) -> None:
    """39,000 into Quebec, "just 369" elsewhere, "nearly 5,000" in January."""
    quebec, elsewhere = build.execute(
        """select sum(value) filter (geography_id = 'CA-QC'),
               sum(value) filter (geography_id = 'CA') - sum(value) filter (geography_id = 'CA-QC')
           from marts.fct_crossings_monthly
           where measure_id = 'ca_rcmp_interceptions' and year(month) = 2022"""
    ).fetchone() or (None, None)
    assert (quebec, elsewhere) == (39_171, 369)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_real_files_are_those_of_the_list(folder: Path) -> None:
    """Each file by its bytes, none beside the list: truth tests over an altered folder would say nothing."""
    held = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.glob("*/*/*"))
        if path.is_file()
    }
    assert held
    assert held == {line["file"]: line["sha256"] for line in listed(folder)}
