"""Spreadsheets as printed: sheets, cells and merged heads of an XLSX or ODS workbook, values as text, cells by name.

python-calamine hands over every number as a float; a whole one is printed here as the reader sees it (1590310), so that
nothing after the parser has to know what a spreadsheet is.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from ingest.core.records import StructureError

SHEET_PART = re.compile(r"xl/worksheets/[^/]+\.xml")
CELL_COLUMN = re.compile(rb'<c [^>]{0,200}?\br="([A-Z]{1,3})[0-9]{1,7}"')
CELL_ROW = re.compile(rb'<(?:row|c) [^>]{0,200}?\br="[A-Z]{0,3}([0-9]{1,7})"')
# The largest sheet held so far has some 200,000 cells.
MOST_CELLS = 10_000_000
MOST_MERGED = 10_000


@dataclass(frozen=True)
class Sheet:
    """One sheet: its cells as calamine gives them, row by row from A1, and the ranges that are merged."""

    name: str
    rows: Sequence[Sequence[Any]]
    merged: tuple[tuple[tuple[int, int], tuple[int, int]], ...]

    def printed(self, row: int, column: int) -> str:
        """The text of a cell (both counted from 0); empty outside of the sheet."""
        inside = row < len(self.rows) and column < len(self.rows[row])
        return text_of(self.rows[row][column]) if inside else ""

    def line(self, row: int) -> list[str]:
        """The texts of a row's cells; none outside of the sheet."""
        return [text_of(value) for value in self.rows[row]] if row < len(self.rows) else []

    def anchor(self, row: int, column: int) -> tuple[int, int]:
        """Where the text of that cell stands: in the upper left corner of the merged range that it lies in, or here."""
        for (top, left), (bottom, right) in self.merged:
            if top <= row <= bottom and left <= column <= right:
                return top, left
        return row, column


def sheets_of(path: Path) -> list[Sheet]:
    """All sheets of a workbook, in its order.

    Raises:
        StructureError: when the file cannot be read as a workbook.
    """
    content = path.read_bytes()
    _refuse_far_cells(content)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        opened = [workbook.get_sheet_by_name(name) for name in workbook.sheet_names]
        return [
            Sheet(each.name, each.to_python(skip_empty_area=False), tuple(each.merged_cell_ranges or ()))
            for each in opened
        ]
    except (CalamineError, OSError, ValueError) as error:
        message = f"not readable as a workbook: {error}"
        raise StructureError(message) from error


def _refuse_far_cells(content: bytes) -> None:
    """Stop at a sheet that reaches further than any of these: calamine makes room for all between its corners at once.

    One cell at XFD1048576 asks for 549 GB. What a sheet says of its own dimension may be another thing than its cells.
    """
    damaged = contextlib.suppress(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, KeyError)
    with damaged, zipfile.ZipFile(io.BytesIO(content)) as container:
        for name in container.namelist():
            if SHEET_PART.fullmatch(name):
                _refuse_far_sheet(name, container.read(name))


def _refuse_far_sheet(name: str, sheet: bytes) -> None:
    columns = max((column_number(found.decode()) for found in set(CELL_COLUMN.findall(sheet))), default=0)
    rows = max(map(int, CELL_ROW.findall(sheet)), default=0)
    merged = sheet.count(b"<mergeCell ")
    if columns * rows > MOST_CELLS or merged > MOST_MERGED:
        message = (
            f"{name} reaches to {letters_of(columns - 1)}{rows} with {merged} merged ranges: no sheet of this source "
            f"has {MOST_CELLS:,} cells or {MOST_MERGED:,} ranges"
        )
        raise StructureError(message)


def column_number(letters: str) -> int:
    """The number of a column, counted from 1."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def text_of(value: object) -> str:
    """A cell's value as text in one line: as stored, with its blanks run together."""
    return " ".join(stored_text(value).split())


def stored_text(value: object) -> str:
    """A cell's value as text, blanks and line breaks as they are: whole numbers without a point, days in ISO form."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def letters_of(column: int) -> str:
    """The letters of a column counted from 0: A, B, …, Z, AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def cell_name(sheet: str, row: int, column: int) -> str:
    """``Monthly Count!C17`` for a row and column counted from 0: what a person types to get there."""
    return f"{sheet}!{letters_of(column)}{row + 1}"
