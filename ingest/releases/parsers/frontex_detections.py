"""Parses Frontex's workbook of monthly detections of illegal border-crossing: route x border type x nationality.

Publisher's page: https://www.frontex.europa.eu/what-we-do/monitoring-and-risk-analysis/migratory-map/. One sheet has a
row per series and a column per month since January 2009; the sheet of notes says of which day the data are. The sheet
``Dictionary`` explains names and holds no figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ingest.core.records import ParsedTable, Rows, StructureError
from ingest.releases.parsers import Cell, found_again
from ingest.releases.parsers.headers import refuse_doubled
from ingest.releases.workbooks import Sheet, letters_of, sheets_of, text_of

COLUMNS = ("route", "border_type", "nationality", "month_label", "printed")
NOTES = ("note",)
TABLES = {"cells": COLUMNS, "notes": NOTES}
FIGURES_SHEET, NOTES_SHEET, DICTIONARY_SHEET = "Detections_of_IBC", "Notes", "Dictionary"
SHEETS = {FIGURES_SHEET, NOTES_SHEET, DICTIONARY_SHEET}
# Without its notes the day of the data is not told, which a check says; the dictionary holds no figure.
NEEDED = {FIGURES_SHEET}
# The heads of the three label columns begin so; the second one is "Border type or inland".
LABEL_HEADS = ("route", "border type", "nationality")


def parse(path: Path, file_name: str) -> list[ParsedTable]:
    """One row per series and month, labels and figure as printed, and one row per line of the notes.

    Raises:
        StructureError: when sheets, label columns or months are not those promised.
    """
    sheets = {sheet.name: sheet for sheet in sheets_of(path)}
    missing, unread = sorted(NEEDED - set(sheets)), sorted(set(sheets) - SHEETS)
    if missing or unread:
        message = f"sheets missing: {', '.join(missing) or 'none'}; unread: {', '.join(unread) or 'none'}"
        raise StructureError(message)
    notes = sheets.get(NOTES_SHEET)
    lines = [(notes.printed(row, 0), f"{NOTES_SHEET}!A{row + 1}") for row in range(len(notes.rows))] if notes else []
    return [
        Rows("cells", (*COLUMNS, "_locator"), tuple(_figures(sheets[FIGURES_SHEET]))),
        Rows("notes", (*NOTES, "_locator"), tuple(line for line in lines if line[0])),
    ]


def cells(path: Path, locators: Sequence[str]) -> list[Cell]:
    """The printed cells behind ``Detections_of_IBC!GQ17``, read again, with the series as row head.

    Raises:
        LookupError: when the workbook has nothing there.
    """
    wanted = set(locators)
    figures, notes = parse(path, path.name)
    assert isinstance(figures, Rows) and isinstance(notes, Rows)  # noqa: S101
    found = {row[-1]: Cell(row[4], " | ".join(row[:3]), row[3], row[-1]) for row in figures if row[-1] in wanted}
    found |= {locator: Cell(note, "Notes", "", locator) for note, locator in notes if locator in wanted}
    return found_again(found, locators)


def _figures(sheet: Sheet) -> list[tuple[str, ...]]:
    """Every cell, zeros too: Frontex prints a 0 where it counted nobody."""
    labels, months = _columns(sheet)
    letters = {column: letters_of(column) for column in months}
    found: list[tuple[str, ...]] = []
    for number, row in enumerate(sheet.rows[1:], start=2):
        route, border_type, nationality = (text_of(row[column]) for column in labels)
        if not route and not border_type and not nationality and not any(map(text_of, row)):
            continue
        if not (route and border_type and nationality):
            message = f"row {number}: route {route!r}, border type {border_type!r}, nationality {nationality!r}"
            raise StructureError(message)
        found += [
            (route, border_type, nationality, month, text_of(row[column]), f"{FIGURES_SHEET}!{letters[column]}{number}")
            for column, month in months.items()
        ]
    return found


def _columns(sheet: Sheet) -> tuple[list[int], dict[int, str]]:
    """Where the three labels stand, and the printed month of each other column."""
    heads = sheet.line(0)
    labels = [
        [column for column, head in enumerate(heads) if head.casefold().startswith(begins)] for begins in LABEL_HEADS
    ]
    if any(len(columns) != 1 for columns in labels):
        message = f"heads {', '.join(heads[:5]) or 'none'}: due one each of {', '.join(LABEL_HEADS)}, then months"
        raise StructureError(message)
    positions = [columns[0] for columns in labels]
    months = {column: head for column, head in enumerate(heads) if column not in positions}
    if not months or "" in months.values():
        message = "a column without a head" if months else "no column of a month"
        raise StructureError(message)
    refuse_doubled(months.values(), "two columns")
    return positions, months
