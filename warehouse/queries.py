"""Questions asked of what is served: read-only queries on ``current/warehouse.duckdb``."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

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


def first_known(home: Home, measure: str | None, place: str | None, month: str | None) -> list[dict[str, Any]]:
    """From which day on the build knows figures of what was asked for: one row per source."""
    return ask(
        home,
        """
        select source_id, min(valid_from) as first_known from marts.fct_crossings_monthly_vintages
        where ($measure is null or measure_id = $measure) and ($place is null or geography_id = $place)
            and ($month is null or strftime(month, '%Y-%m') = $month)
        group by source_id order by source_id
        """,
        {"measure": measure, "place": place, "month": month},
    )


Named = Literal["measure", "place"]
NAMES: dict[Named, str] = {
    "measure": "select measure_id as id, [title] as names from marts.dim_measure order by 1",
    "place": "select geography_id as id, [name_en, name_fr] as names from marts.dim_geography order by 1",
}


def names(home: Home, what: Named) -> dict[str, list[str]]:
    """The ids of all measures or places of the published build, each with its names in words."""
    return {row["id"]: [name for name in row["names"] if name] for row in ask(home, NAMES[what])}


def months(home: Home) -> tuple[dt.date, dt.date]:
    """The first and the last month that any figure of the published build is of."""
    [row] = ask(home, "select min(month) as first, max(month) as last from marts.fct_crossings_monthly")
    return row["first"], row["last"]


def revisions(home: Home, source_id: str) -> list[dict[str, Any]]:
    """``rpt_release_summary`` of one source, in order of publication."""
    return ask(
        home,
        "select * from marts.rpt_release_summary where source_id = $source_id order by published_at, release_id",
        {"source_id": source_id},
    )
