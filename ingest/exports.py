"""Writes every mart of a candidate as Parquet and CSV, with a Frictionless ``datapackage.json``.

Deterministic: rows are sorted, one thread writes, nothing in the files says when they were made.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import duckdb

from ingest.build import CandidateInfo
from ingest.home import Home

FRICTIONLESS = {
    "BIGINT": "integer", "INTEGER": "integer", "HUGEINT": "integer", "SMALLINT": "integer", "BOOLEAN": "boolean",
    "DATE": "date", "DOUBLE": "number", "TIMESTAMP": "datetime", "VARCHAR": "string",
}  # fmt: skip


def write(home: Home, info: CandidateInfo) -> list[dict[str, object]]:
    """Export all tables of the schema ``marts``; returns one entry per table with rows, columns and hashes."""
    folder = home.candidate / "exports"
    folder.mkdir(exist_ok=True)
    connection = duckdb.connect(str(home.candidate_warehouse), read_only=True)
    try:
        connection.execute("set threads = 1")
        names = [
            name
            for (name,) in connection.execute(
                "select table_name from duckdb_tables() where schema_name = 'marts' order by 1"
            ).fetchall()
        ]
        entries = [_export(connection, folder, name) for name in names]
    finally:
        connection.close()
    _write_datapackage(home.candidate, info, entries)
    return entries


def _export(connection: duckdb.DuckDBPyConnection, folder: Path, name: str) -> dict[str, object]:
    connection.execute(f"create temp table export as select * from marts.{name} order by all")
    connection.execute(f"copy export to '{folder / name}.parquet' (format parquet, compression zstd)")
    connection.execute(f"copy export to '{folder / name}.csv' (format csv, header true)")
    fields = connection.execute(
        "select column_name, data_type, comment from duckdb_columns() where schema_name = 'marts' and table_name = ?"
        " order by column_index",
        [name],
    ).fetchall()
    counted = connection.execute("select count(*) from export").fetchone()
    connection.execute("drop table export")
    return {
        "table": name,
        "rows": counted[0] if counted else None,
        "fields": [{"name": field, "type": _frictionless(kind), "description": comment or ""}
                   for field, kind, comment in fields],
        "parquet_sha256": _sha256(folder / f"{name}.parquet"),
        "csv_sha256": _sha256(folder / f"{name}.csv"),
    }  # fmt: skip


def _frictionless(kind: str) -> str:
    return FRICTIONLESS.get(kind.split("(")[0], "number" if kind.startswith("DECIMAL") else "string")


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _write_datapackage(candidate: Path, info: CandidateInfo, entries: list[dict[str, object]]) -> None:
    package = {
        "profile": "tabular-data-package",
        "name": "roxham-sample" if info.sample else "roxham",
        "title": "Roxham monthly crossing facts" + (" (SAMPLE)" if info.sample else ""),
        "version": info.build_id,
        "resources": [
            {
                "profile": "tabular-data-resource",
                "name": str(entry["table"]).replace("_", "-"),
                "path": f"exports/{entry['table']}.csv",
                "hash": f"sha256:{entry['csv_sha256']}",
                "schema": {"fields": entry["fields"], "missingValues": [""]},
            }
            for entry in entries
        ],
    }
    (candidate / "datapackage.json").write_text(json.dumps(package, indent=2) + "\n")
