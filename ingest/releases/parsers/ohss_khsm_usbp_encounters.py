"""Parses OHSS's workbook of Border Patrol encounters: 16 sheets of lists, annual and monthly, by different breakdowns.

Publisher's page: https://ohss.dhs.gov/khsm/cbp-encounters. Columns stand in another order from one vintage to the
next, so each is found by its head; a sheet that lacks one, or has one that nobody reads, is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ingest.core.records import ParsedTable, Rows, StructureError
from ingest.releases.parsers import Cell, found_again
from ingest.releases.parsers.headers import doubled
from ingest.releases.workbooks import Sheet, cell_name, sheets_of

# The heads of the columns of labels, in the order of the raw table.
LABELS = ("fiscal_year", "month", "region", "sector", "citizenship", "family_status")
COLUMNS = ("sheet", "fiscal_year", "month_label", "region", "sector", "citizenship", "family_status", "printed")
TABLES = {"cells": COLUMNS}
FIGURE = "quantity"
NEEDED = ("fiscal_year", FIGURE)


def parse(path: Path, file_name: str) -> list[ParsedTable]:
    """One row per line of every sheet, labels as printed and empty where the sheet has no such column.

    Raises:
        StructureError: when a sheet has columns other than those known, lacks one, or leaves a label empty.
    """
    rows = tuple(row for sheet in sheets_of(path) for row in _rows(sheet))
    return [Rows("cells", (*COLUMNS, "_locator"), rows)]


def cells(path: Path, locators: Sequence[str]) -> list[Cell]:
    """The printed cells behind ``Sheet!C17``, read again, each with its line's labels as row head.

    Raises:
        LookupError: when the workbook has no figure there.
    """
    wanted = set(locators)
    rows = (row for sheet in sheets_of(path) for row in _rows(sheet) if row[-1] in wanted)
    found = {row[-1]: Cell(row[-2], " | ".join(filter(None, row[1:-2])), "Quantity", row[-1]) for row in rows}
    return found_again(found, locators)


def _rows(sheet: Sheet) -> Iterator[tuple[str, ...]]:
    positions = _positions(sheet)
    figure = positions.pop(FIGURE)
    for number in range(1, len(sheet.rows)):
        labels = {head: sheet.printed(number, column) for head, column in positions.items()}
        printed = sheet.printed(number, figure)
        if not printed and not any(labels.values()):
            continue
        empty = [head for head, label in labels.items() if not label]
        if empty:
            message = f"sheet {sheet.name!r}, row {number + 1}: nothing under {', '.join(empty)}"
            raise StructureError(message)
        yield (sheet.name, *(labels.get(head, "") for head in LABELS), printed, cell_name(sheet.name, number, figure))


def _positions(sheet: Sheet) -> dict[str, int]:
    """Where each column stands, by its head; blanks and line breaks in heads come and go."""
    heads = sheet.line(0)
    names = [head.casefold().replace(" ", "_") for head in heads]
    missing = [name for name in NEEDED if name not in names]
    unread = [head or "a column without a head" for head, name in zip(heads, names, strict=True)
              if name not in (*LABELS, FIGURE)]  # fmt: skip
    twice = doubled(names)
    if missing or unread or twice:
        message = (
            f"sheet {sheet.name!r}: missing {', '.join(missing) or 'none'}; unread {', '.join(unread) or 'none'}; "
            f"doubled {', '.join(twice) or 'none'}"
        )
        raise StructureError(message)
    return {name: column for column, name in enumerate(names)}
