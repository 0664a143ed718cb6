"""Parses the newsroom page's table of Border Patrol apprehensions, at large and at entry, by month.

Publisher's page: https://www.cbp.gov/newsroom/stats/nationwide-encounters. The table has no caption: it is the one whose
first head is "Monthly Totals", under its heading. The rows "At Large" and "At Entry" repeat under each total row and
are told apart by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from lxml import html

from ingest.core.foreign_text import day_of
from ingest.core.records import ParsedTable, Published, Rows, StructureError
from ingest.releases.parsers import Cell, found_again
from ingest.releases.parsers.headers import refuse_doubled, refuse_other_width
from ingest.releases.parsers.html_tables import cells_of, has_merged_cells, read_page, rows_of, words

COLUMNS = ("heading", "fiscal_year_sentence", "group_label", "row_label", "column_label", "printed")
TABLES = {"cells": COLUMNS}
FIRST_HEAD = "Monthly Totals"
SENTENCE = re.compile(r"Fiscal Year \d{4} runs from [^.]{1,40}?\d{4} (?:to|through) [^.]{1,40}?\d{4}\.?")
LAST_MODIFIED = re.compile(r"Last Modified:\s*([A-Z][a-z]{2,8})\.? ([0-9]{1,2}), ([0-9]{4})")


def parse(path: Path, file_name: str) -> list[ParsedTable]:
    """One row per body cell of the table, total rows included.

    Raises:
        StructureError: when there is not exactly one such table, it has no heading, or a row does not fit its head.
    """
    page = read_page(path)
    table = _table(page)
    heading, sentence = _heading(table), _sentence(page)
    rows = tuple((heading, sentence, *cell, _locator(*cell[:3])) for cell in _cells(table))
    return [Rows("cells", (*COLUMNS, "_locator"), rows)]


def published(path: Path) -> Published | None:
    """The day after "Last Modified:" at the page's foot; None when it prints none."""
    found = LAST_MODIFIED.search(words(read_page(path)))
    if found is None:
        return None
    month, day, year = found.groups()
    return Published.from_text(day_of(year, month[:3], day).isoformat(), "document")


def cells(path: Path, locators: Sequence[str]) -> list[Cell]:
    """The printed cells behind ``row "… / At Large" · column "Oct-25"``, read again.

    Raises:
        LookupError: when the page has no such cell.
    """
    table = _table(read_page(path))
    heading = f'table under "{_heading(table)}"'
    found = {
        _locator(group, row_label, column_label): Cell(printed, f"{group}: {row_label}", column_label, heading)
        for group, row_label, column_label, printed in _cells(table)
    }
    return found_again(found, locators)


def text(path: Path) -> str:
    """The words of the page."""
    return words(read_page(path))


def _locator(group: str, row_label: str, column_label: str) -> str:
    row = row_label if row_label == group else f"{group} / {row_label}"
    return f'row "{row}" · column "{column_label}"'


def _table(page: html.HtmlElement) -> html.HtmlElement:
    found = [table for table in page.iter("table") if _first_head(table).casefold() == FIRST_HEAD.casefold()]
    if len(found) != 1:
        message = f'{len(found)} tables headed "{FIRST_HEAD}" instead of one: the page has changed its subject or shape'
        raise StructureError(message)
    return found[0]


def _first_head(table: html.HtmlElement) -> str:
    heads = table.xpath("(.//tr)[1]/*")
    return words(heads[0]) if heads else ""


def _heading(table: html.HtmlElement) -> str:
    headings = table.xpath("preceding::h2 | preceding::h3")
    if not headings:
        message = f'the table headed "{FIRST_HEAD}" stands under no heading: nothing says what it counts'
        raise StructureError(message)
    return words(headings[-1])


def _sentence(page: html.HtmlElement) -> str:
    return " ".join(dict.fromkeys(SENTENCE.findall(words(page))))


def _cells(table: html.HtmlElement) -> Iterator[tuple[str, str, str, str]]:
    """(label of the total row above, row label, column label, printed) of every body cell."""
    if has_merged_cells(table):
        message = "the table has merged cells: which month a figure stands under would be a guess"
        raise StructureError(message)
    heads, *body = ([words(cell) for cell in cells_of(row)] for row in rows_of(table))
    refuse_doubled(heads, "two columns")
    groups = _groups([row[0] for row in body])
    refuse_doubled([f"{group} / {row[0]}" for group, row in zip(groups, body, strict=True)], "two rows")
    for group, (row_label, *values) in zip(groups, body, strict=True):
        refuse_other_width(values, heads[1:], f'row "{row_label}" of "{group}"')
        for label, value in zip(heads[1:], values, strict=True):
            yield group, row_label, label, value


def _groups(row_labels: Sequence[str]) -> list[str]:
    """For each row the label of the total row that it stands below, or is."""
    groups: list[str] = []
    for row_label in row_labels:
        if "total" not in row_label.casefold() and not groups:
            message = f'row "{row_label}" stands above the first total row: of what it is a part is not said'
            raise StructureError(message)
        groups.append(row_label if "total" in row_label.casefold() else groups[-1])
    return groups
