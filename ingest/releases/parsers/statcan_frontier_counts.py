"""Parses Statistics Canada's table 24-10-0053-01 (frontier counts) as its site lays it out for download as CSV.

Publisher's page: https://www150.statcan.gc.ca/t1/tbl1/en/tv.action?pid=2410005301. Not a plain table: a preamble with the
date of release, head rows for geography, month and kind of traveller whose labels stand over their first column only,
the figures, then a legend and footnotes that are no valid CSV. Numbers of footnotes stand behind labels.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.core.records import ParsedTable, Published, Rows, StructureError, UnknownFile
from ingest.releases.parsers import Cell, found_again
from ingest.releases.parsers.headers import refuse_doubled, refuse_other_width

COLUMNS = ("geography", "year", "month_name", "column_label", "row_label", "printed")
TABLES = {"cells": COLUMNS}
TABLE_LINE = re.compile(r"Table: 24-10-0053-01( \(formerly .+\))?")
RELEASE_LINE = re.compile(r"^Release date: (.+)$")
MONTH = re.compile(r"^([A-Z][a-z]+) ((?:20|19)[0-9]{2})$")
END_OF_TABLE = "Symbol legend:"
# What the line above the figures says that they count, one by one; thousands of them would be another figure.
UNITS = ("Travellers", "Persons", "Number")


@dataclass(frozen=True)
class _Line:
    number: int
    cells: tuple[str, ...]


def parse(path: Path, file_name: str) -> list[ParsedTable]:
    """One row per figure, with the labels that stand over and before it.

    Raises:
        StructureError: when the file is not of that table, a head row or the legend is missing, a month cannot be
            read, a line is not as wide as the head, or two lines or columns are headed alike.
    """
    rows = tuple(
        (*labels, printed, _locator(number, labels)) for number, labels, printed in _figures(_lines(path, file_name))
    )
    if not rows:
        message = f"{file_name} has heads and no figures"
        raise StructureError(message)
    return [Rows("cells", (*COLUMNS, "_locator"), rows)]


def published(path: Path) -> Published | None:
    """The date of release that the preamble prints; None without such a line."""
    for line in _lines(path, path.name):
        if line.cells and (found := RELEASE_LINE.match(line.cells[0])):
            return Published.from_text(found[1].strip(), "document")
    return None


def cells(path: Path, locators: Sequence[str]) -> list[Cell]:
    """The figures behind ``line 14, January 2018, Travellers``, read again.

    Raises:
        LookupError: when the file has no such cell.
    """
    found = {
        _locator(number, labels): Cell(printed, labels[4], f"{labels[2]} {labels[1]}, {labels[3]}", f"line {number}")
        for number, labels, printed in _figures(_lines(path, path.name))
    }
    return found_again(found, locators)


def _locator(number: int, labels: Sequence[str]) -> str:
    return f"line {number}, {labels[2]} {labels[1]}, {labels[3]}"


def _lines(path: Path, file_name: str) -> list[_Line]:
    """The lines down to the legend, blanks of typesetting made plain; what stands below is not read."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream)
            lines: list[_Line] = []
            for row in reader:
                lines.append(_Line(reader.line_num, tuple(" ".join(cell.split()) for cell in row)))
                if row and lines[-1].cells[0] == END_OF_TABLE:
                    break
    except (UnicodeDecodeError, csv.Error) as error:
        message = f"{file_name} is not readable as CSV in UTF-8"
        raise StructureError(message) from error
    if not any(len(line.cells) == 1 and TABLE_LINE.fullmatch(line.cells[0]) for line in lines):
        message = f'{file_name} has no line "Table: 24-10-0053-01"'
        raise UnknownFile(message)
    if lines[-1].cells[:1] != (END_OF_TABLE,):
        message = f'{file_name} ends without "{END_OF_TABLE}": it may be cut off'
        raise StructureError(message)
    return lines[:-1]


def _figures(lines: list[_Line]) -> Iterator[tuple[int, tuple[str, str, str, str, str], str]]:
    """(line, (geography, year, month, column, row), printed) of every figure under the head."""
    start = _head_line(lines, "Geography")
    places, months, kinds = (line.cells for line in lines[start : start + 3])
    if kinds[:1] != ("Traveller type",) or len({len(places), len(months), len(kinds)}) > 1:
        message = "the rows of geography, month and traveller type do not stand under each other"
        raise StructureError(message)
    heads = [
        (place, *_month(month), kind)
        for place, month, kind in zip(_spread(places[1:]), _spread(months[1:]), kinds[1:], strict=True)
    ]
    refuse_doubled([" · ".join(head) for head in heads], "two columns")
    _refuse_other_units(lines[start + 3 :])
    body = [line for line in lines[start + 3 :] if _has_figures(line)]
    refuse_doubled([line.cells[0] for line in body], "two lines")
    for line in body:
        refuse_other_width(line.cells[1:], heads, f"line {line.number}")
        for head, printed in zip(heads, line.cells[1:], strict=True):
            yield line.number, (*head, line.cells[0]), printed


def _head_line(lines: list[_Line], label: str) -> int:
    for position, line in enumerate(lines):
        if line.cells[:1] == (label,) and len(line.cells) > 1:
            return position
    message = f'no head row "{label}"'
    raise StructureError(message)


def _refuse_other_units(lines: list[_Line]) -> None:
    for line in lines:
        said = [cell for cell in line.cells if cell]
        if not _has_figures(line) and line.cells[:1] == ("",) and said and said[0] not in UNITS:
            message = f'line {line.number}: the figures are told in "{said[0]}", known are {", ".join(UNITS)}'
            raise StructureError(message)


def _has_figures(line: _Line) -> bool:
    """Not a blank line, a heading alone, or the line that names the unit (no label, one word)."""
    return len(line.cells) > 1 and (line.cells[0] != "" or sum(cell != "" for cell in line.cells) > 1)


def _spread(labels: Sequence[str]) -> list[str]:
    """Each label over the columns up to the next one."""
    spread: list[str] = []
    for label in labels:
        spread.append(label or (spread[-1] if spread else ""))
    return spread


def _month(label: str) -> tuple[str, str]:
    found = MONTH.match(label)
    if not found:
        message = f'the column head "{label}" names no month such as "January 2018"'
        raise StructureError(message)
    return found[2], found[1]
