"""What stands around a printed cell: the table of the page, the lines of the CSV, the part of the sheet, with its place.

For readers who want to see the release and not only be told of it. Everything is text as printed; nothing of an agency's
markup is handed on. A locator of another kind (a page of a PDF, a day without a row) has no surroundings here.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.releases.parsers import html_tables
from ingest.releases.workbooks import Sheet, column_number, letters_of, sheets_of

LINE = re.compile(r"line (\d+), (.+)")
SHEET_CELL = re.compile(r"(.+)!([A-Z]{1,3})(\d+)")
TABLE_CELL = re.compile(r'table "(.*)" · row "(.*)" · column "(.*)"')
LINES_AROUND, ROWS_AROUND, COLUMNS_AROUND = 2, 2, 2
# A cell that holds a paragraph would fill the screen, and a table of hundreds of rows the page.
LONGEST_CELL, MOST_ROWS = 160, 40


@dataclass(frozen=True)
class Excerpt:
    """Rows as printed around one cell; the first row of each is its number or label in the file."""

    # What the rows are of: the caption of a table, the name of a sheet; empty for the lines of a CSV.
    of: str
    rows: tuple[tuple[str, ...], ...]
    # The marked cell, counted from 0 in ``rows``.
    row: int
    column: int


def excerpts(path: Path, locators: Sequence[str]) -> dict[str, Excerpt]:
    """The surroundings of each located cell that has any, by locator; each file is read once."""
    lines: dict[str, tuple[int, str]] = {}
    tables: dict[str, tuple[str, str, str]] = {}
    cells: dict[str, tuple[str, str, int]] = {}
    for locator in locators:
        if line := LINE.fullmatch(locator):
            lines[locator] = (int(line[1]), line[2])
        elif cell := TABLE_CELL.fullmatch(locator):
            tables[locator] = (cell[1], cell[2], cell[3])
        elif cell := SHEET_CELL.fullmatch(locator):
            cells[locator] = (cell[1], cell[2], int(cell[3]))
    return {
        **(_of_lines(path, lines) if lines else {}),
        **(_of_tables(path, tables) if tables else {}),
        **(_of_sheets(path, cells) if cells else {}),
    }


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"


def _of_lines(path: Path, wanted: dict[str, tuple[int, str]]) -> dict[str, Excerpt]:
    """The head of a CSV and the lines around each located one, numbered as an editor numbers them."""
    near = {number + off for number, _ in wanted.values() for off in range(-LINES_AROUND, LINES_AROUND + 1)}
    with path.open(encoding="utf-8-sig", newline="") as stream:
        lines = csv.reader(stream)
        head = [each.strip() for each in next(lines)]
        kept = {number: line for number, line in enumerate(lines, start=2) if number in near}
    heads = [each.casefold() for each in head]
    found: dict[str, Excerpt] = {}
    for locator, (number, value_head) in wanted.items():
        if number in kept and value_head.casefold() in heads:
            around = [at for at in range(number - LINES_AROUND, number + LINES_AROUND + 1) if at in kept]
            rows = [("1", *head), *((str(at), *kept[at]) for at in around)]
            printed = tuple(tuple(map(_short, row)) for row in rows)
            found[locator] = Excerpt("", printed, 1 + around.index(number), 1 + heads.index(value_head.casefold()))
    return found


def _of_tables(path: Path, wanted: dict[str, tuple[str, str, str]]) -> dict[str, Excerpt]:
    """The whole captioned table of a page: its heads and rows, footnote marks beside the figures."""
    captions = {caption for caption, _, _ in wanted.values()}
    tables: dict[str, tuple[tuple[str, ...], ...]] = {}
    for caption, table in html_tables.captioned_tables(html_tables.read_page(path)):
        if caption in captions and caption not in tables:
            tables[caption] = tuple(
                tuple(_short(" ".join(filter(None, html_tables.printed(cell)))) for cell in html_tables.cells_of(row))
                for row in html_tables.rows_of(table)[:MOST_ROWS]
            )
    found: dict[str, Excerpt] = {}
    for locator, (caption, row_label, column_label) in wanted.items():
        rows = tables.get(caption, ())
        at = _cell_at(rows, row_label, column_label)
        if at:
            found[locator] = Excerpt(caption, rows, *at)
    return found


def _cell_at(rows: Sequence[Sequence[str]], row_label: str, column_label: str) -> tuple[int, int] | None:
    """Where row and column of these labels cross; None where a label does not stand there once, or with a mark beside."""
    down = [at for at, row in enumerate(rows) if row and _is_label(row[0], row_label)]
    across = [at for at, label in enumerate(rows[0] if rows else ()) if at and _is_label(label, column_label)]
    if len(down) == 1 and len(across) == 1 and across[0] < len(rows[down[0]]):
        return down[0], across[0]
    return None


def _is_label(said: str, label: str) -> bool:
    """A label, alone or with the footnote marks that stand beside it."""
    return said == label or (said.startswith(f"{label} ") and len(said) <= len(label) + 20)


def _of_sheets(path: Path, wanted: dict[str, tuple[str, str, int]]) -> dict[str, Excerpt]:
    """The part of a sheet around each cell, with its first column, and the letters and numbers of the margins."""
    by_sheet: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
    for locator, (name, letters, number) in wanted.items():
        by_sheet[name].append((locator, letters, number))
    sheets = {each.name: each for each in sheets_of(path)}
    return {
        locator: _of_sheet(sheets[name], letters, number - 1)
        for name, cells in by_sheet.items() if name in sheets
        for locator, letters, number in cells
    }  # fmt: skip


def _of_sheet(sheet: Sheet, letters: str, row: int) -> Excerpt:
    column = column_number(letters) - 1
    columns = sorted({0, *range(max(0, column - COLUMNS_AROUND), column + COLUMNS_AROUND + 1)})
    down = list(range(max(0, row - ROWS_AROUND), row + ROWS_AROUND + 1))
    rows = [("", *map(letters_of, columns))]
    rows += [(str(at + 1), *(_short(sheet.printed(at, each)) for each in columns)) for at in down]
    return Excerpt(sheet.name, tuple(rows), 1 + down.index(row), 1 + columns.index(column))
