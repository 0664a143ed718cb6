"""Reads one archived file with its parser and writes what it found as Parquet: called in a confined child by ``reading``.

What a parser makes of a file depends on its bytes, its name and the parser's code alone, so the same file gives the same
bytes of Parquet every time: rows in the order of the file, one thread.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from ingest.core.records import CsvTable, ParsedTable, Rows, StructureError, UnknownFile
from ingest.core.trouble import is_ours
from ingest.releases.parsers import parser_for

# Words of closure are a sentence; no page of an agency's has so many.
MOST_WORDS = 1_000_000
# What is no verdict on the parser: the limits were reached, or our own machine has failed.
NOT_ITS_FAULT = (MemoryError, RecursionError, duckdb.OutOfMemoryException)
CONFIG: dict[str, str | bool | int | float | list[str]] = {"threads": 1, "memory_limit": "768MB", "temp_directory": ""}
WRITTEN_AS = "(format parquet, compression zstd)"

Result = TypeVar("Result")


def read(parser: str, path: str, file_name: str, draft: str) -> dict[str, Any]:
    """All that the parser makes of the file, its tables written to ``<draft>-<table>.parquet``.

    Returns:
        published, date_fault, words, tables (name, rows, sha256), and fault: None, or why there are no tables.
    """
    chosen, file = parser_for(parser), Path(path)
    published, date_fault = _tried(lambda: chosen.published(file))
    words, _ = _tried(lambda: chosen.text(file))
    tables: list[dict[str, Any]] = []
    fault = None
    try:
        parsed = chosen.parse(file, file_name)
        tables = [_written(table, f"{draft}-{table.table}.parquet") for table in parsed]
    except UnknownFile as error:
        fault = {"kind": "unknown", "message": str(error)}
    except StructureError as error:
        fault = {"kind": "structure", "message": str(error)}
    except Exception as error:  # noqa: BLE001  a parser that breaks is told of where the release is judged
        _pass_on(error)
        fault = {"kind": "broken", "message": f"{type(error).__name__}: {error}"}
    return {
        "published": published and {"text": published.text, "precision": published.precision, "basis": published.basis},
        "date_fault": date_fault,
        "words": (words or "")[:MOST_WORDS],
        "tables": tables if fault is None else [],
        "fault": fault,
    }


def _tried(ask: Callable[[], Result]) -> tuple[Result | None, str | None]:
    """What the parser answers, and what it found wrong; that a file is not shaped as promised is said by ``parse``."""
    try:
        return ask(), None
    except StructureError:
        return None, None
    except Exception as error:  # noqa: BLE001  as above
        _pass_on(error)
        return None, str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"


def _pass_on(error: Exception) -> None:
    if isinstance(error, NOT_ITS_FAULT) or is_ours(error):
        raise error


def _written(parsed: ParsedTable, target: str) -> dict[str, Any]:
    with duckdb.connect(config=CONFIG) as connection:
        rows = (
            _copy_rows(connection, parsed, target)
            if isinstance(parsed, Rows)
            else _copy_csv(connection, parsed, target)
        )
    with Path(target).open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    return {"table": parsed.table, "rows": rows, "sha256": sha256}


def _copy_rows(connection: duckdb.DuckDBPyConnection, parsed: Rows, target: str) -> int:
    columns = [[row[position] for row in parsed.rows] for position in range(len(parsed.columns))]
    named = ", ".join(f"unnest(?::text[]) as {column}" for column in parsed.columns)
    connection.execute(f"create table parsed as select {named}", columns)
    return _copied(connection.execute(f"copy parsed to '{_quoted(target)}' {WRITTEN_AS}"))


def _copy_csv(connection: duckdb.DuckDBPyConnection, parsed: CsvTable, target: str) -> int:
    """Let DuckDB read the file in its own order; line 1 is the header, and no field of these files spans lines."""
    names = ", ".join(f"'{column}': 'VARCHAR'" for column in parsed.columns)
    header = parsed.value_header.replace("'", "''")
    try:
        return _copied(
            connection.execute(
                f"""
                copy (
                    select *, 'line ' || (row_number() over () + 1) || ', {header}' as _locator
                    from read_csv('{_quoted(str(parsed.path))}', header = true, columns = {{{names}}}, delim = ',',
                        quote = '"', escape = '"', auto_detect = false, strict_mode = true, null_padding = false,
                        nullstr = '\\N')
                ) to '{_quoted(target)}' {WRITTEN_AS}
                """
            )
        )
    except duckdb.Error as error:
        _pass_on(error)
        message = f"not readable as CSV: {str(error).splitlines()[0]}"
        raise StructureError(message) from error


def _copied(done: duckdb.DuckDBPyConnection) -> int:
    [(rows,)] = done.fetchall()
    return int(rows)


def _quoted(path: str) -> str:
    return path.replace("'", "''")
