"""Parses CBP's Southwest Land Border Encounters, a CSV, or the same table kept as a workbook.

Publisher's page: https://www.cbp.gov/document/stats/southwest-land-border-encounters. A workbook holds the table on one
sheet, below a title that a spreadsheet program may have put there. Counts come as ``9584`` or ``9584.0``.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from ingest.core.records import ParsedTable, Rows, StructureError
from ingest.releases.parsers import Cell, csv_lines, found_again
from ingest.releases.workbooks import Sheet, cell_name, sheets_of, stored_text

COLUMNS = {
    "Fiscal Year": "fiscal_year",
    "Month Grouping": "month_grouping",
    "Month (abbv)": "month_abbv",
    "Component": "component",
    "Demographic": "demographic",
    "Citizenship Grouping": "citizenship_grouping",
    "Title of Authority": "title_of_authority",
    "Encounter Type": "encounter_type",
    "Encounter Count": "encounter_count",
}
VALUE_HEAD = "Encounter Count"
TABLES = {"encounters": tuple(COLUMNS.values())}

# The locator of a row's count, and the values of the whole row.
Located = tuple[str, list[str]]


def parse(path: Path, file_name: str) -> list[ParsedTable]:
    """The file as one table, one row per line or spreadsheet row.

    Raises:
        StructureError: when the columns are not those expected, or no sheet or more than one holds the table.
    """
    if not zipfile.is_zipfile(path):
        return [csv_lines.table(path, file_name, "encounters", COLUMNS, VALUE_HEAD)]
    heads, located = _sheet_with_table(path, file_name)
    rows = tuple((*values, locator) for locator, values in located)
    return [Rows("encounters", (*(COLUMNS[head] for head in heads), "_locator"), rows)]


def cells(path: Path, locators: Sequence[str]) -> list[Cell]:
    """The counts at ``line N`` or ``Sheet!I17``, read again, each with the rest of its row as row head.

    Raises:
        LookupError: when the file has no such line or cell.
    """
    if not zipfile.is_zipfile(path):
        return csv_lines.cells(path, locators, VALUE_HEAD)
    heads, located = _sheet_with_table(path, path.name)
    found = {}
    for locator, row in located:
        named = dict(zip(heads, row, strict=True))
        printed = named.pop(VALUE_HEAD)
        found[locator] = Cell(printed, " | ".join(named.values()), VALUE_HEAD, locator)
    return found_again(found, locators)


def _sheet_with_table(path: Path, file_name: str) -> tuple[list[str], list[Located]]:
    """Heads and located rows of the one sheet that has anything on it."""
    filled = [sheet for sheet in sheets_of(path) if sheet.rows]
    if len(filled) != 1:
        found = ", ".join(sheet.name for sheet in filled) or "none"
        message = f"{file_name}: one sheet with the table is expected, found {found}"
        raise StructureError(message)
    return _table(filled[0], file_name)


def _table(sheet: Sheet, file_name: str) -> tuple[list[str], list[Located]]:
    """The heads stand in the first row, or in the second below a title."""
    first = 1 if len(sheet.rows) > 1 and len(list(filter(None, sheet.line(0)))) == 1 else 0
    heads = list(csv_lines.known_heads([stored_text(value).strip() for value in sheet.rows[first]], COLUMNS))
    csv_lines.refuse_other_heads(heads, COLUMNS, file_name)
    return heads, list(_rows(sheet, first + 1, heads.index(VALUE_HEAD), file_name))


def _rows(sheet: Sheet, first: int, count_at: int, file_name: str) -> Iterator[Located]:
    for number in range(first, len(sheet.rows)):
        row = [stored_text(value) for value in sheet.rows[number]]
        if not any(row):
            message = f"{file_name}: row {number + 1} of sheet {sheet.name!r} is empty in the midst of the table"
            raise StructureError(message)
        yield cell_name(sheet.name, number, count_at), row
