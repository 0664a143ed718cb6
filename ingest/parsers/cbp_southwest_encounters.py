"""Parses CBP's Southwest Land Border Encounters, a CSV, or the same table kept as a workbook.

Publisher's page: https://www.cbp.gov/document/stats/southwest-land-border-encounters. A workbook holds the table on one
sheet, below a title that a spreadsheet program may have put there. Counts come as ``9584`` or ``9584.0``.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from ingest.parsers import Cell, csv_lines
from ingest.records import ParsedTable, Published, Rows, StructureError

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

# A number of this row and sheet, its column and the values of the whole row.
Located = tuple[str, list[str]]


def parse(path: Path, file_name: str) -> list[ParsedTable]:
    """The file as one table, one row per line or spreadsheet row.

    Raises:
        StructureError: when the columns are not those expected, or no sheet or more than one holds the table.
    """
    if not zipfile.is_zipfile(path):
        return [csv_lines.table(path, file_name, "encounters", COLUMNS, VALUE_HEAD, frozenset())]
    heads, located = _sheet_with_table(path, file_name)
    rows = tuple((*values, locator) for locator, values in located)
    return [Rows("encounters", (*(COLUMNS[head] for head in heads), "_locator"), rows)]


def part(file_name: str) -> str:
    """The files are one series: each is compared with the one before."""
    return "southwest"


def published(path: Path) -> Published | None:
    """None: neither form says when it was published."""
    return None


def cells(path: Path, locators: Sequence[str]) -> list[Cell]:
    """The counts at ``line N`` or ``Sheet!I17``, read again, each with the rest of its row as row head.

    Raises:
        LookupError: when the file has no such line or cell.
    """
    if not zipfile.is_zipfile(path):
        return csv_lines.cells(path, locators, VALUE_HEAD)
    heads, located = _sheet_with_table(path, path.name)
    count = heads.index(VALUE_HEAD)
    rows = dict(located)
    missing = [locator for locator in locators if locator not in rows]
    if missing:
        message = f"no cell {missing[0]} in {path.name}"
        raise LookupError(message)
    return [
        Cell(
            rows[each][count], " | ".join(value for at, value in enumerate(rows[each]) if at != count), VALUE_HEAD, each
        )
        for each in locators
    ]


def text(path: Path) -> str:
    """Nothing: the words that would announce an end stand on the listing page, not in the data."""
    return ""


def _sheet_with_table(path: Path, file_name: str) -> tuple[list[str], list[Located]]:
    """Heads and located rows of the one sheet that has anything on it."""
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        sheets = {name: workbook.get_sheet_by_name(name) for name in workbook.sheet_names}
        filled = {name: sheet.to_python(skip_empty_area=False) for name, sheet in sheets.items() if sheet.height}
    except (CalamineError, OSError) as error:
        message = f"{file_name} is no readable workbook ({error})"
        raise StructureError(message) from error
    if len(filled) != 1:
        message = f"{file_name}: one sheet with the table is expected, found {', '.join(filled) or 'none'}"
        raise StructureError(message)
    [(name, grid)] = filled.items()
    return _table(name, [[_stored(value) for value in row] for row in grid], file_name)


def _table(sheet: str, grid: list[list[str]], file_name: str) -> tuple[list[str], list[Located]]:
    """The heads stand in the first row, or in the second below a title."""
    first = 1 if len(grid) > 1 and len([value for value in grid[0] if value]) == 1 else 0
    heads = [head.strip() for head in grid[first]]
    csv_lines.refuse_other_heads(heads, COLUMNS, file_name)
    letter = chr(ord("A") + heads.index(VALUE_HEAD))
    return heads, list(_rows(sheet, grid, first, letter, file_name))


def _rows(sheet: str, grid: list[list[str]], first: int, letter: str, file_name: str) -> Iterator[Located]:
    for number, row in enumerate(grid[first + 1 :], start=first + 2):
        if not any(row):
            message = f"{file_name}: row {number} of sheet {sheet!r} is empty in the midst of the table"
            raise StructureError(message)
        yield f"{sheet}!{letter}{number}", row


def _stored(value: object) -> str:
    """A stored value as text; a whole number as such, as calamine gives every number as a float."""
    text = str(value)
    return re.sub(r"\.0$", "", text) if isinstance(value, float) else text
