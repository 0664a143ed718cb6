"""Parses the IRB's quarterly page on refugee claims by irregular border crossers, live or as a saved copy (MHTML).

Publisher's page: https://irb-cisr.gc.ca/en/statistics/Pages/irregular-border-crossers-countries.aspx. One table: a row
for all countries, the ten countries with most claims, the other countries; its caption names the period. The table is
found by its caption, never by its place: the first table of an archived copy is the archive's toolbar.
"""

from __future__ import annotations

import email
import email.policy
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from email.message import EmailMessage
from pathlib import Path

from lxml import etree, html

from ingest.parsers import Cell
from ingest.records import ParsedTable, Published, Rows, StructureError

COLUMNS = (
    "caption", "period_from", "period_to_month", "period_to_year", "row_label", "column_label", "printed", "footnote",
)  # fmt: skip
TABLES = {"cells": COLUMNS}
CAPTION = re.compile(r"irregular border crossers.*countries of alleged persecution", re.IGNORECASE)
# "… - February 2017 to September 2018", "… (January 2017 to June 2023)".
PERIOD = re.compile(r"([A-Z][a-z]+ 20\d\d) to ([A-Z][a-z]+) (20\d\d)\)?$")
# What a cell shows beside its figure: footnote marks and words for screen readers only.
BESIDE = "sup | .//del | .//script | .//*[contains(@class, 'wb-inv')] | .//a[starts-with(@href, '#')]"
BREAKS = {"br", "p", "div", "li"}
# A saved copy spells addresses out, so that "#fn1" became the page's whole address with it.
SAVED_MARK = "a[contains(@href, '#')]"
ZERO_WIDTH = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))
HEAD_ROWS = 2


def parse(path: Path, file_name: str) -> list[ParsedTable]:
    """One row per body cell of the table, the row of all countries and the columns of totals included.

    Raises:
        StructureError: when there is no page in the file, not exactly one table with that caption, no period in it, or
            a row that does not fit its two-row head.
    """
    caption, table = _table(_page(path))
    period = _period(caption)
    rows = [
        (caption, *period, row_label, column_label, printed, footnote, _locator(caption, row_label, column_label))
        for row_label, column_label, printed, footnote in _cells(table)
    ]
    return [Rows("cells", (*COLUMNS, "_locator"), tuple(rows))]


def part(file_name: str) -> str:
    """Always the same page: each release is one."""
    return "page"


def published(path: Path) -> Published | None:
    """The page's own ``dcterms.modified``, to the day; None when it prints none."""
    for content in _page(path).xpath("//meta[@name='dcterms.modified']/@content"):
        if re.match(r"\d{4}-\d{2}", str(content).strip()):
            return Published.from_text(str(content).strip()[:10], "document")
    return None


def cells(path: Path, locators: Sequence[str]) -> list[Cell]:
    """The printed cells behind ``table "…" · row "…" · column "…"``, read again.

    Raises:
        LookupError: when the page has no such cell.
    """
    caption, table = _table(_page(path))
    found = {
        _locator(caption, row_label, column_label): Cell(
            " ".join(filter(None, (printed, footnote))), row_label, column_label, f'table "{caption}"'
        )
        for row_label, column_label, printed, footnote in _cells(table)
    }
    missing = [locator for locator in locators if locator not in found]
    if missing:
        message = f"no cell at {missing[0]}"
        raise LookupError(message)
    return [found[locator] for locator in locators]


def text(path: Path) -> str:
    """The words of the page's main part; what an archive writes around its copy is not the agency's."""
    page = _page(path)
    main = page.xpath("//main") or [page]
    return _words(main[0])


def _locator(caption: str, row_label: str, column_label: str) -> str:
    return f'table "{caption}" · row "{row_label}" · column "{column_label}"'


def _page(path: Path) -> html.HtmlElement:
    content = path.read_bytes()
    try:
        return html.document_fromstring(_html_of(content), parser=html.HTMLParser(encoding="utf-8"))
    except (etree.ParserError, ValueError) as error:
        message = f"not an HTML page: {error}"
        raise StructureError(message) from error


def _html_of(content: bytes) -> bytes:
    """The page's bytes in UTF-8: the file itself, or the part of a saved copy that is the page and not a frame in it."""
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return content
    copy = email.message_from_bytes(content, policy=email.policy.default)
    address = copy.get("Snapshot-Content-Location")
    for each in copy.walk():
        if each.get_content_type() == "text/html" and address in (None, each.get("Content-Location")):
            return _decoded(each)
    message = "the saved copy holds no HTML page of its own address"
    raise StructureError(message)


