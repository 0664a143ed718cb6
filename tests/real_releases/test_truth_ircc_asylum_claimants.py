"""The real workbooks of asylum claimants, replayed, give the printed figures, and exactly the listed revisions.

Figures: ``../shared/figures/ircc_claimants_revisions_2024-02_to_2025-07.csv`` (519 revised cells; with the 33 totals of
the running year 2024, which only grew, they are the 552 of 4,440 cells that ``domain.md`` counts).
"""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Iterator

import duckdb
import pytest
from click.testing import CliRunner

from ingest.archive.manifest import Manifest
from ingest.core.home import Home
from pipeline.cli import main
from tests.support.real_releases import FIGURES
from warehouse import dbt
from warehouse.queries import connect

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.xdist_group("real")]

SOURCE = "ircc_asylum_claimants"
MEASURE = "ca_ircc_asylum_claimants_odp"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
PLACES = {
    "ALL": "CA", "Newfoundland and Labrador": "CA-NL", "Prince Edward Island": "CA-PE", "New Brunswick": "CA-NB",
    "Quebec": "CA-QC", "Ontario": "CA-ON", "Manitoba": "CA-MB", "Saskatchewan": "CA-SK", "Alberta": "CA-AB",
    "British Columbia": "CA-BC",
}  # fmt: skip
OFFICES = {
    "Airport": "airport",
    "Border": "border",
    "Inland": "inland",
    "Other Offices": "other_offices",
    "Total": None,
}


