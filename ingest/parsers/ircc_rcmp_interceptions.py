"""Parses IRCC's pages "Asylum claims by year" (English and French): nine captioned tables, the RCMP one first.

Publisher's page: https://www.canada.ca/en/immigration-refugees-citizenship/services/refugees/asylum-claims/
asylum-claims-2023.html and its siblings. Tables are told apart by caption only; the order is no contract. Footnote
marks stand inside number cells and are kept apart from the printed value.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from lxml import etree, html

from ingest.lookups import fold
from ingest.parsers import Cell
from ingest.records import ParsedTable, Published, Rows, StructureError

COLUMNS = ("page_year", "language", "caption", "row_label", "column_label", "printed", "footnote")
TABLES = {"cells": COLUMNS}
RCMP_CAPTION = re.compile(r"^(table \d+ ?[:.-] ?)?(rcmp interceptions|interceptions (par|de) la grc)")
# What a cell shows beside its figure: footnote marks, words for screen readers only, struck-out text.
BESIDE = "sup | .//del | .//script | .//*[contains(@class, 'wb-inv')] | .//a[starts-with(@href, '#')]"
BREAKS = {"br", "p", "div", "li"}


def parse(path: Path, file_name: str) -> list[ParsedTable]:
    """One row per body cell of all captioned tables, total rows and the Total column included.

    Raises:
        StructureError: when the page names no year, the RCMP table is missing or doubled, or a row does not fit its
            head.
    """
    page = _page(path)
    year, language = _year(page, file_name), _language(page)
    tables = list(_captioned_tables(page))
    _check_captions([caption for caption, _ in tables])
    rows = [
        (year, language, caption, row_label, column_label, printed, footnote,
         _locator(caption, row_label, column_label))
        for caption, table in tables
        for row_label, column_label, printed, footnote in _cells(caption, table)
    ]  # fmt: skip
    return [Rows("cells", (*COLUMNS, "_locator"), tuple(rows))]


def part(file_name: str) -> str:
    """The page's year and language, as its name gives them."""
    named = re.search(r"(20\d\d)\D*$", file_name)
    language = "fr" if "demandes" in file_name else "en"
    return f"{named.group(1) if named else 'unnamed'}-{language}"


def published(path: Path) -> Published | None:
    """The page's own ``dcterms.modified``, to the day; None when it prints none."""
    for content in _page(path).xpath("//meta[@name='dcterms.modified']/@content"):
        # Words instead of a date are no date; a date in numbers that cannot be true is an error.
        if re.match(r"\d{4}-\d{2}", str(content).strip()):
            return Published.from_text(str(content).strip()[:10], "document")
    return None


def cells(path: Path, locators: Sequence[str]) -> list[Cell]:
    """The printed cells behind ``table "…" · row "…" · column "…"``, read again.

    Raises:
        LookupError: when the page has no such cell.
    """
    found = {
        _locator(caption, row_label, column_label): Cell(
            " ".join(filter(None, (printed, footnote))), row_label, column_label, f'table "{caption}"'
        )
        for caption, table in _captioned_tables(_page(path))
        for row_label, column_label, printed, footnote in _cells(caption, table)
    }
    missing = [locator for locator in locators if locator not in found]
    if missing:
        message = f"no cell at {missing[0]}"
        raise LookupError(message)
    return [found[locator] for locator in locators]


def text(path: Path) -> str:
    """The words of the page's main part."""
    page = _page(path)
    main = page.xpath("//main") or [page]
    return _words(main[0])


def _locator(caption: str, row_label: str, column_label: str) -> str:
    return f'table "{caption}" · row "{row_label}" · column "{column_label}"'


def _page(path: Path) -> html.HtmlElement:
    try:
        return html.document_fromstring(path.read_bytes(), parser=html.HTMLParser(encoding="utf-8"))
    except (etree.ParserError, ValueError) as error:
        message = f"not an HTML page: {error}"
        raise StructureError(message) from error


def _words(element: html.HtmlElement) -> str:
    return _plain(_pieces(element, set()))