def _decoded(part_of_copy: EmailMessage) -> bytes:
    body = part_of_copy.get_payload(decode=True)
    charset = part_of_copy.get_content_charset() or "utf-8"
    try:
        return body.decode(charset).encode() if isinstance(body, bytes) else b""
    except (LookupError, UnicodeDecodeError) as error:
        message = f"the saved page is not readable as {charset}"
        raise StructureError(message) from error


def _table(page: html.HtmlElement) -> tuple[str, html.HtmlElement]:
    """Caption and element of the only table captioned as the claims of irregular border crossers."""
    captioned = [(_words(caption[0]), table) for table in page.iter("table") if (caption := table.xpath("./caption"))]
    wanted = [(caption, table) for caption, table in captioned if CAPTION.search(caption)]
    if len(wanted) != 1:
        found = "; ".join(caption for caption, _ in captioned) or "none"
        message = f"{len(wanted)} tables captioned as claims of irregular border crossers; captions found: {found}"
        raise StructureError(message)
    return wanted[0]


def _period(caption: str) -> tuple[str, str, str]:
    """(first month with its year, last month, its year) as the caption prints them."""
    found = PERIOD.search(caption)
    if not found:
        message = f'the caption "{caption}" names no period such as "January 2017 to June 2023"'
        raise StructureError(message)
    return found[1], found[2], found[3]


def _cells(table: html.HtmlElement) -> Iterator[tuple[str, str, str, str]]:
    """(row label, column label, printed value, footnote) of every body cell."""
    rows = table.xpath(".//tr[td or th]")
    labels = _column_labels(rows[:HEAD_ROWS])
    seen: Counter[str] = Counter()
    for row in rows[HEAD_ROWS:]:
        first, *values = row.xpath("./td | ./th")
        row_label = _printed(first)[0]
        seen[row_label] += 1
        if seen[row_label] > 1:
            message = f'two rows headed "{row_label}"'
            raise StructureError(message)
        if len(values) != len(labels) or row.xpath("./*[@colspan > 1 or @rowspan > 1]"):
            message = f'row "{row_label}": {len(values)} cells under {len(labels)} heads, or merged ones'
            raise StructureError(message)
        for label, value in zip(labels, values, strict=True):
            yield (row_label, label, *_printed(value))
    if not seen:
        message = "the table has no rows under its head"
        raise StructureError(message)


def _column_labels(head: Sequence[html.HtmlElement]) -> list[str]:
    """Heads of the columns after the first: ``Intake``, ``Finalized: Accepted``, … from the two rows of the head."""
    upper, lower = ([(_printed(each)[0], each) for each in row.xpath("./td | ./th")] for row in head)
    below = iter([label for label, _ in lower])
    labels: list[str] = []
    for label, cell in upper:
        if int(cell.get("rowspan", "1")) == HEAD_ROWS:
            labels.append(label)
        else:
            labels += [f"{label}: {next(below, '')}" for _ in range(int(cell.get("colspan", "1")))]
    doubled = [label for label, count in Counter(labels).items() if count > 1]
    unheaded = [label for label in labels if label.endswith(": ")]
    unclear = [*doubled, *unheaded, *below]
    if unclear or len(labels) < HEAD_ROWS:
        message = f"the two-row head cannot be read: {'; '.join(unclear) or 'no columns'}"
        raise StructureError(message)
    return labels[1:]


def _printed(element: html.HtmlElement) -> tuple[str, str]:
    """What the cell prints, and apart from it the marks and words that stand beside the figure."""
    beside = list(element.xpath(f".//{BESIDE} | .//{SAVED_MARK}"))
    outermost = [each for each in beside if not any(other in beside for other in each.iterancestors())]
    return _plain(_pieces(element, set(beside))), " ".join(filter(None, map(_words, outermost)))


def _words(element: html.HtmlElement) -> str:
    return _plain(_pieces(element, set()))


def _plain(pieces: Iterator[str]) -> str:
    """One line of text; zero-width blanks, which stand in the middle of numbers (``7,\u200b786``), left out."""
    return " ".join("".join(pieces).translate(ZERO_WIDTH).split())


def _pieces(element: html.HtmlElement, left_out: set[html.HtmlElement]) -> Iterator[str]:
    """The element's texts without those elements, a blank where a line or a block ends."""
    if isinstance(element.tag, str) and element not in left_out:
        yield element.text or ""
        for child in element:
            yield from _pieces(child, left_out)
            yield child.tail or ""
        yield " " if element.tag in BREAKS else ""
