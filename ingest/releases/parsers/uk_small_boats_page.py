"""Parses the UK's daily pages of small boat arrivals: figures a day, under words or in a table.

Publisher's page: https://www.gov.uk/government/publications/migrants-detected-crossing-the-english-channel-in-small-boats/
migrants-detected-crossing-the-english-channel-in-small-boats-last-7-days ("Small boat arrivals: last 7 days"). Before
February 2023 the Ministry of Defence printed one day in sentences ("Number of migrants detected in small boats: 252")
and a week in a table. On 2026-04-04 the table stood on the page as it was typed, in Markdown. The Ministry's page was
frozen on 2023-02-04 with the words "will no longer be updated"; there is no figure on it, so nothing is read out of it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from lxml import html

from ingest.core.foreign_text import day_of
from ingest.core.records import ParsedTable, Published, Rows, StructureError, UnknownFile
from ingest.releases.parsers import Cell, found_again
from ingest.releases.parsers.headers import doubled, refuse_other_width
from ingest.releases.parsers.html_tables import (
    cells_of,
    has_merged_cells,
    main_part,
    one_line,
    read_page,
    rows_of,
    words,
)

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
# A table as it is typed: a line of heads, a line of dashes (minus signs or others), lines of cells; "#" heads a row.
TYPED_LINE = re.compile(r"\|(.*)\|")
TYPED_RULE = re.compile(r"[-–—: ]+")
# The weekly summary, another page of the same publication: one row of a week that stands in a heading.
WEEKLY_SUMMARY = ("Migrants arrived", "Boats arrived", "Migrants prevented", "Events prevented")

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
    grids = list(_grids(page))
    tables = [grid for grid in grids if grid[0][:1] == [DATE_HEAD]]
    days = [found[1] for each in page.iter("h2", "h3", "h4", "p") if (found := ONE_DAY.fullmatch(words(each)))]
    # A page after a weekend may name several days, each with its sentences below it.
    if len(tables) + min(len(days), 1) != 1 or doubled(days):
        _refuse_weekly_summary(grids)
        _refuse_lost_head(grids)
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


def _grids(page: html.HtmlElement) -> Iterator[list[list[str]]]:
    """The cells of every table with its heads in the first row; of those that print days, none may be merged."""
    for table in page.iter("table"):
        grid = [[words(cell) for cell in cells_of(row)] for row in rows_of(table)]
        if grid and grid[0][:1] == [DATE_HEAD] and has_merged_cells(table):
            message = f"the table has merged cells: {', '.join(grid[0])}"
            raise StructureError(message)
        if grid:
            yield grid
    for paragraph in main_part(page).iter("p"):
        grid = _typed(paragraph.text_content())
        if len(grid) > 1:
            yield grid


def _typed(text: str) -> list[list[str]]:
    """The rows of a table that stands in a paragraph as it was typed; none where the paragraph holds no such table.

    Raises:
        StructureError: when a line of it has no bars at its ends: what it says may be part of another row.
    """
    lines = [line.strip() for line in text.splitlines() if "|" in line]
    found = [TYPED_LINE.fullmatch(line) for line in lines]
    rows = [[one_line(cell) for cell in line[1].split("|")] for line in found if line]
    if rows and rows[0][:1] == [DATE_HEAD] and len(rows) < len(lines):
        message = f"a line of the table in the text has no bars at its ends: {lines[found.index(None)][:80]}"
        raise StructureError(message)
    if len(rows) < 2 or not all(TYPED_RULE.fullmatch(cell) for cell in rows[1]):
        return []
    return [rows[0], *([row[0].removeprefix("#").strip(), *row[1:]] for row in rows[2:])]


def _refuse_weekly_summary(grids: list[list[list[str]]]) -> None:
    if any(tuple(grid[0]) == WEEKLY_SUMMARY for grid in grids):
        message = (
            "this is the weekly summary, another page of the publication: it names no day, and the time series "
            "(uk_small_boats) prints its week's figures"
        )
        raise UnknownFile(message)


def _refuse_lost_head(grids: list[list[list[str]]]) -> None:
    lost = next((grid[0][0] for grid in grids if DATE.fullmatch(grid[0][0])), None)
    if lost:
        message = f'the table has lost its head row: it begins with "{lost}", and what its columns count is not told'
        raise StructureError(message)


def _table(grid: list[list[str]]) -> Iterator[Figure]:
    heads = grid[0]
    if doubled(heads):
        message = f"the table has columns headed alike: {', '.join(heads)}"
        raise StructureError(message)
    for values in grid[1:]:
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