@pytest.fixture(scope="module")
def build(real_home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect(real_home)
    yield connection
    connection.close()


def listed_changes() -> dict[tuple[str, str | None, str, str], tuple[str, str]]:
    """The published list: place, office, year and column head, to what each vintage prints."""
    with (FIGURES / "ircc_claimants_revisions_2024-02_to_2025-07.csv").open(encoding="utf-8", newline="") as stream:
        return {
            (PLACES[row["province"]], OFFICES[row["office_type"]], row["year"], row["month"]):
                (row["as_of_2024_02_29"], row["as_of_2025_07_31"])
            for row in csv.DictReader(stream)
        }  # fmt: skip


def said(value: int | None, reason: str | None) -> str:
    """A served figure as the workbook prints it."""
    return f"{value:,}" if value is not None else {"suppressed": "--"}.get(reason or "", f"no figure: {reason}")


def test_both_releases_are_accepted_and_the_revision_of_closed_years_is_a_warning(real_home: Home) -> None:
    with Manifest(real_home.manifest) as manifest:
        releases = manifest.releases(SOURCE)
        results = manifest.check_results()
    assert [(each.published.text, each.state, len(each.files)) for each in releases] == [
        ("2024-04-02", "accepted", 8), ("2025-10-18", "accepted", 1),
    ]  # fmt: skip
    assert {(each.check, each.severity) for each in results if each.source_id == SOURCE and each.is_told} == {
        ("closed_period_revised:cells", "warning"), ("cell_against_last_release:cells", "warning"),
    }  # fmt: skip


def test_the_revised_months_are_exactly_those_listed_with_both_figures(build: duckdb.DuckDBPyConnection) -> None:
    rows = build.execute(
        """select geography_id, office, month, from_value, from_missing_reason, to_value, to_missing_reason
           from marts.fct_revisions where measure_id = ? and from_missing_reason is distinct from 'not_yet_published'
               and (from_value is not null or from_missing_reason is not null)""",
        [MEASURE],
    ).fetchall()
    found = {
        (place, office, str(month.year), MONTHS[month.month - 1]): (said(*pair[:2]), said(*pair[2:]))
        for place, office, month, *pair in rows
    }
    assert len(found) == len(rows)
    # The renamed row is the same cell: one month of it changed, which the list, made by label, cannot hold.
    assert found.pop(("ca-not-stated", "inland", "2023", "Aug")) == ("--", "0")
    assert found == {key: pair for key, pair in listed_changes().items() if not key[3].endswith("Total")}
    assert len(found) == 438


def test_552_of_4440_printed_cells_differ_between_the_two_workbooks(build: duckdb.DuckDBPyConnection) -> None:
    """Totals of years included: 519 are listed, 33 are totals of 2024 that grew as the year went on."""
    rows = build.execute(
        f"""
        with cells as (
            select releases.release_order as vintage, place.value as place, nullif(office.value, 'all') as office, year,
                column_label, printed
            from raw.{SOURCE}__cells as cells join raw.releases as releases on release_id = _release_id
            join raw.lookups as place
                on place.source_id = '{SOURCE}' and place.lookup = 'place' and place.label = province
            join raw.lookups as office
                on office.source_id = '{SOURCE}' and office.lookup = 'office' and office.label = cells.office
            where workbook = 'office_province' and place.value <> 'ca-not-stated')
        select place, older.office, year, column_label, older.printed, newer.printed
        from cells as older join cells as newer using (place, year, column_label)
        where older.vintage = 1 and newer.vintage = 2 and older.office is not distinct from newer.office"""
    ).fetchall()
    assert len(rows) == 4440
    changed = {row[:4]: row[4:] for row in rows if row[4] != row[5]}
    assert len(changed) == 552
    running = {key: pair for key, pair in changed.items() if key[3] == "2024 Total"}
    assert len(running) == 33
    assert {key: pair for key, pair in changed.items() if key not in running} == listed_changes()


def test_a_row_that_was_added_appeared_and_none_was_withdrawn(build: duckdb.DuckDBPyConnection) -> None:
    """Newfoundland and Labrador at the border is new in 2025, back to 2015; the renamed row is no loss."""
    assert build.execute(
        """select geography_id, office, count(*), min(month), max(month) from marts.fct_revisions
           where measure_id = ? and from_value is null and from_missing_reason is null group by all""",
        [MEASURE],
    ).fetchall() == [("CA-NL", "border", 110, dt.date(2015, 1, 1), dt.date(2024, 2, 1))]
    assert build.execute(
        "select count(*) from marts.fct_crossings_monthly_detail where measure_id = ? and missing_reason = 'not_listed'",
        [MEASURE],
    ).fetchone() == (0,)


def test_one_cut_gives_each_total_and_the_others_are_detail(build: duckdb.DuckDBPyConnection) -> None:
    rows = build.execute(
        """select geography_id = 'CA', missing_reason is not distinct from 'not_held', cut, count(distinct geography_id),
               min(month), max(month), count(*)
           from marts.fct_crossings_monthly where measure_id = ? group by all order by 1, 2""",
        [MEASURE],
    ).fetchall()
    january = dt.date(2015, 1, 1)
    assert rows == [
        (False, False, "province_gender", 14, january, dt.date(2024, 2, 1), 14 * 110),
        # Of the workbooks of July 2025 the archive holds the one by office; its provinces have no totals.
        (False, True, "province_gender", 14, dt.date(2024, 3, 1), dt.date(2025, 7, 1), 14 * 17),
        (True, False, "office_province", 1, january, dt.date(2025, 7, 1), 127),
    ]
    assert build.execute(
        "select count(distinct cut) from marts.fct_crossings_monthly_detail where measure_id = ?", [MEASURE]
    ).fetchone() == (7,)


@pytest.mark.parametrize(
    ("period", "kind", "place", "office", "value"),
    [
        ("2015-01-01", "year", "CA", None, 16040), ("2022-01-01", "year", "CA", None, 91645),
        ("2024-01-01", "year", "CA", None, 171835), ("2024-01-01", "year", "CA", "airport", 42590),
        ("2025-01-01", "year", "CA", None, 69810), ("2025-01-01", "year", "CA-QC", "airport", 3630),
        ("2015-01-01", "quarter", "CA", None, 3440), ("2024-01-01", "quarter", "CA", None, 31255),
        ("2024-01-01", "year", "CA-NL", None, 10),
    ],
)  # fmt: skip
def test_totals_of_quarters_and_years_are_kept_as_printed(
    build: duckdb.DuckDBPyConnection, period: str, kind: str, place: str, office: str | None, value: int
) -> None:
    rows = build.execute(
        """select value from marts.fct_published_totals
           where measure_id = ? and period_start = cast(? as date) and period_kind = ? and geography_id = ?
               and office is not distinct from ?""",
        [MEASURE, period, kind, place, office],
    ).fetchall()
    assert rows == [(value,)]


def test_every_mask_is_suppressed_and_as_many_zeros_are_served_as_printed(build: duckdb.DuckDBPyConnection) -> None:
    """`--` is one to four claimants, and never 2 or 0."""
    printed = build.execute(
        f"""
        with newest as (
            select *, row_number() over (partition by workbook, office, gender, age, citizenship, year, column_label,
                case when province like '%not stated' then 'Outside Canada' else province end
                order by _release_id desc) = 1 as is_newest
            from raw.{SOURCE}__cells)
        select count(*) filter (where printed = '0'), count(*) filter (where printed = '--') from newest
        where is_newest and column_label not like '%Total'"""
    ).fetchone()
    served = build.execute(
        """select count(*) filter (where value = 0), count(*) filter (where missing_reason = 'suppressed') from (
               select measure_id, value, missing_reason from marts.fct_crossings_monthly
               union all select measure_id, value, missing_reason from marts.fct_crossings_monthly_detail)
           where measure_id = ?""",
        [MEASURE],
    ).fetchone()
    assert served == printed


def test_secondary_migration_is_read_whole_and_yields_no_month(real_home: Home) -> None:
    """It is staged and goes no further, so it is asked as dbt compiled it: what is served holds marts and raw alone."""
    releases = dbt.compiled_sql(real_home, "stg_roxham__releases")
    staged = dbt.compiled_sql(real_home, "stg_ircc_asylum_claimants__migration").replace(
        '"warehouse"."staging"."stg_roxham__releases"', f"({releases})"
    )
    with duckdb.connect(str(real_home.current.resolve() / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            f"""select claim_geography_id, address_geography_id, value, missing_reason
               from ({staged}) where claim_year = 2023 and is_whole_year
                   and address_geography_id = 'CA' and claim_geography_id in ('CA', 'CA-YT', 'CA-NL') order by 1"""
        ).fetchall()
        counted = connection.execute(f"select count(*) from ({staged})").fetchone()
    assert rows == [("CA", "CA", 143795, None), ("CA-NL", "CA", 45, None), ("CA-YT", "CA", None, "suppressed")]
    assert counted == (1180,)


def test_a_figure_is_traced_to_its_printed_cell_in_both_workbooks(real_home: Home) -> None:
    arguments = ["--home", str(real_home.root), "trace", MEASURE, "2023-12", "CA", "--json"]
    traced = json.loads(CliRunner().invoke(main, arguments).output)
    printed = [
        (cell["locator"].rsplit("!")[1], cell["printed"], cell["row_head"], cell["column_head"])
        for release in traced["releases"] for cell in release["cells"] if cell["role"] == "printed figure"
    ]  # fmt: skip
    assert printed == [("DN42", "15,560", "Total ", "2023 Dec"), ("DN43", "15,490", "Total ", "2023 Dec")]


def test_the_real_marts_were_worked_out_again_from_the_raw_cells(real_home: Home) -> None:
    told = json.loads((real_home.current / "validation" / "marts.json").read_text(encoding="utf-8"))
    by_check = {each["check"]: each for each in told["results"]}
    assert told["summary"]["blocks"] is False
    assert by_check[f"every_zero_is_printed:{SOURCE}"]["success"]
    assert by_check[f"figures_lead_back_to_cells:{SOURCE}"]["success"]
