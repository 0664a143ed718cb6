"""The real pages of the IRB, replayed, give every figure of the true table, and nothing else."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator

import duckdb
import pytest

from ingest.archive.manifest import Manifest
from ingest.core.home import Home
from tests.support.real_releases import FIGURES, RELEASES
from warehouse.queries import connect
from warehouse.trace import trace

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.xdist_group("real")]

SOURCE = "irb_irregular_claims"
PREFIX = "ca_irb_irregular_"
COLUMNS = {
    "intake": "intake", "accepted": "accepted", "rejected": "rejected", "abandoned": "abandoned",
    "withdrawn_other": "withdrawn_other", "finalized_total": "finalized", "pending": "pending",
}  # fmt: skip
HELD = {
    "2018-09", "2018-12", "2019-06", "2019-09", "2020-06", "2020-09", "2021-06", "2021-09", "2022-03", "2022-09",
    "2023-06", "2023-09",
}  # fmt: skip


@pytest.fixture(scope="module")
def build(real_home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = connect(real_home)
    yield connection
    connection.close()


def truth() -> dict[dt.date, dict[str, str]]:
    """The true figures of the quarters whose pages are held, by last month."""
    with (FIGURES / "irb_irregular_cumulative_totals.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = {dt.datetime.strptime(row["cumulative_to"], "%B %Y").date(): row for row in csv.DictReader(stream)}
    return {month: row for month, row in rows.items() if f"{month:%Y-%m}" in HELD}


def test_every_total_is_the_true_one_and_there_are_no_others(build: duckdb.DuckDBPyConnection) -> None:
    found = build.execute(
        "select measure_id, month, geography_id, value from marts.fct_crossings_monthly where source_id = ?", [SOURCE]
    ).fetchall()
    expected = [
        (PREFIX + measure, month, "CA", int(row[column]))
        for month, row in truth().items()
        for column, measure in COLUMNS.items()
    ]
    assert len(expected) == 12 * 7
    assert sorted(found) == sorted(expected)


def test_the_two_identities_hold_exactly_where_the_true_table_says_so(build: duckdb.DuckDBPyConnection) -> None:
    broken = set(
        build.execute(
            """select kind, period_start from marts.rpt_discrepancies
               where source_id = ? and breakdown is null and kind <> 'countries_against_total'""",
            [SOURCE],
        ).fetchall()
    )
    for month, row in truth().items():
        intake = ("pending_and_finalized_against_intake", month)
        assert (intake in broken) == (row["finalized+pending==intake"] == "False"), month
        assert (("outcomes_against_finalized", month) in broken) == (row["parts==finalized"] == "False"), month


def test_exactly_the_known_contradictions_are_shown_as_they_stand(build: duckdb.DuckDBPyConnection) -> None:
    rows = build.execute(
        """select left(cast(period_start as text), 7), kind, breakdown, published_value, computed_value, is_current
           from marts.rpt_discrepancies where source_id = ? order by all""",
        [SOURCE],
    ).fetchall()
    assert rows == [
        ("2019-06", "countries_against_total", None, 782, 781, True),
        ("2019-06", "countries_against_total", None, 27167, 27267, True),
        ("2019-06", "outcomes_against_finalized", "citizenship=haiti", 4020, 4019, True),
        ("2019-06", "pending_and_finalized_against_intake", "citizenship=eritrea", 1050, 1150, True),
        ("2019-06", "pending_and_finalized_against_intake", "citizenship=other_countries", 13531, 13525, True),
        ("2019-06", "pending_and_finalized_against_intake", None, 45517, 45511, True),
        ("2022-09", "pending_and_finalized_against_intake", "citizenship=other_countries", 21674, 21675, True),
        ("2022-09", "pending_and_finalized_against_intake", None, 73397, 73398, True),
    ]


def test_every_release_is_accepted_with_exactly_the_known_warnings(real_home: Home) -> None:
    with Manifest(real_home.manifest) as manifest:
        results = [each for each in manifest.check_results() if each.source_id == SOURCE and each.stage == "load"]
    told = {((each.release_id or "").split("~")[0], each.check) for each in results if each.is_told}
    assert told == {
        (f"{SOURCE}@2019-08-16", "finalized_and_pending_are_intake"),
        (f"{SOURCE}@2019-08-16", "outcomes_are_finalized"),
        (f"{SOURCE}@2019-08-16", "countries_are_total"),
        (f"{SOURCE}@2022-11-22", "finalized_and_pending_are_intake"),
    }


def test_quarters_come_by_difference_only_between_neighbours(build: duckdb.DuckDBPyConnection) -> None:
    rows = build.execute(
        """select quarter, difference from marts.rpt_irb_quarters
           where measure_id = 'ca_irb_irregular_intake' and is_one_quarter order by 1"""
    ).fetchall()
    assert rows == [("2018-Q4", 3793), ("2019-Q3", 5118), ("2020-Q3", 165), ("2021-Q3", 392), ("2023-Q3", 7013)]


def test_a_gap_is_one_span_and_no_quarter_in_it_is_invented(build: duckdb.DuckDBPyConnection) -> None:
    rows = build.execute(
        """select first_month, last_month, quarters_spanned, quarter, difference from marts.rpt_irb_quarters
           where measure_id = 'ca_irb_irregular_intake' and not is_one_quarter order by 2"""
    ).fetchall()
    assert [row[2] for row in rows] == [2, 3, 3, 2, 2, 3]
    assert rows[0] == (dt.date(2019, 1, 1), dt.date(2019, 6, 1), 2, None, 6870)
    assert build.execute("select count(*), count(distinct last_month) from marts.rpt_irb_quarters").fetchone() == (
        7 * 11, 11,
    )  # fmt: skip


def test_spans_join_without_a_hole_and_name_the_releases_of_both_ends(build: duckdb.DuckDBPyConnection) -> None:
    assert build.execute(
        """select count(*) from marts.rpt_irb_quarters as spans
           inner join marts.fct_crossings_monthly as first_end
               on first_end.measure_id = spans.measure_id and first_end.month = spans.first_month - interval 1 month
               and first_end.release_id = spans.start_release_id and first_end.value = spans.value_at_start
           inner join marts.fct_crossings_monthly as last_end
               on last_end.measure_id = spans.measure_id and last_end.month = spans.last_month
               and last_end.release_id = spans.end_release_id and last_end.value = spans.value_at_end"""
    ).fetchone() == (77,)


def test_only_pending_claims_ever_fell_and_the_report_says_so(build: duckdb.DuckDBPyConnection) -> None:
    rows = build.execute(
        """select measure_id, difference_kind, count(*), min(difference) from marts.rpt_irb_quarters
           where is_negative group by all"""
    ).fetchall()
    assert rows == [("ca_irb_irregular_pending", "change_of_level", 5, -9602)]


def test_masks_are_suppressed_and_no_zero_is_made_of_them(build: duckdb.DuckDBPyConnection) -> None:
    rows = build.execute(
        """select missing_reason, count(*), count(distinct citizenship) filter (where missing_reason is null)
           from marts.fct_crossings_monthly_detail where source_id = ? group by 1 order by 2""",
        [SOURCE],
    ).fetchall()
    [masked, counted] = rows
    [(printed,)] = build.execute(f"select count(*) from raw.{SOURCE}__cells where printed = '--'").fetchall()
    assert masked[:2] == ("suppressed", printed)
    assert counted == (None, 12 * 11 * 7 - printed, 15)
    zeros = "select count(*) from marts.fct_crossings_monthly_detail where source_id = ? and value = 0"
    assert build.execute(zeros, [SOURCE]).fetchone() == (0,)


def test_the_date_of_publication_is_the_pages_own_and_no_later_than_the_copys(build: duckdb.DuckDBPyConnection) -> None:
    with (RELEASES / "releases.csv").open(encoding="utf-8", newline="") as stream:
        copied = [row["published"] for row in csv.DictReader(stream) if row["source"] == SOURCE]
    own = build.execute(
        "select published_at, published_basis from raw.releases where source_id = ? order by 1", [SOURCE]
    ).fetchall()
    assert {basis for _, basis in own} == {"document"}
    assert all(str(day) < copy for (day, _), copy in zip(own, sorted(copied), strict=True))


def test_a_figure_is_found_again_in_the_saved_copy(real_home: Home) -> None:
    """June 2019's rejected claims carry a zero-width blank behind the comma."""
    found = trace(real_home, "ca_irb_irregular_rejected", dt.date(2019, 6, 1), "CA")
    assert [cell.cell.printed for release in found.releases for cell in release.cells] == ["7,786"]


def test_a_difference_of_two_definitions_is_marked_as_a_break(build: duckdb.DuckDBPyConnection) -> None:
    """The totals of September 2022 count from January 2017, those of March from February: April to September was no gain."""
    rows = build.execute(
        """select first_month, last_month, count(*), min(break_reason) from marts.rpt_irb_quarters
           where is_break group by all"""
    ).fetchall()
    reason = (
        "the earlier total counts from February 2017, the later one from January 2017: their difference is of two "
        "definitions, and no gain of the span"
    )
    assert rows == [(dt.date(2022, 4, 1), dt.date(2022, 9, 1), 7, reason)]
