"""Writes every mart of a candidate as Parquet and CSV, with a Frictionless ``datapackage.json``.

Deterministic: rows are sorted, one thread writes, nothing in the files says when they were made. A CSV is safe to open
in a spreadsheet: a text that would be taken for a formula gets a leading apostrophe. Parquet holds it as it is.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import duckdb

from ingest.catalog.source import load_sources
from ingest.core.builds import CandidateInfo
from ingest.core.home import Home
from ingest.core.outgoing_text import FORMULA_STARTS

FRICTIONLESS = {
    "BIGINT": "integer", "INTEGER": "integer", "HUGEINT": "integer", "SMALLINT": "integer", "BOOLEAN": "boolean",
    "DATE": "date", "DOUBLE": "number", "TIMESTAMP": "datetime", "VARCHAR": "string",
}  # fmt: skip

FORMULA_NOTE = (
    "Texts that a spreadsheet would take for a formula (beginning with =, +, -, @, a tab or a line break) carry a leading "
    "apostrophe. Numbers are untouched; the Parquet files hold every text as it is."
)


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
    connection.execute(
        f"copy (select {_safe_columns(connection)} from export) to '{folder / name}.csv'"
        " (format csv, header true, timestampformat '%Y-%m-%dT%H:%M:%SZ')"
    )
    fields = connection.execute(
        "select column_name, data_type, comment from duckdb_columns() where schema_name = 'marts' and table_name = ?"
        " order by column_index",
        [name],
    ).fetchall()
    about = connection.execute(
        "select comment from duckdb_tables() where schema_name = 'marts' and table_name = ?", [name]
    ).fetchone()
    counted = connection.execute("select count(*) from export").fetchone()
    connection.execute("drop table export")
    return {
        "table": name,
        "about": (about[0] if about else None) or "",
        "rows": counted[0] if counted else None,
        "fields": [{"name": field, "type": _frictionless(kind), "description": comment or ""}
                   for field, kind, comment in fields],
        "parquet_sha256": _sha256(folder / f"{name}.parquet"),
        "csv_sha256": _sha256(folder / f"{name}.csv"),
    }  # fmt: skip


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


def _frictionless(kind: str) -> str:
    return FRICTIONLESS.get(kind.split("(")[0], "number" if kind.startswith("DECIMAL") else "string")


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _write_datapackage(candidate: Path, info: CandidateInfo, entries: list[dict[str, object]]) -> None:
    declared = load_sources().values()
    licences = [{"title": name, "path": path} for name, path in
                sorted({(each.licence.name, str(each.licence.url)) for each in declared})]  # fmt: skip
    sources = [
        {"title": f"{each.title}. {each.licence.attribution}", "path": each.resources.page_url} for each in declared
    ]
    package = {
        "profile": "tabular-data-package",
        "name": "roxham-sample" if info.sample else "roxham",
        "title": "Roxham monthly crossing facts" + (" (SAMPLE)" if info.sample else ""),
        "version": info.build_id,
        "description": FORMULA_NOTE,
        "licenses": licences,
        "sources": sources,
        "resources": [
            {
                "profile": "tabular-data-resource",
                "name": str(entry["table"]).replace("_", "-"),
                "path": f"exports/{entry['table']}.csv",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "hash": f"sha256:{entry['csv_sha256']}",
                "description": entry["about"],
                "schema": {"fields": entry["fields"], "missingValues": [""]},
            }
            for entry in entries
        ],
    }
    (candidate / "datapackage.json").write_text(json.dumps(package, indent=2) + "\n")
