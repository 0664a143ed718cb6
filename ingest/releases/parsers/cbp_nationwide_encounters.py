"""Parses CBP's Nationwide Encounters CSVs, the ``-state`` and the ``-aor`` cut of the same encounters.

Publisher's page: https://www.cbp.gov/document/stats/nationwide-encounters. The files are tables already, so DuckDB's
own reader loads them; this module only checks the header and tells which of the two cuts it is.
"""

from __future__ import annotations

from pathlib import Path

from ingest.core.records import ParsedTable
from ingest.releases.parsers import csv_lines

STATE_HEADER = (
    "Fiscal Year", "Month Grouping", "Month (abbv)", "Land Border Region", "State", "Demographic", "Citizenship",
    "Title of Authority", "Encounter Count",
)  # fmt: skip
AOR_HEADER = (
    "Fiscal Year", "Month Grouping", "Month (abbv)", "Component", "Land Border Region", "Area of Responsibility",
    "AOR (Abbv)", "Demographic", "Citizenship", "Title of Authority", "Encounter Type", "Encounter Count",
)  # fmt: skip
VALUE_HEAD = "Encounter Count"
HEADERS = {"state": STATE_HEADER, "aor": AOR_HEADER}


def column_name(head: str) -> str:
    """``Month (abbv)`` as a column of a raw table: ``month_abbv``."""
    return head.lower().replace("(", "").replace(")", "").replace(" ", "_")


TABLES = {table: tuple(map(column_name, header)) for table, header in HEADERS.items()}


def parse(path: Path, file_name: str) -> list[ParsedTable]:
    """The file as one table of the cut that its header names; one row per line.

    Raises:
        StructureError: when the header is neither of the two, naming what is missing and what is new.
    """
    heads = csv_lines.known_heads(csv_lines.header(path, file_name), AOR_HEADER)
    table = "aor" if "Area of Responsibility" in heads else "state"
    columns = {head: column_name(head) for head in HEADERS[table]}
    return [csv_lines.table(path, file_name, table, columns, VALUE_HEAD)]


def part(file_name: str) -> str:
    """The cut, as the file's name gives it."""
    return "aor" if "aor" in file_name.casefold() else "state"


cells = csv_lines.cells_under(VALUE_HEAD)
