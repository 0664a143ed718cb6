"""Reads agencies' HTML pages, for the parsers of such sources: the page, its words, tables with captions, rows, cells.

Only structure: which table is meant, and what its labels mean, is each parser's own affair. lxml reads the pages;
pandas' ``read_html`` would not do, as it spreads merged cells, turns figures into numbers and melts footnote marks into
them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from lxml import etree, html

from ingest.core.records import Published, StructureError
from ingest.releases.parsers import Cell

BREAKS = {"br", "p", "div", "li"}
DECLARED_CHARSET = re.compile(rb"<meta[^>]+charset=[\"']?([A-Za-z0-9_-]+)", re.IGNORECASE)
# HTML promises the declaration within the first 1,024 bytes; archives write something of their own above it.
CHARSET_STANDS_IN = 16384
# Blanks without width, which stand in the midst of numbers (``7,\u200b786``).
ZERO_WIDTH = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))


class CaptionedCell(NamedTuple):
    """A body cell of a table with a caption: its labels, the figure as printed, and the marks beside it."""

    caption: str
    row_label: str
    column_label: str
    printed: str
    footnote: str

    @property
    def locator(self) -> str:
        """``table "…" · row "…" · column "…"``: what leads a person to it."""
        return f'table "{self.caption}" · row "{self.row_label}" · column "{self.column_label}"'

    @property
    def cell(self) -> Cell:
        """The cell with its marks, as ``trace`` tells it."""
        printed = " ".join(filter(None, (self.printed, self.footnote)))
        return Cell(printed, self.row_label, self.column_label, f'table "{self.caption}"')


def page_of(content: bytes) -> html.HtmlElement:
    """The page that these bytes are: in UTF-8, or where they are not, in the charset that the page itself declares.

    Raises:
        StructureError: when they are none.
    """
    try:
        return html.document_fromstring(_in_utf8(content), parser=html.HTMLParser(encoding="utf-8"))
    except (etree.ParserError, ValueError) as error:
        message = f"not an HTML page: {error}"
        raise StructureError(message) from error


def _in_utf8(content: bytes) -> bytes:
    """The bytes in UTF-8; as they are when they declare no charset in which they can be read."""
    declared = DECLARED_CHARSET.search(content[:CHARSET_STANDS_IN])
    try:
        content.decode()
        return content
    except UnicodeDecodeError:
        pass
    try:
        return content.decode(declared[1].decode() if declared else "utf-8").encode()
    except (UnicodeDecodeError, LookupError):
        return content


def read_page(path: Path) -> html.HtmlElement:
    """The page in this file.

    Raises:
        StructureError: when there is none.
    """
    return page_of(path.read_bytes())


def main_part(page: html.HtmlElement) -> html.HtmlElement:
    """The page's ``main`` element; the whole page when it has none."""
    found: list[html.HtmlElement] = page.xpath("//main")
    return found[0] if found else page


def modified(page: html.HtmlElement) -> Published | None:
    """The page's own ``dcterms.modified``, to the day; None when it prints none."""
    for content in page.xpath("//meta[@name='dcterms.modified']/@content"):
        # Words instead of a date are no date; a date in numbers that cannot be true is an error.
        if re.match(r"\d{4}-\d{2}", str(content).strip()):
            return Published.from_text(str(content).strip()[:10], "document")
    return None


def captioned_tables(page: html.HtmlElement) -> Iterator[tuple[str, html.HtmlElement]]:
    """(caption, table) of each table that has one, in the page's order."""
    for table in page.iter("table"):
        captions = table.xpath("./caption")
        if captions and words(captions[0]):
            yield words(captions[0]), table


def rows_of(table: html.HtmlElement) -> list[html.HtmlElement]:
    """The table's rows that have a cell, whatever part of the table they stand in."""
    rows: list[html.HtmlElement] = table.xpath(".//tr[td or th]")
    return rows


def cells_of(row: html.HtmlElement) -> list[html.HtmlElement]:
    """The row's cells, heads and figures."""
    cells: list[html.HtmlElement] = row.xpath("./td | ./th")
    return cells


def has_merged_cells(element: html.HtmlElement) -> bool:
    """Whether a cell of this table or row spans more than one column or row."""
    return bool(element.xpath(".//*[@colspan > 1 or @rowspan > 1]"))


def is_beside(element: html.HtmlElement) -> bool:
    """Whether that is shown beside a figure: a footnote mark, words for screen readers only, struck-out text."""
    return (
        element.tag in ("sup", "del", "script")
        or "wb-inv" in element.get("class", "")
        or (element.tag == "a" and element.get("href", "").startswith("#"))
    )


def printed(cell: html.HtmlElement, beside: Callable[[html.HtmlElement], bool] = is_beside) -> tuple[str, str]:
    """What the cell prints, and apart from it the marks and words that stand beside the figure."""
    outermost: list[html.HtmlElement] = []
    text = one_line("".join(_pieces(cell, beside, outermost)))
    return text, " ".join(filter(None, map(words, outermost)))


def words(element: html.HtmlElement) -> str:
    """The element's text in one line, with a blank where one of its lines or blocks ends."""
    return one_line("".join(_pieces(element, None, [])))


def one_line(text: str) -> str:
    """The text without blanks of no width, each run of other blanks as a single one."""
    return " ".join(text.translate(ZERO_WIDTH).split())


def _pieces(
    element: html.HtmlElement, beside: Callable[[html.HtmlElement], bool] | None, left_out: list[html.HtmlElement]
) -> Iterator[str]:
    """The element's texts, a blank where a line or a block ends; what stands ``beside`` them goes to ``left_out`` instead."""
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str):
            if beside and beside(child):
                left_out.append(child)
            else:
                yield from _pieces(child, beside, left_out)
        yield child.tail or ""
    yield " " if element.tag in BREAKS else ""
