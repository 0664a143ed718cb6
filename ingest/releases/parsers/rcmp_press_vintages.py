"""Parses the register of RCMP figures as others quoted them: a CSV of our own writing, a line a quotation.

The register lies at ``ingest/catalog/sources/rcmp_press_vintages.csv``; each line names the report it quotes. It is a table
already, so DuckDB's own reader loads it; this module checks the header and finds a line again.
"""

from __future__ import annotations

import csv
from pathlib import Path

from ingest.core.records import CsvTable, ParsedTable, Published, StructureError
from ingest.releases.parsers import csv_lines
from ingest.releases.parsers.headers import refuse_other_width

COLUMNS = (
    "year", "first_month", "last_month", "through", "place", "printed", "quoted_on", "basis", "doubt", "address",
    "note",
)  # fmt: skip
TABLES = {"quotations": COLUMNS}
VALUE_HEAD = "printed"


def parse(path: Path, file_name: str) -> list[ParsedTable]:
    """The register as one table; one row per line.

    Raises:
        StructureError: when the header is another one, or a line of the file is no quotation.
    """
    header, lines = _lines(path)
    if header != list(COLUMNS):
        message = f"{file_name} is headed {', '.join(header)}; due is {', '.join(COLUMNS)}"
        raise StructureError(message)
    for number, line in enumerate(lines, start=2):
        refuse_other_width(line, COLUMNS, f"line {number}")
    return [CsvTable("quotations", COLUMNS, COLUMNS, path, VALUE_HEAD)]


def published(path: Path) -> Published | None:
    """The day of its newest quotation: of nothing later does the register speak. None when no line has a day."""
    header, lines = _lines(path)
    days = [dict(zip(header, line, strict=False)).get("quoted_on", "") for line in lines]
    newest = max(days, default="")
    return Published.from_text(newest, "document") if newest else None


cells = csv_lines.cells_under(VALUE_HEAD)


def _lines(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            header, *lines = csv.reader(stream, strict=True)
    except (ValueError, UnicodeDecodeError, csv.Error) as error:
        message = f"no table in UTF-8: {error}"
        raise StructureError(message) from error
    return header, lines
