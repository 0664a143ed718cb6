"""Parses the UK's daily pages of small boat arrivals: figures a day, under words or in a table.

Publisher's page: https://www.gov.uk/government/publications/migrants-detected-crossing-the-english-channel-in-small-boats/
migrants-detected-crossing-the-english-channel-in-small-boats-last-7-days ("Small boat arrivals: last 7 days"). Before
February 2023 the Ministry of Defence printed one day in sentences ("Number of migrants detected in small boats: 252")
and a week in a table. Its page was frozen on 2023-02-04 with the words "will no longer be updated"; there is no figure
on it, so nothing is read out of it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from lxml import html

from ingest.core.foreign_text import day_of
from ingest.core.records import ParsedTable, Published, Rows, StructureError
from ingest.releases.parsers import Cell, found_again
from ingest.releases.parsers.headers import doubled, refuse_other_width
from ingest.releases.parsers.html_tables import cells_of, has_merged_cells, main_part, read_page, rows_of, words

COLUMNS = ("day_label", "day", "year_label", "month_label", "column_label", "printed", "footnote", "note")
TABLES = {"cells": COLUMNS}
DATE = re.compile(r"(?:[A-Z][a-z]+day,? )?([0-9]{1,2}) ([A-Z][a-z]+) ([0-9]{4})")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip
ONE_DAY = re.compile(
    r"The data below is for the 24[- ]hour period 00:00 (?:to|-|–) 23:59,? (?:on )?([0-9]{1,2} [A-Z][a-z]+ [0-9]{4})\.?"
)
SENTENCE = re.compile(r"(Number of [^:]+):\s*(.*)")
FOOTNOTE = re.compile(r"^(.*?)\s*(\[[a-z]\])?$")
DATE_HEAD, NOTES_HEAD = "Date", "Notes"

# Day as printed, column head, figure, footnote mark, note of the row.
Figure = tuple[str, str, str, str, str]


def parse(path: Path, file_name: str) -> list[ParsedTable]:
    """One row per day and figure.

    Raises:
        StructureError: when the page has neither a table of days nor the sentences of one day, or is not shaped as they
            are. A page without its table never means that nobody came.
    """
    rows = [_row(figure) for figure in _figures(read_page(path))]
    repeated = doubled(rows)
    if repeated:
        message = f"printed twice: {repeated[0][-1]}"
        raise StructureError(message)
    return [Rows("cells", (*COLUMNS, "_locator"), tuple(rows))]


def published(path: Path) -> Published | None:
    """The page's own ``govuk:updated-at``, to the day; pages before July 2022 carry none.

    Not the date that it prints for readers (``public-updated-at``): the page of 22 August 2026 says "Updated 21 August"
    and already has the figures of that whole day.
    """
    for content in read_page(path).xpath("//meta[@name='govuk:updated-at']/@content"):
        return Published.from_text(str(content).strip()[:10], "document")
    return None


def cells(path: Path, locators: Sequence[str]) -> list[Cell]:
    """The printed cells behind ``day "23 December 2025" · "Migrants arrived"``, read again.

    Raises:
        LookupError: when the page has no such cell.
    """
    found = {
        _locator(day, column): Cell(" ".join(filter(None, (printed, footnote))), day, column, "the page's figures")
        for day, column, printed, footnote, _note in _figures(read_page(path))
    }
    return found_again(found, locators)


def text(path: Path) -> str:
    """The words of the page's main part."""
    return words(main_part(read_page(path)))


def _figures(page: html.HtmlElement) -> list[Figure]:
    tables = [table for table in page.iter("table") if _heads(table)[:1] == [DATE_HEAD]]
    days = [found[1] for each in page.iter("h2", "h3", "h4", "p") if (found := ONE_DAY.fullmatch(words(each)))]
    # A page after a weekend may name several days, each with its sentences below it.
    if len(tables) + min(len(days), 1) != 1 or doubled(days):
        message = (
            f"{len(tables)} tables headed {DATE_HEAD!r} and {len(days)} sentences that name the day of the figures: "
            "one of the two is due, once. What the page shows instead is not read, and means no zero"
        )
        raise StructureError(message)
    figures = list(_table(tables[0]) if tables else _by_days(page))
    if not figures:
        message = "the page names its days and prints no figure of them"
        raise StructureError(message)
    return figures


def _heads(table: html.HtmlElement) -> list[str]:
    return next(([words(cell) for cell in cells_of(row)] for row in rows_of(table)), [])


def _table(table: html.HtmlElement) -> Iterator[Figure]:
    heads = _heads(table)
    if doubled(heads) or has_merged_cells(table):
        message = f"the table has columns headed alike or merged cells: {', '.join(heads)}"
        raise StructureError(message)
    for row in rows_of(table)[1:]:
        values = [words(cell) for cell in cells_of(row)]
        refuse_other_width(values, heads, f'row "{values[0]}"')
        note = dict(zip(heads, values, strict=True)).get(NOTES_HEAD, "")
        for head, value in zip(heads[1:], values[1:], strict=True):
            if head != NOTES_HEAD:
                yield (values[0], head, *_printed(value), note)


def _by_days(page: html.HtmlElement) -> Iterator[Figure]:
    """The sentences ``Number of …: 252``, each under the sentence that names its day."""
    day = ""
    for each in page.xpath("//h2 | //h3 | //h4 | //li[not(h4)] | //p"):
        told = words(each)
        if found := ONE_DAY.fullmatch(told):
            day = found[1]
        elif day and (sentence := SENTENCE.fullmatch(told)):
            yield (day, sentence[1], *_printed(sentence[2]), "")


def _printed(value: str) -> tuple[str, str]:
    """The figure, and apart from it a mark such as ``[r]`` (revised)."""
    match = FOOTNOTE.match(value)
    return (match[1], match[2] or "") if match else (value, "")


def _row(figure: Figure) -> tuple[str, ...]:
    day, column, printed, footnote, note = figure
    date = _date(day)
    return (day, date.isoformat(), str(date.year), str(date.month), column, printed, footnote, note,
            _locator(day, column))  # fmt: skip


def _date(label: str) -> dt.date:
    match = DATE.fullmatch(label)
    if match and match[2] in MONTHS:
        try:
            return day_of(match[3], match[2], match[1])
        except ValueError:
            pass
    message = f'row "{label}" is headed by no day'
    raise StructureError(message)


def _locator(day: str, column: str) -> str:
    return f'day "{day}" · "{column}"'
