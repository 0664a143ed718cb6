"""Parses the Home Office's weekly workbook "Small boats - time series" (ODS): one table of days, one of weeks.

Publisher's page: https://www.gov.uk/government/publications/migrants-detected-crossing-the-english-channel-in-small-boats
Sheet SB_01 holds a row a day from 2018-01-01, sheet SB_02 a row a week under the day on which the week ends. The other
two sheets are words.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from ingest.parsers import Cell
from ingest.records import ParsedTable, Published, Rows, StructureError

COLUMNS = ("sheet", "day", "year_label", "month_label", "column_label", "printed", "note")
TABLES = {"cells": COLUMNS}
# Sheet name and the head of its first column.
SHEETS = {"SB_01": "Date", "SB_02": "Week ending"}
WORDS = frozenset({"Cover_sheet", "Notes"})
NOTES = "Notes"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LOCATOR = re.compile(r"(\w+)!([A-Z])(\d+)")


def parse(path: Path, file_name: str) -> list[ParsedTable]:
    """One row per day (or week) and column of figures, with the note of its row.

    Raises:
        StructureError: when a sheet is missing or unknown, a column has no head or one that another has too, or a row
            has no date.
    """
    workbook = _workbook(path)
    unread = set(workbook.sheet_names) - set(SHEETS) - WORDS
    missing = set(SHEETS) - set(workbook.sheet_names)
    if missing or unread:
        message = (
            f"sheets: missing {', '.join(sorted(missing)) or 'none'}; unread {', '.join(sorted(unread)) or 'none'}"
        )
        raise StructureError(message)
    rows = [row for sheet in SHEETS for row in _rows(workbook, sheet)]
    return [Rows("cells", (*COLUMNS, "_locator"), tuple(rows))]


def part(file_name: str) -> str:
    """Every workbook is the whole series."""
    return "time series"


def published(path: Path) -> Published | None:
    """The workbook prints no date of publication."""
    return None


def cells(path: Path, locators: Sequence[str]) -> list[Cell]:
    """The stored cells behind ``SB_01!B17``, read again.

    Raises:
        LookupError: when the workbook has no such cell.
    """
    workbook = _workbook(path)
    sheets: dict[str, list[list[Any]]] = {}
    found = []
    for locator in locators:
        match = LOCATOR.fullmatch(locator)
        if not match or match[1] not in workbook.sheet_names:
            message = f"no cell at {locator}"
            raise LookupError(message)
        if match[1] not in sheets:
            sheets[match[1]] = _grid(workbook, match[1])
        found.append(_cell(sheets[match[1]], match[1], LETTERS.index(match[2]), int(match[3]), locator))
    return found


def text(path: Path) -> str:
    """Nothing: a notice of closure would stand on the page that leads here."""
    return ""


def _workbook(path: Path) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_filelike(path.open("rb"))
    except (CalamineError, OSError, ValueError) as error:
        message = f"not a readable workbook: {error}"
        raise StructureError(message) from error


def _grid(workbook: CalamineWorkbook, sheet: str) -> list[list[Any]]:
    grid: list[list[Any]] = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    return grid


def _rows(workbook: CalamineWorkbook, sheet: str) -> Iterator[tuple[str, ...]]:
    grid = _grid(workbook, sheet)
    heads = _heads(sheet, grid)
    note_at = heads.index(NOTES)
    seen: Counter[str] = Counter()
    for number, row in enumerate(grid[1:], start=2):
        if not any(_printed(value) for value in row):
            continue
        day = _day(row[0], f"{sheet}!A{number}")
        seen[day] += 1
        if seen[day] > 1:
            message = f"sheet {sheet}: two rows of {day}, the second at A{number}"
            raise StructureError(message)
        for position in range(1, len(heads)):
            if position != note_at:
                yield (
                    sheet, day, day[:4], str(int(day[5:7])), heads[position], _printed(row[position]),
                    _printed(row[note_at]), f"{sheet}!{LETTERS[position]}{number}",
                )  # fmt: skip


def _heads(sheet: str, grid: list[list[Any]]) -> list[str]:
    heads = [" ".join(_printed(value).split()) for value in grid[0]] if grid else []
    if not heads or heads[0] != SHEETS[sheet] or NOTES not in heads:
        message = f'sheet {sheet}: the first row should head "{SHEETS[sheet]}" … "{NOTES}", found {heads}'
        raise StructureError(message)
    doubled = [head for head, count in Counter(heads).items() if count > 1]
    if "" in heads or doubled or len(heads) > len(LETTERS):
        message = f"sheet {sheet}: columns without a head or with the same one: {', '.join(doubled) or heads}"
        raise StructureError(message)
    return heads


def _day(value: object, where: str) -> str:
    """The ISO date that the cell stores; text that looks like a date is none, for nobody can say which day it means."""
    if isinstance(value, dt.datetime):
        value = value.date()
    if not isinstance(value, dt.date):
        message = f"{where}: {str(value)!r} is no date"
        raise StructureError(message)
    return value.isoformat()


def _printed(value: object) -> str:
    """The number or text that the cell stores; a whole number without the point that the reader adds."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _cell(grid: list[list[Any]], sheet: str, column: int, number: int, locator: str) -> Cell:
    if number > len(grid) or column >= len(grid[number - 1]):
        message = f"no cell at {locator}"
        raise LookupError(message)
    row = grid[number - 1]
    return Cell(_printed(row[column]), _printed(row[0])[:10], _printed(grid[0][column]), f"sheet {sheet}")