def _plain(pieces: Iterator[str]) -> str:
    return " ".join("".join(pieces).replace("\u200b", "").split())


def _pieces(element: html.HtmlElement, left_out: set[html.HtmlElement]) -> Iterator[str]:
    """The element's texts without those elements, a blank where a line or a block ends."""
    if isinstance(element.tag, str) and element not in left_out:
        yield element.text or ""
        for child in element:
            yield from _pieces(child, left_out)
            yield child.tail or ""
        yield " " if element.tag in BREAKS else ""


def _year(page: html.HtmlElement, file_name: str) -> str:
    """The calendar year in the page's heading; the address must not say another one."""
    headings = [_words(element) for element in page.xpath("//h1 | //title | //h3")]
    years: list[str] = [found for heading in headings for found in re.findall(r"\b(20\d\d)\b", heading)]
    if not years:
        message = "no year in the page's headings"
        raise StructureError(message)
    named = re.search(r"(20\d\d)\D*$", file_name)
    if named and named.group(1) != years[0]:
        message = f"the file is named for {named.group(1)}, its heading says {years[0]}"
        raise StructureError(message)
    return years[0]


def _language(page: html.HtmlElement) -> str:
    return str(page.get("lang", "en"))[:2].lower()


def _captioned_tables(page: html.HtmlElement) -> Iterator[tuple[str, html.HtmlElement]]:
    for table in page.iter("table"):
        captions = table.xpath("./caption")
        if captions and _words(captions[0]):
            yield _words(captions[0]), table


def _check_captions(captions: list[str]) -> None:
    if not any(RCMP_CAPTION.match(fold(caption)) for caption in captions):
        found = "; ".join(captions) or "none"
        message = f'no table captioned "RCMP Interceptions"; captions found: {found}'
        raise StructureError(message)
    doubled = [caption for caption, count in Counter(map(fold, captions)).items() if count > 1]
    rcmp = [caption for caption in captions if RCMP_CAPTION.match(fold(caption))]
    if doubled or len(rcmp) > 1:
        message = f"two tables with the same caption: {'; '.join(doubled or rcmp)}"
        raise StructureError(message)


def _cells(caption: str, table: html.HtmlElement) -> Iterator[tuple[str, str, str, str]]:
    """(row label, column label, printed value, footnote) of every body cell, whatever part of the table it is in."""
    rows = table.xpath(".//tr[td or th]")
    if len(rows) < 2:
        message = f'table "{caption}" has no rows'
        raise StructureError(message)
    if table.xpath(".//tr/*[@colspan > 1 or @rowspan > 1]"):
        message = f'table "{caption}" has merged cells: which month a figure stands under would be a guess'
        raise StructureError(message)
    head, *body = rows
    labels = [_printed(each)[0] for each in head.xpath("./td | ./th")]
    doubled = [label for label, count in Counter(labels[1:]).items() if count > 1]
    if doubled:
        message = f'table "{caption}": two columns headed {"; ".join(doubled)}'
        raise StructureError(message)
    seen: Counter[str] = Counter()
    for row in body:
        first, *values = row.xpath("./td | ./th")
        row_label = _printed(first)[0]
        seen[row_label] += 1
        if seen[row_label] > 1:
            message = f'table "{caption}": two rows headed "{row_label}"'
            raise StructureError(message)
        if len(values) != len(labels) - 1:
            message = f'table "{caption}", row "{row_label}": {len(values)} cells under {len(labels) - 1} heads'
            raise StructureError(message)
        for label, value in zip(labels[1:], values, strict=True):
            yield (row_label, label, *_printed(value))


def _printed(element: html.HtmlElement) -> tuple[str, str]:
    """What the cell prints, and apart from it the marks and words that stand beside the figure."""
    beside = list(element.xpath(f".//{BESIDE}"))
    outermost = [each for each in beside if not any(other in beside for other in each.iterancestors())]
    return _plain(_pieces(element, set(beside))), " ".join(filter(None, map(_words, outermost)))
