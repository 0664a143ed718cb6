"""Parses the PDF "U.S. Border Patrol Monthly Encounters FY 2000 - FY 2020": one ruled table a page, a page a fiscal year.

Publisher's page: https://www.cbp.gov/document/stats/us-border-patrol-monthly-encounters-fy-2000-fy-2020. Rows are
sectors, border subtotals and the monthly total; columns the twelve months of the fiscal year and the yearly total. The
words beside the table (title, notes) are read with every cell, because they say what is counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pdfplumber
from pdfplumber.page import Page
from pdfplumber.pdf import PDF
from pdfplumber.utils.exceptions import PdfminerException

from ingest.core.records import ParsedTable, Rows, StructureError
from ingest.releases.parsers import Cell, found_again
from ingest.releases.parsers.headers import refuse_doubled

COLUMNS = ("page", "title", "note", "row_label", "column_label", "printed")
TABLES = {"cells": COLUMNS}
HEADING = "United States Border Patrol"
FIRST_HEAD = "SECTOR"
# Twelve months and the yearly total.
FIGURES_A_ROW = 13
# The document has 21 pages; one of hundreds is another document and would keep a core busy for minutes.
MOST_PAGES = 100

PageCell = tuple[str, str, str]


def parse(path: Path, file_name: str) -> list[ParsedTable]:
    """One row per cell of every page's table, subtotals, totals and the Yearly Total column included.

    Raises:
        StructureError: when the file is no readable PDF, is encrypted, a page has no text or not exactly one table, or
            a row does not fit its head.
    """
    rows: list[tuple[str, ...]] = []
    with _document(path) as document:
        for number, page in enumerate(document.pages, start=1):
            title, note, cells = _read(page, number)
            rows += [(str(number), title, note, *cell, _locator(number, *cell[:2])) for cell in cells]
            page.close()
    return [Rows("cells", (*COLUMNS, "_locator"), tuple(rows))]


def cells(path: Path, locators: Sequence[str]) -> list[Cell]:
    """The printed cells behind ``page 3 · row "Swanton" · column "October"``, read again.

    Raises:
        LookupError: when the document has no such cell.
    """
    wanted = {int(found[1]) for found in (re.match(r"page (\d+) ", locator) for locator in locators) if found}
    known: dict[str, Cell] = {}
    with _document(path) as document:
        for number in sorted(wanted & set(range(1, len(document.pages) + 1))):
            title, _, printed = _read(document.pages[number - 1], number)
            for row_label, column_label, figure in printed:
                where = f"page {number}, {title}"
                known[_locator(number, row_label, column_label)] = Cell(figure, row_label, column_label, where)
    return found_again(known, locators)


def _locator(page: int, row_label: str, column_label: str) -> str:
    return f'page {page} · row "{row_label}" · column "{column_label}"'


@contextmanager
def _document(path: Path) -> Iterator[PDF]:
    """The open PDF; what pdfminer cannot read, at opening or later, is a fault of the file's structure."""
    try:
        with pdfplumber.open(path) as document:
            if len(document.pages) > MOST_PAGES:
                message = f"{len(document.pages)} pages; the document has one a fiscal year, at most {MOST_PAGES}"
                raise StructureError(message)
            yield document
    except PdfminerException as error:
        cause = type(error.args[0]).__name__ if error.args else type(error).__name__
        words = "the PDF is encrypted" if "Password" in cause or "Encryption" in cause else "not a readable PDF"
        message = f"{words} ({cause})"
        raise StructureError(message) from error


def _read(page: Page, number: int) -> tuple[str, str, list[PageCell]]:
    """The page's title, the other words beside its table, and (row label, column label, printed) of every cell."""
    if not page.chars:
        message = f"page {number} has no text: a scanned picture cannot be read without guessing"
        raise StructureError(message)
    tables = page.find_tables()
    if len(tables) != 1:
        message = f"page {number} has {len(tables)} ruled tables; one a page is expected"
        raise StructureError(message)
    lines = [line.strip() for line in page.outside_bbox(tables[0].bbox).extract_text().splitlines() if line.strip()]
    if len(lines) < 2 or lines[0] != HEADING:
        message = (
            f'page {number} is not headed "{HEADING}" and titled below; found: {"; ".join(lines[:2]) or "nothing"}'
        )
        raise StructureError(message)
    return lines[1], " ".join(lines[2:]), _cells(tables[0].extract(), number)


def _cells(rows: list[list[str | None]], number: int) -> list[PageCell]:
    head, *body = [[None if cell is None else " ".join(cell.split()) for cell in row] for row in rows]
    labels = [label or "" for label in head]
    if labels[0] != FIRST_HEAD or len(labels) != FIGURES_A_ROW + 1:
        message = f"page {number}: the head reads {', '.join(labels)}; due are {FIRST_HEAD} and {FIGURES_A_ROW} columns"
        raise StructureError(message)
    refuse_doubled(labels, f"page {number}: two columns")
    refuse_doubled([row[0] or "" for row in body], f"page {number}: two rows")
    return [cell for row in body for cell in _row_cells(labels, row, number)]


def _row_cells(labels: list[str], row: list[str | None], number: int) -> Iterator[PageCell]:
    name = row[0] or ""
    for label, printed in zip(labels[1:], row[1:], strict=True):
        # A cell that the ruling merges with its neighbour; an empty one has its own box and is the checks' affair.
        if printed is None:
            message = f'page {number}, row "{name}": no cell of its own under {label}'
            raise StructureError(message)
        yield name, label, printed
