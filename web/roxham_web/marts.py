"""Reads the warehouse that a site is made of; every query is plain SQL with its literals in it, fit to be shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import duckdb

Row = dict[str, Any]


def quoted(text: str) -> str:
    """A string as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def listed(texts: list[str]) -> str:
    """Strings as the inside of a SQL ``in (…)``."""
    return ", ".join(quoted(each) for each in texts)


class Marts:
    """A read-only look at one warehouse."""

    def __init__(self, warehouse: Path) -> None:
        self._connection = duckdb.connect(str(warehouse), read_only=True)
        self._columns: dict[str, list[str]] = {}
        for table, column in self._connection.execute(
            "select table_name, column_name from duckdb_columns() where schema_name = 'marts'"
            " order by table_name, column_index"
        ).fetchall():
            self._columns.setdefault(table, []).append(column)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def has(self, table: str) -> bool:
        """Whether this build has that mart."""
        return table in self._columns

    def columns(self, table: str) -> list[str]:
        """The columns of a mart in their order; empty when this build has none."""
        return self._columns.get(table, [])

    @property
    def tables(self) -> list[str]:
        """All marts of this build, by name."""
        return sorted(self._columns)

    def rows(self, sql: str) -> list[Row]:
        """The rows of one query as dictionaries."""
        found = self._connection.execute(sql)
        names = [column[0] for column in found.description or []]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def by(self, key: str, sql: str) -> dict[str, Row]:
        """The rows of one query, by one of their columns."""
        return {str(row[key]): row for row in self.rows(sql)}

    def comments(self) -> dict[str, str]:
        """What each mart's rows are, from the comments that dbt left."""
        found = self._connection.execute(
            "select table_name, comment from duckdb_tables() where schema_name = 'marts'"
        ).fetchall()
        return {str(table): comment or "" for table, comment in found}
