"""Parses the IRB's quarterly page on refugee claims by irregular border crossers, live or as a saved copy (MHTML).

Publisher's page: https://irb-cisr.gc.ca/en/statistics/Pages/irregular-border-crossers-countries.aspx. One table: a row
for all countries, the ten countries with most claims, the other countries; its caption names the period. The table is
found by its caption, never by its place: the first table of an archived copy is the archive's toolbar.
"""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator, Sequence
from email.message import EmailMessage
from pathlib import Path

from lxml import html

from ingest.core.foreign_text import count_of
from ingest.core.records import ParsedTable, Published, Rows, StructureError
from ingest.releases.parsers import Cell, found_again, html_tables
from ingest.releases.parsers.headers import doubled, refuse_doubled, refuse_other_width
from ingest.releases.parsers.html_tables import CaptionedCell

COLUMNS = (
    "caption", "period_from", "period_to_month", "period_to_year", "row_label", "column_label", "printed", "footnote",
)  # fmt: skip
TABLES = {"cells": COLUMNS}
# The caption says both, the first before the second.
CAPTION = ("irregular border crossers", "countries of alleged persecution")
# "… - February 2017 to September 2018", "… (January 2017 to June 2023)".
PERIOD = re.compile(r"([A-Z][a-z]+ 20[0-9]{2}) to ([A-Z][a-z]+) (20[0-9]{2})\)?$")
HEAD_ROWS = 2


def parse(path: Path, file_name: str) -> list[ParsedTable]:
    """One row per body cell of the table, the row of all countries and the columns of totals included.

    Raises:
        StructureError: when there is no page in the file, not exactly one table with that caption, no period in it, or
            a row that does not fit its two-row head.
    """
    caption, table = _table(_page(path))
    period = _period(caption)
    rows = [(caption, *period, *cell[1:], cell.locator) for cell in _cells(caption, table)]
    return [Rows("cells", (*COLUMNS, "_locator"), tuple(rows))]


def published(path: Path) -> Published | None:
    """The page's own ``dcterms.modified``, to the day; None when it prints none."""
    return html_tables.modified(_page(path))


def cells(path: Path, locators: Sequence[str]) -> list[Cell]:
    """The printed cells behind ``table "…" · row "…" · column "…"``, read again.

    Raises:
        LookupError: when the page has no such cell.
    """
    caption, table = _table(_page(path))
    return found_again({cell.locator: cell.cell for cell in _cells(caption, table)}, locators)


def text(path: Path) -> str:
    """The words of the page's main part; what an archive writes around its copy is not the agency's."""
    return html_tables.words(html_tables.main_part(_page(path)))


def _page(path: Path) -> html.HtmlElement:
    return html_tables.page_of(_html_of(path.read_bytes()))


def _html_of(content: bytes) -> bytes:
    """The page's bytes in UTF-8: the file itself, or the part of a saved copy that is the page and not a frame in it."""
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return content
    copy = email.message_from_bytes(content, policy=email.policy.default)
    address = _without_fragment(copy.get("Snapshot-Content-Location"))
    for each in copy.walk():
        here = address in (None, _without_fragment(each.get("Content-Location")))
        if here and each.get_content_type() == "text/html":
            return _decoded(each)
    message = "the saved copy holds no HTML page of its own address"
    raise StructureError(message)


def _without_fragment(address: str | None) -> str | None:
    """An address with ``#top`` behind it is still that of the page."""
    return address and str(address).partition("#")[0]


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
    captioned = list(html_tables.captioned_tables(page))
    wanted = [(caption, table) for caption, table in captioned if _is_about_claims(caption)]
    if len(wanted) != 1:
        found = "; ".join(caption for caption, _ in captioned) or "none"
        message = f"{len(wanted)} tables captioned as claims of irregular border crossers; captions found: {found}"
        raise StructureError(message)
    return wanted[0]


def _is_about_claims(caption: str) -> bool:
    subject, by = CAPTION
    return by in caption.casefold().partition(subject)[2]


def _is_beside(element: html.HtmlElement) -> bool:
    """A saved copy spells addresses out, so that "#fn1" became the page's whole address with it."""
    return html_tables.is_beside(element) or (element.tag == "a" and "#" in element.get("href", ""))


def _period(caption: str) -> tuple[str, str, str]:
    """(first month with its year, last month, its year) as the caption prints them."""
    found = PERIOD.search(caption)
    if not found:
        message = f'the caption "{caption}" names no period such as "January 2017 to June 2023"'
        raise StructureError(message)
    return found[1], found[2], found[3]


def _cells(caption: str, table: html.HtmlElement) -> Iterator[CaptionedCell]:
    """Every body cell of the table."""
    rows = html_tables.rows_of(table)
    labels = _column_labels(rows[:HEAD_ROWS])
    body = [_printed_cells(row) for row in rows[HEAD_ROWS:]]
    if not body:
        message = "the table has no rows under its head"
        raise StructureError(message)
    refuse_doubled([row[0][0] for row in body], "two rows")
    for (row_label, _), *values in body:
        refuse_other_width(values, labels, f'row "{row_label}"')
        for label, (figure, footnote) in zip(labels, values, strict=True):
            yield CaptionedCell(caption, row_label, label, figure, footnote)


def _printed_cells(row: html.HtmlElement) -> list[tuple[str, str]]:
    """(figure or label, marks beside it) of each cell of a row of the body."""
    cells = [html_tables.printed(cell, _is_beside) for cell in html_tables.cells_of(row)]
    if html_tables.has_merged_cells(row):
        message = f'row "{cells[0][0]}" has merged cells: under which head a figure stands would be a guess'
        raise StructureError(message)
    return cells


def _column_labels(head: Sequence[html.HtmlElement]) -> list[str]:
    """Heads of the columns after the first: ``Intake``, ``Finalized: Accepted``, … from the two rows of the head."""
    upper, lower = (
        [(html_tables.printed(cell, _is_beside)[0], cell) for cell in html_tables.cells_of(row)] for row in head
    )
    below = iter([label for label, _ in lower])
    labels: list[str] = []
    for label, cell in upper:
        if count_of(str(cell.get("rowspan", "1"))) == HEAD_ROWS:
            labels.append(label)
        else:
            # No more columns than there are labels below: a span of 999,999,999 took 7.6 GB.
            wide = min(count_of(str(cell.get("colspan", "1"))) or 1, len(lower) + 1)
            labels += [f"{label}: {next(below, '')}" for _ in range(wide)]
    unheaded = [label for label in labels if label.endswith(": ")]
    unclear = [*doubled(labels), *unheaded, *below]
    if unclear or len(labels) < HEAD_ROWS:
        message = f"the two-row head cannot be read: {'; '.join(unclear) or 'no columns'}"
        raise StructureError(message)
    return labels[1:]
