"""Parses the Home Office's weekly workbook "Small boats - time series" (ODS): one table of days, one of weeks.

Publisher's page: https://www.gov.uk/government/publications/migrants-detected-crossing-the-english-channel-in-small-boats
Sheet SB_01 holds a row a day from 2018-01-01, sheet SB_02 a row a week under the day on which the week ends. The other
two sheets are words.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path

from ingest.core.records import ParsedTable, Rows, StructureError
from ingest.releases.parsers import Cell, found_again
from ingest.releases.parsers.headers import doubled
from ingest.releases.workbooks import Sheet, cell_name, sheets_of

COLUMNS = ("sheet", "day", "year_label", "month_label", "column_label", "printed", "note")
TABLES = {"cells": COLUMNS}
# Sheet name and the head of its first column.
SHEETS = {"SB_01": "Date", "SB_02": "Week ending"}
WORDS = frozenset({"Cover_sheet", "Contents", "Notes"})
# The weeks repeat the days, but for preventions, which came later: a workbook may do without them.
NEEDED = frozenset({"SB_01"})
NOTES = "Notes"
# Above the heads there may be a title.
ROWS_ABOVE_THE_HEADS = 6


def parse(path: Path, file_name: str) -> list[ParsedTable]:
    """One row per day (or week) and column of figures, with the note of its row.

    Raises:
        StructureError: when a sheet is missing or unknown, a column has no head or one that another has too, or a row
            has no date.
    """
    return [Rows("cells", (*COLUMNS, "_locator"), tuple(_figures(path)))]


def cells(path: Path, locators: Sequence[str]) -> list[Cell]:
    """The stored cells behind ``SB_01!B17``, read again.

    Raises:
        LookupError: when the workbook has no such cell.
    """
    found = {row[-1]: Cell(row[5], row[1], row[4], f"sheet {row[0]}") for row in _figures(path)}
    return found_again(found, locators)


def _figures(path: Path) -> Iterator[tuple[str, ...]]:
    sheets = {_known(sheet.name): sheet for sheet in sheets_of(path)}
    unread, missing = set(sheets) - set(SHEETS) - WORDS, NEEDED - set(sheets)
    if missing or unread:
        message = (
            f"sheets: missing {', '.join(sorted(missing)) or 'none'}; unread {', '.join(sorted(unread)) or 'none'}"
        )
        raise StructureError(message)
    for name, first_head in SHEETS.items():
        if name in sheets:
            yield from _rows(sheets[name], first_head)


def _known(name: str) -> str:
    """A sheet's name with one line where blanks stand: ``SB 01`` is ``SB_01``."""
    return "_".join(name.split())


def _rows(sheet: Sheet, first_head: str) -> Iterator[tuple[str, ...]]:
    top = _top(sheet, first_head)
    heads = _heads(sheet, top)
    note_at = heads.index(NOTES) if NOTES in heads else None
    seen: set[str] = set()
    for number in range(top + 1, len(sheet.rows)):
        row = sheet.line(number)
        if not any(row):
            continue
        day = _day(sheet.rows[number][0], cell_name(sheet.name, number, 0))
        if day in seen:
            message = f"sheet {sheet.name}: two rows of {day}, the second at A{number + 1}"
            raise StructureError(message)
        seen.add(day)
        for position in range(1, len(heads)):
            if position != note_at:
                yield (
                    sheet.name, day, day[:4], str(int(day[5:7])), heads[position], row[position],
                    "" if note_at is None else row[note_at], cell_name(sheet.name, number, position),
                )  # fmt: skip


def _top(sheet: Sheet, first_head: str) -> int:
    """The row of the heads, from 0."""
    for number in range(min(ROWS_ABOVE_THE_HEADS, len(sheet.rows))):
        if sheet.line(number)[:1] == [first_head]:
            return number
    message = f'sheet {sheet.name}: a row should head "{first_head}" and figures, found first {sheet.line(0)}'
    raise StructureError(message)


def _heads(sheet: Sheet, top: int) -> list[str]:
    heads = sheet.line(top)
    twice = doubled(heads)
    if "" in heads or twice:
        message = f"sheet {sheet.name}: columns without a head or with the same one: {', '.join(twice) or heads}"
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
