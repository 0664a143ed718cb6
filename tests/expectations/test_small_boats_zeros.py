"""Which page's zero counts where the days of several pages overlap."""

from __future__ import annotations

import duckdb
import pytest

from expectations.uk_small_boats_page import zeros
from ingest.catalog.source import load_sources
from ingest.releases import raw_tables

SOURCE = load_sources()["uk_small_boats_page"]
ARRIVED = "Migrants arrived"
# Release, day, figure, in the order of publication.
PRINTED = (("one", "2026-01-15", "0"), ("one", "2026-01-16", "0"), ("one", "2026-01-17", "7"),
           ("two", "2026-01-16", "32"), ("two", "2026-01-17", "0"), ("two", "2026-01-18", "0"),
           ("refused", "2026-01-15", "5"))  # fmt: skip


@pytest.fixture
def pages() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    raw_tables.create_schema(connection, [SOURCE])
    for release, day, printed in PRINTED:
        connection.execute(
            f"insert into raw.{SOURCE.id}__cells (day, column_label, printed, year_label, month_label, _release_id,"
            " _sha256, _locator) values (?, ?, ?, '2026', '1', ?, ?, ?)",
            [day, ARRIVED, printed, release, release, f"{release} {day}"],
        )
    raw_tables.load_lookups(connection, SOURCE)
    for order, release in enumerate(("one", "two", "refused"), 1):
        state = "quarantined" if release == "refused" else "accepted"
        connection.execute(
            "insert into raw.releases (release_id, source_id, state, release_order) values (?, ?, ?, ?)",
            [release, SOURCE.id, state, order],
        )
    return connection


def test_of_overlapping_pages_the_newest_accepted_one_that_prints_a_day_counts(
    pages: duckdb.DuckDBPyConnection,
) -> None:
    """The audit once missed 53 zeros that newer pages had replaced, and threw the build of fifteen sources away."""
    found = pages.execute(f"select locator from ({zeros(SOURCE.id)}) order by 1").fetchall()
    assert [locator for (locator,) in found] == ["one 2026-01-15", "two 2026-01-17", "two 2026-01-18"]
