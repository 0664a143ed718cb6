"""The real file of frontier counts, replayed, gives its own figures cell by cell."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator

import duckdb
import pytest

from ingest.archive.manifest import Manifest
from ingest.core.home import Home
from tests.support.real_releases import RELEASES
from warehouse.queries import connect
from warehouse.trace import trace

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.xdist_group("real")]

SOURCE = "statcan_frontier_counts"
FILE = RELEASES / SOURCE / "2023-02-22" / "2410005301-eng.csv"


@pytest.fixture(scope="module")
def build(real_home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect(real_home)
    yield connection
    connection.close()


def printed_line(number: int) -> list[str]:
    """The cells of one line of the file, read without the parser."""
    with FILE.open(encoding="utf-8-sig", newline="") as stream:
        return next(row for at, row in enumerate(csv.reader(stream), start=1) if at == number)


def test_all_sixty_totals_are_those_of_the_first_line(build: duckdb.DuckDBPyConnection) -> None:
    found = build.execute(
        """select month, value, computed_value from marts.fct_crossings_monthly
           where measure_id = 'ca_frontier_travellers' and geography_id = 'CA' order by month"""
    ).fetchall()
    expected = [int(cell.replace(",", "")) for cell in printed_line(14)[1::3]]
    assert [value for _, value, _ in found] == expected
    assert [computed for *_, computed in found] == expected
    assert (found[0][:2], found[-1][:2]) == (
        (dt.date(2018, 1, 1), 6_588_511), (dt.date(2022, 12, 1), 5_363_297),
    )  # fmt: skip


def test_every_cell_is_served_once_and_what_does_not_apply_is_no_zero(build: duckdb.DuckDBPyConnection) -> None:
    rows = build.execute(
        """select missing_reason, count(*), count(*) filter (where value = 0) from (
               select source_id, value, missing_reason from marts.fct_crossings_monthly
               union all select source_id, value, missing_reason from marts.fct_crossings_monthly_detail)
           where source_id = ? group by 1 order by 1 nulls first""",
        [SOURCE],
    ).fetchall()
    # Seven lines tell no length of stay: two columns of sixty months each.
    assert rows == [(None, 25 * 180 - 7 * 120, 397), ("not_applicable", 7 * 120, 0)]


def test_the_release_is_dated_as_it_prints_and_passes_without_a_warning(real_home: Home) -> None:
    with Manifest(real_home.manifest) as manifest:
        results = [each for each in manifest.check_results() if each.source_id == SOURCE and each.stage == "load"]
        [release] = manifest.releases(SOURCE)
    assert [each.check for each in results if each.is_told] == []
    assert len(results) > 15
    assert (release.published.text, release.published.basis) == ("2023-02-22", "document")


def test_a_total_is_traced_to_its_line_and_its_three_parts(real_home: Home) -> None:
    found = trace(real_home, "ca_frontier_travellers", dt.date(2018, 1, 1), "CA")
    [release] = found.releases
    assert sorted((cell.role, cell.cell.printed) for cell in release.cells) == [
        ("part of the sum", "1,466,125"), ("part of the sum", "4,479,356"), ("part of the sum", "643,030"),
        ("printed figure", "6,588,511"),
    ]  # fmt: skip
