"""Writes every mart of a candidate as Parquet and CSV, one workbook of the headline facts, and ``datapackage.json``.

Deterministic: rows are sorted by what people filter on, one thread writes, nothing in the files says when they were made.
A CSV is UTF-8 without a byte order mark and safe to open in a spreadsheet: a text that would be taken for a formula gets a
leading apostrophe. Parquet holds it as it is, and says in its own metadata what its columns mean.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb
from roxham_web.exported_files import PACKED, csv_name, parquet_name
from roxham_web.marts import listed, quoted

from ingest.core.builds import CandidateInfo
from ingest.core.home import Home
from ingest.core.outgoing_text import FORMULA_STARTS
from warehouse import data_package, spreadsheet, superset

# The labelled view is for readers without SQL, too. MetricFlow's calendar, the other view, is no data.
VIEWS = ("crossings",)
# What people filter on; rows that are asked for together stand together, in Parquet's row groups as well.
FILTERED_ON = ("source_id", "measure_id", "geography_id", "month")
ROWS_OF_GROUP = 32_768
# Unless told otherwise pandas reads a column of integers with a gap as floating point, and 39171 becomes 39171.0.
PANDAS = {"integer": ("int64", "Int64"), "boolean": ("bool", "boolean")}


def write(home: Home, info: CandidateInfo) -> list[dict[str, Any]]:
    """Export all tables of the schema ``marts`` and its labelled view.

    Returns:
        One entry per table with its rows, columns and key, and its files with their hashes.
    """
    folder = home.candidate / "exports"
    folder.mkdir(exist_ok=True)
    with duckdb.connect(str(home.candidate_warehouse), read_only=True) as connection:
        connection.execute("set threads = 1")
        entries = [_export(connection, folder, info, name) for name in _exported(connection)]
        workbook = spreadsheet.write(connection, folder, info)
    labelled = next((entry for entry in entries if entry["table"] in VIEWS), None)
    data_package.write(home.candidate, info, entries, workbook, superset.write(folder, info, labelled))
    return entries


def _exported(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute(
        "select table_name from duckdb_tables() where schema_name = 'marts'"
        f" union all select view_name from duckdb_views() where schema_name = 'marts' and view_name in ({listed(list(VIEWS))})"
        " order by 1"
    ).fetchall()
    return [name for (name,) in rows]


def _export(connection: duckdb.DuckDBPyConnection, folder: Path, info: CandidateInfo, name: str) -> dict[str, Any]:
    entry = _described(connection, name)
    names = [f'"{field["name"]}"' for field in entry["fields"]]
    first = [f'"{name}"' for name in FILTERED_ON if f'"{name}"' in names]
    order = ", ".join(dict.fromkeys([*first, *names]))
    connection.execute(f"create temp table export as select * from marts.{name} order by {order}")
    _write_parquet(connection, folder / parquet_name(name), info, entry)
    packed = ", compression gzip" if name in PACKED else ""
    connection.execute(
        f"copy (select {_safe_columns(connection)} from export) to '{folder / csv_name(name)}'"
        f" (format csv, header true, timestampformat '%Y-%m-%dT%H:%M:%SZ'{packed})"
    )
    connection.execute("drop table export")
    return {
        **entry,
        "parquet": parquet_name(name),
        "csv": csv_name(name),
        "parquet_sha256": sha256(folder / parquet_name(name)),
        "csv_sha256": sha256(folder / csv_name(name)),
    }


def _described(connection: duckdb.DuckDBPyConnection, name: str) -> dict[str, Any]:
    """What the file itself says of a mart: dbt has put the dictionary into it."""
    about = connection.execute(
        "select comment from duckdb_tables() where schema_name = 'marts' and table_name = $name"
        " union all select comment from duckdb_views() where schema_name = 'marts' and view_name = $name",
        {"name": name},
    ).fetchone()
    fields = connection.execute(
        "select column_name, data_type, is_nullable, comment from duckdb_columns()"
        " where schema_name = 'marts' and table_name = ? order by column_index",
        [name],
    ).fetchall()
    (rows,) = connection.execute(f"select count(*) from marts.{name}").fetchall()[0]
    return {
        "table": name,
        "about": (about[0] if about else None) or "",
        "rows": rows,
        "fields": [data_package.field(name, *facts) for facts in fields],
    }


def _write_parquet(
    connection: duckdb.DuckDBPyConnection, path: Path, info: CandidateInfo, entry: dict[str, Any]
) -> None:
    """A file that explains itself: ``roxham`` says what it is, ``pandas`` that integers stay integers."""
    roxham = {
        "build": info.build_id, "as_of": info.as_of.isoformat(), "sample": info.sample, "table": entry["table"],
        "description": entry["about"], "licenses": data_package.licences(), "fields": entry["fields"],
    }  # fmt: skip
    columns = [
        {"name": field["name"], "field_name": field["name"], "pandas_type": PANDAS[field["type"]][0],
         "numpy_type": PANDAS[field["type"]][1], "metadata": None}
        for field in entry["fields"] if field["type"] in PANDAS
    ]  # fmt: skip
    pandas = {"index_columns": [], "column_indexes": [], "columns": columns, "pandas_version": "2.0.0"}
    said = ", ".join(f"{key}: {quoted(json.dumps(value))}" for key, value in (("roxham", roxham), ("pandas", pandas)))
    connection.execute(
        f"copy export to '{path}' (format parquet, compression zstd, row_group_size {ROWS_OF_GROUP}, kv_metadata {{{said}}})"
    )


def _safe_columns(connection: duckdb.DuckDBPyConnection) -> str:
    """The columns of the table ``export`` with ``without_formula``, in SQL, around every text."""
    starts = ", ".join(f"chr({ord(letter)})" for letter in FORMULA_STARTS)
    columns = connection.execute(
        "select column_name, data_type from duckdb_columns() where table_name = 'export' order by column_index"
    ).fetchall()
    return ", ".join(
        f"case when left({column}, 1) in ({starts}) then chr(39) || {column} else {column} end as {column}"
        if kind == "VARCHAR" else column
        for column, kind in ((f'"{name}"', kind) for name, kind in columns)
    )  # fmt: skip


def sha256(path: Path) -> str:
    """The file's hash."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
