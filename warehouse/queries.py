"""Questions asked of what is served: read-only queries on ``current/warehouse.duckdb``."""

from __future__ import annotations

import datetime as dt
from typing import Any

import duckdb

from ingest.core.builds import current
from ingest.core.home import Home


def connect(home: Home) -> duckdb.DuckDBPyConnection:
    """A read-only connection to the published warehouse.

    Raises:
        BuildError: when nothing was published yet.
    """
    return duckdb.connect(str(current(home).path / "warehouse.duckdb"), read_only=True)


def ask(home: Home, sql: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """The rows of one query as dictionaries."""
    connection = connect(home)
    try:
        found = connection.execute(sql, parameters or {})
        names = [column[0] for column in found.description or []]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    finally:
        connection.close()


def as_of(home: Home, day: dt.date, measure: str | None, place: str | None, month: str | None) -> list[dict[str, Any]]:
    """``crossings_as_of(day)``: one row per measure × month × geography, as known on that day."""
    return ask(
        home,
        """
        select * from marts.crossings_as_of($day)
        where ($measure is null or measure_id = $measure) and ($place is null or geography_id = $place)
            and ($month is null or strftime(month, '%Y-%m') = $month)
        order by measure_id, geography_id, month
        """,
        {"day": day, "measure": measure, "place": place, "month": month},
    )


def revisions(home: Home, source_id: str) -> list[dict[str, Any]]:
    """``rpt_release_summary`` of one source, in order of publication."""
    return ask(
        home,
        "select * from marts.rpt_release_summary where source_id = $source_id order by published_at, release_id",
        {"source_id": source_id},
    )
