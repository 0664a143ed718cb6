"""Parses OHSS's workbook of Immigration Enforcement and Legal Processes Monthly Tables: one table a sheet.

Publisher's page: https://ohss.dhs.gov/topics/immigration/immigration-enforcement/
immigration-enforcement-and-legal-processes-monthly-tables. Every sheet but the table of contents has a title, one or
two rows of heads (the upper ones merged over several columns), blocks of a fiscal year whose label stands on the first
row only, and notes below. Heads are read by name, whatever order they come in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ingest.core.records import ParsedTable, Rows, StructureError
from ingest.releases.parsers import Cell, found_again
from ingest.releases.workbooks import Sheet, cell_name, letters_of, sheets_of

COLUMNS = ("sheet", "title", "group_head", "head", "fiscal_year", "month_label", "printed")
CONTENTS = ("category", "starting_year", "listed_title")
TABLES = {"cells": COLUMNS, "contents": CONTENTS}
CONTENTS_SHEET = "TOC"
YEAR_HEAD, MONTH_HEAD = "Fiscal Year", "Month"
FIRST_FIGURE = 2
# What stands above the title of each sheet: a link back and a hint on folded rows.
BACK_LINK = "Return to Table of Contents"


def parse(path: Path, file_name: str) -> list[ParsedTable]:
    """One row per figure of every table (heads, fiscal year and month as printed), and the table of contents.

    Raises:
        StructureError: when the contents are missing, or a sheet has no title, no heads or figures outside of them.
    """
    sheets = sheets_of(path)
    contents = [sheet for sheet in sheets if sheet.name == CONTENTS_SHEET]
    if not contents:
        message = f"no sheet {CONTENTS_SHEET!r}; sheets found: {', '.join(sheet.name for sheet in sheets) or 'none'}"
        raise StructureError(message)
    figures = tuple(row for sheet in sheets if sheet.name != CONTENTS_SHEET for row in _figures(sheet))
    return [
        Rows("cells", (*COLUMNS, "_locator"), figures),
        Rows("contents", (*CONTENTS, "_locator"), tuple(_contents(contents[0]))),
    ]


def cells(path: Path, locators: Sequence[str]) -> list[Cell]:
    """The printed cells behind ``Sheet!C17``, read again, with fiscal year and month as row head.

    Raises:
        LookupError: when the workbook has no figure there.
    """
    named = {locator.rpartition("!")[0] for locator in locators}
    found: dict[str, Cell] = {}
    for sheet in sheets_of(path):
        if sheet.name in named:
            found |= _cells_of(sheet)
    return found_again(found, locators)


def _cells_of(sheet: Sheet) -> dict[str, Cell]:
    if sheet.name == CONTENTS_SHEET:
        return {row[-1]: Cell(row[2], row[0], "Table", row[-1]) for row in _contents(sheet)}
    return {
        locator: Cell(printed, f"{year} {month}", " | ".join(filter(None, (group, head))), locator)
        for _, _, group, head, year, month, printed, locator in _figures(sheet)
    }


def _contents(sheet: Sheet) -> Iterator[tuple[str, ...]]:
    """The lines of the table of contents: those with a table and a starting year."""
    for row in range(len(sheet.rows)):
        category, title, starts = (sheet.printed(row, column) for column in range(3))
        if title and starts.isdigit():
            yield category, starts, title, cell_name(sheet.name, row, 1)


def _figures(sheet: Sheet) -> Iterator[tuple[str, ...]]:
    title, heads, first = _top(sheet)
    year = ""
    for row in range(first, len(sheet.rows)):
        label, month = sheet.printed(row, 0), sheet.printed(row, 1)
        if not month:
            _refuse_figures_below(sheet, row, len(heads) + FIRST_FIGURE)
            return
        year = label or year
        if not year:
            message = f"sheet {sheet.name!r}, row {row + 1}: {month} under no fiscal year"
            raise StructureError(message)
        for column, (group, head) in enumerate(heads, start=FIRST_FIGURE):
            printed = sheet.printed(row, column)
            yield sheet.name, title, group, head, year, month, printed, cell_name(sheet.name, row, column)


def _top(sheet: Sheet) -> tuple[str, list[tuple[str, str]], int]:
    """The title, (upper heads, head) of each column of figures, and the first row of figures."""
    rows = range(len(sheet.rows))
    marked = [
        row for row in rows if sheet.printed(row, 0) == YEAR_HEAD and sheet.printed(*sheet.anchor(row, 1)) == MONTH_HEAD
    ]
    titles = [
        row
        for row in rows[: marked[0] if marked else 0]
        if sheet.printed(row, 0) and not sheet.printed(row, 0).startswith(BACK_LINK)
    ]
    if len(marked) != 1 or len(titles) != 1:
        message = (
            f"sheet {sheet.name!r}: {len(titles)} titles above {len(marked)} rows headed {YEAR_HEAD!r}, due 1 of 1"
        )
        raise StructureError(message)
    # Where the head "Fiscal Year" is merged downwards, the lowest of its rows carries the columns' own heads.
    last = max([marked[0], *(bottom for (top, left), (bottom, _) in sheet.merged if (top, left) == (marked[0], 0))])
    heads = _heads(sheet, range(titles[0] + 1, last + 1))
    return sheet.printed(titles[0], 0), heads, last + 1


def _heads(sheet: Sheet, rows: range) -> list[tuple[str, str]]:
    width = max((len(sheet.rows[row]) for row in rows), default=0)
    heads = []
    for column in range(FIRST_FIGURE, width):
        # A head merged over rows or columns is one head: it counts once, wherever in it the column lies.
        *upper, own = dict.fromkeys(sheet.anchor(row, column) for row in rows)
        if not sheet.printed(*own):
            message = f"sheet {sheet.name!r}: column {letters_of(column)} has no head"
            raise StructureError(message)
        heads.append((" | ".join(filter(None, (sheet.printed(*each) for each in upper))), sheet.printed(*own)))
    return heads


def _refuse_figures_below(sheet: Sheet, first: int, width: int) -> None:
    """Below the last month there are notes only; figures there would be read by nobody."""
    for row in range(first, len(sheet.rows)):
        beyond = [cell_name(sheet.name, row, column) for column in range(1, width) if sheet.printed(row, column)]
        if beyond:
            message = f"sheet {sheet.name!r}: something stands at {beyond[0]}, below the last month"
            raise StructureError(message)
