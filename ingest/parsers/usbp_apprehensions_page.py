"""Parses the newsroom page's table of Border Patrol apprehensions, at large and at entry, by month.

Publisher's page: https://www.cbp.gov/newsroom/stats/nationwide-encounters. The table has no caption: it is the one whose
first head is "Monthly Totals", under its heading. The rows "At Large" and "At Entry" repeat under each total row and
are told apart by it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from lxml import etree, html

from ingest.parsers import Cell
from ingest.records import ParsedTable, Published, Rows, StructureError

COLUMNS = ("heading", "fiscal_year_sentence", "group_label", "row_label", "column_label", "printed")
TABLES = {"cells": COLUMNS}
FIRST_HEAD = "Monthly Totals"
SENTENCE = re.compile(r"Fiscal Year \d{4} runs from [^.]+?\d{4} (?:to|through) [^.]+?\d{4}\.?")
LAST_MODIFIED = re.compile(r"Last Modified:\s*([A-Z][a-z]{2,8})\.? (\d{1,2}), (\d{4})")


def parse(path: Path, file_name: str) -> list[ParsedTable]:
    """One row per body cell of the table, total rows included.

    Raises:
        StructureError: when there is not exactly one such table, it has no heading, or a row does not fit its head.
    """
    page = _page(path)
    table = _table(page)
    heading, sentence = _heading(table), _sentence(page)
    rows = tuple((heading, sentence, *cell, _locator(*cell[:3])) for cell in _cells(table))
    return [Rows("cells", (*COLUMNS, "_locator"), rows)]


def part(file_name: str) -> str:
    """The page: there is one."""
    return "page"


def published(path: Path) -> Published | None:
    """The day after "Last Modified:" at the page's foot; None when it prints none."""
    found = LAST_MODIFIED.search(_words(_page(path)))
    if found is None:
        return None
    month, day, year = found.groups()
    read = dt.datetime.strptime(f"{month[:3]} {day} {year}", "%b %d %Y")
    return Published.from_text(read.date().isoformat(), "document")


def cells(path: Path, locators: Sequence[str]) -> list[Cell]:
    """The printed cells behind ``row "… / At Large" · column "Oct-25"``, read again.

    Raises:
        LookupError: when the page has no such cell.
    """
    table = _table(_page(path))
    heading = f'table under "{_heading(table)}"'
    found = {
        _locator(group, row_label, column_label): Cell(printed, f"{group}: {row_label}", column_label, heading)
        for group, row_label, column_label, printed in _cells(table)
    }
    missing = [locator for locator in locators if locator not in found]
    if missing:
        message = f"no cell at {missing[0]}"
        raise LookupError(message)
    return [found[locator] for locator in locators]


def text(path: Path) -> str:
    """The words of the page."""
    return _words(_page(path))


def _locator(group: str, row_label: str, column_label: str) -> str:
    row = row_label if row_label == group else f"{group} / {row_label}"
    return f'row "{row}" · column "{column_label}"'


def _page(path: Path) -> html.HtmlElement:
    try:
        return html.document_fromstring(path.read_bytes(), parser=html.HTMLParser(encoding="utf-8"))
    except (etree.ParserError, ValueError) as error:
        message = f"not an HTML page: {error}"
        raise StructureError(message) from error


def _words(element: html.HtmlElement) -> str:
    return " ".join(str(element.text_content()).replace("\u200b", "").split())


def _table(page: html.HtmlElement) -> html.HtmlElement:
    found = []
    for table in page.iter("table"):
        heads = table.xpath("(.//tr)[1]/*")
        if heads and _words(heads[0]) == FIRST_HEAD:
            found.append(table)
    if len(found) != 1:
        message = f'{len(found)} tables headed "{FIRST_HEAD}" instead of one: the page has changed its subject or shape'
        raise StructureError(message)
    return found[0]


def _heading(table: html.HtmlElement) -> str:
    headings = table.xpath("preceding::h2 | preceding::h3")
    if not headings:
        message = f'the table headed "{FIRST_HEAD}" stands under no heading: nothing says what it counts'
        raise StructureError(message)
    return _words(headings[-1])


def _sentence(page: html.HtmlElement) -> str:
    return " ".join(dict.fromkeys(SENTENCE.findall(_words(page))))


def _cells(table: html.HtmlElement) -> Iterator[tuple[str, str, str, str]]:
    """(label of the total row above, row label, column label, printed) of every body cell."""
    head, *body = table.xpath(".//tr[td or th]")
    if table.xpath(".//tr/*[@colspan > 1 or @rowspan > 1]"):
        message = "the table has merged cells: which month a figure stands under would be a guess"
        raise StructureError(message)
    labels = [_words(each) for each in head.xpath("./td | ./th")]
    _refuse_doubled(labels, "columns")
    group, seen = "", []
    for row in body:
        first, *values = row.xpath("./td | ./th")
        row_label = _words(first)
        group = row_label if "total" in row_label.casefold() else group
        if not group:
            message = f'row "{row_label}" stands above the first total row: of what it is a part is not said'
            raise StructureError(message)
        if len(values) != len(labels) - 1:
            message = f'row "{row_label}" of "{group}": {len(values)} cells under {len(labels) - 1} heads'
            raise StructureError(message)
        seen.append(f"{group} / {row_label}")
        for label, value in zip(labels[1:], values, strict=True):
            yield group, row_label, label, _words(value)
    _refuse_doubled(seen, "rows")


def _refuse_doubled(labels: list[str], words: str) -> None:
    doubled = [label for label, count in Counter(labels).items() if count > 1]
    if doubled:
        message = f'two {words} headed "{doubled[0]}"'
        raise StructureError(message)
