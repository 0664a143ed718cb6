"""Parses IRCC's pages "Asylum claims by year" (English and French): nine captioned tables, the RCMP one first.

Publisher's page: https://www.canada.ca/en/immigration-refugees-citizenship/services/refugees/asylum-claims/
asylum-claims-2023.html and its siblings. Tables are told apart by caption only; the order is no contract. Footnote
marks stand inside number cells and are kept apart from the printed value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from lxml import html

from ingest.catalog.lookups import fold
from ingest.core.records import ParsedTable, Published, Rows, StructureError
from ingest.releases.parsers import Cell, found_again, html_tables
from ingest.releases.parsers.headers import doubled, refuse_doubled, refuse_other_width
from ingest.releases.parsers.html_tables import CaptionedCell

COLUMNS = ("page_year", "language", "caption", "row_label", "column_label", "printed", "footnote")
TABLES = {"cells": COLUMNS}
RCMP_CAPTION = re.compile(
    r"^(table(au)? \d+ ?[:.-] ?)?((rcmp|royal canadian mounted police \(rcmp\)) interceptions"
    r"|interceptions (\w+ )?(par|de) la (grc|gendarmerie royale du canada))"
)
# The headings that name the page; an archive writes its own title, with the year of its copy, above the agency's.
ABOUT_CLAIMS = re.compile(r"asylum|asile", re.IGNORECASE)
YEAR = re.compile(r"(?<!\d)20[0-9]{2}(?!\d)")
YEAR_OF_PAGE = re.compile(r"(?:claims|asile)[^\d]{0,3}(20[0-9]{2})(?!\d)", re.IGNORECASE)


def parse(path: Path, file_name: str) -> list[ParsedTable]:
    """One row per body cell of all captioned tables, total rows and the Total column included.

    Raises:
        StructureError: when the page names no year, the RCMP table is missing or doubled, or a row does not fit its
            head.
    """
    page = html_tables.read_page(path)
    tables = list(html_tables.captioned_tables(page))
    year, language = _year(page, file_name), str(page.get("lang", "en"))[:2].lower()
    _check_captions([caption for caption, _ in tables])
    rows = [(year, language, *cell, cell.locator) for caption, table in tables for cell in _cells(caption, table)]
    return [Rows("cells", (*COLUMNS, "_locator"), tuple(rows))]


def part(file_name: str) -> str:
    """The page's year and language, as its name gives them."""
    named = YEAR_OF_PAGE.search(file_name) or re.search(r"(20[0-9]{2})\D*$", file_name)
    language = "fr" if "demandes" in file_name else "en"
    return f"{named.group(1) if named else 'unnamed'}-{language}"


def published(path: Path) -> Published | None:
    """The page's own ``dcterms.modified``, to the day; None when it prints none."""
    return html_tables.modified(html_tables.read_page(path))


def cells(path: Path, locators: Sequence[str]) -> list[Cell]:
    """The printed cells behind ``table "…" · row "…" · column "…"``, read again.

    Raises:
        LookupError: when the page has no such cell.
    """
    tables = html_tables.captioned_tables(html_tables.read_page(path))
    found = {cell.locator: cell.cell for caption, table in tables for cell in _cells(caption, table)}
    return found_again(found, locators)


def text(path: Path) -> str:
    """The words of the page's main part."""
    return html_tables.words(html_tables.main_part(html_tables.read_page(path)))


def _year(page: html.HtmlElement, file_name: str) -> str:
    """The calendar year in the page's heading; the address must not say another one."""
    headings = [html_tables.words(element) for element in page.xpath("//h1 | //title | //h3")]
    own = [heading for heading in headings if ABOUT_CLAIMS.search(heading)]
    years: list[str] = [found for heading in (*own, *headings) for found in YEAR.findall(heading)]
    if not years:
        message = "no year in the page's headings"
        raise StructureError(message)
    named = YEAR.findall(file_name)
    if named and years[0] not in named:
        message = f"the file is named for {' and '.join(named)}, its heading says {years[0]}"
        raise StructureError(message)
    return years[0]


def _check_captions(captions: list[str]) -> None:
    if not any(RCMP_CAPTION.match(fold(caption)) for caption in captions):
        found = "; ".join(captions) or "none"
        message = f'no table captioned "RCMP Interceptions"; captions found: {found}'
        raise StructureError(message)
    twice = doubled(map(fold, captions))
    rcmp = [caption for caption in captions if RCMP_CAPTION.match(fold(caption))]
    if twice or len(rcmp) > 1:
        message = f"two tables with the same caption: {'; '.join(twice or rcmp)}"
        raise StructureError(message)


def _cells(caption: str, table: html.HtmlElement) -> Iterator[CaptionedCell]:
    """Every body cell, whatever part of the table it is in."""
    rows = html_tables.rows_of(table)
    if len(rows) < 2:
        message = f'table "{caption}" has no rows'
        raise StructureError(message)
    if html_tables.has_merged_cells(table):
        message = f'table "{caption}" has merged cells: which month a figure stands under would be a guess'
        raise StructureError(message)
    head, *body = ([html_tables.printed(cell) for cell in html_tables.cells_of(row)] for row in rows)
    labels = [label for label, _ in head[1:]]
    refuse_doubled(labels, f'table "{caption}": two columns')
    refuse_doubled([row[0][0] for row in body], f'table "{caption}": two rows')
    for (row_label, _), *values in body:
        refuse_other_width(values, labels, f'table "{caption}", row "{row_label}"')
        for label, (figure, footnote) in zip(labels, values, strict=True):
            yield CaptionedCell(caption, row_label, label, figure, footnote)
