"""Edits of a served body: what an agency's file looks like when it goes wrong (each kind was seen, or may be).

Every function takes and returns bytes. CSV edits know the CBP files (header line, CRLF); page edits know HTML tables.
An edit that finds nothing to change raises, so that a test can never pass because its fault did not happen.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

FROZEN_NOTICE = "This page will no longer be updated."
UNKNOWN_LABEL = "ATLANTIS"
CAPTION = re.compile(rb"<caption>.*?</caption>", re.DOTALL)
NUMBER_CELL = re.compile(rb"(<td[^>]*>(?:<b>)?)([1-9][\d,]*)(?=<)")


class NothingToEdit(ValueError):
    """The body holds nothing that the fault could change."""


def edit(kind: str, body: bytes) -> bytes:
    """Apply one of `CSV_EDITS` or `PAGE_EDITS` to a body.

    Raises:
        NothingToEdit: the body is of the wrong kind or holds nothing to change.
    """
    page = body.lstrip()[:1] == b"<"
    function = (PAGE_EDITS if page else CSV_EDITS).get(kind)
    if function is None:
        raise NothingToEdit(f"{kind} does not apply to this body")
    return function(body)


def _csv_rows(body: bytes) -> list[list[str]]:
    rows = list(csv.reader(io.StringIO(body.decode("utf-8"), newline="")))
    if len(rows) < 2:
        raise NothingToEdit("no data row")
    return rows


def _csv_bytes(rows: list[list[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()


def _decimal_comma(body: bytes) -> bytes:
    rows = _csv_rows(body)
    rows[1][-1] += ",5"
    return _csv_bytes(rows)


def _missing_column(body: bytes) -> bytes:
    """Without the authority column: the last but one of the state cut, the third last of the other."""
    rows = _csv_rows(body)
    at = rows[0].index("Title of Authority") if "Title of Authority" in rows[0] else len(rows[0]) - 2
    return _csv_bytes([row[:at] + row[at + 1 :] for row in rows])


def _extra_column(body: bytes) -> bytes:
    rows = _csv_rows(body)
    return _csv_bytes([[*rows[0], "Mode of Entry"], *([*row, "Land"] for row in rows[1:])])


def _duplicated_row(body: bytes) -> bytes:
    rows = _csv_rows(body)
    return _csv_bytes([*rows, rows[-1]])


def _negative_count(body: bytes) -> bytes:
    rows = _csv_rows(body)
    rows[1][-1] = "-" + rows[1][-1]
    return _csv_bytes(rows)


def _unknown_label(body: bytes) -> bytes:
    rows = _csv_rows(body)
    at = next((rows[0].index(name) for name in ("State", "Area of Responsibility") if name in rows[0]), 0)
    rows[-1][at] = UNKNOWN_LABEL
    return _csv_bytes(rows)


def _absurd_date(body: bytes) -> bytes:
    rows = _csv_rows(body)
    rows[-1][0] = "2204"
    return _csv_bytes(rows)


def _number_cell(body: bytes, change: Callable[[bytes], bytes]) -> bytes:
    edited, count = NUMBER_CELL.subn(lambda m: m[1] + change(m[2]), body, count=1)
    if not count:
        raise NothingToEdit("no number in a table cell")
    return edited


def _page_negative_count(body: bytes) -> bytes:
    return _number_cell(body, lambda number: b"-" + number)


def _page_decimal_comma(body: bytes) -> bytes:
    return _number_cell(body, lambda number: number + b",5")


def _page_unknown_label(body: bytes) -> bytes:
    return _replace_once(body, b">Quebec<", f">{UNKNOWN_LABEL}<".encode())


def _page_duplicated_row(body: bytes) -> bytes:
    row = re.search(rb"<tr>\s*<td>(?:<b>)?Quebec.*?</tr>", body, re.DOTALL)
    if not row:
        raise NothingToEdit("no row of Quebec")
    return body.replace(row[0], row[0] + row[0], 1)


def _page_extra_column(body: bytes) -> bytes:
    edited, count = re.subn(rb"(?=</tr>\s*</thead>)", b'<th scope="col">Smarch</th>', body, count=1)
    if not count:
        raise NothingToEdit("no table head")
    return edited


def _page_missing_caption(body: bytes) -> bytes:
    edited, count = CAPTION.subn(b"", body, count=1)
    if not count:
        raise NothingToEdit("no caption")
    return edited


def _page_duplicated_caption(body: bytes) -> bytes:
    """A second table under the first table's caption, with the same rows."""
    table = re.search(rb"<table[^>]*>.*?</table>", body, re.DOTALL)
    if not table:
        raise NothingToEdit("no table")
    return body.replace(table[0], table[0] + b"\n" + table[0], 1)


def _page_absurd_date(body: bytes) -> bytes:
    edited, count = re.subn(rb'(name="dcterms.modified"[^>]*content=")[^"]*', rb"\g<1>2204-02-30", body)
    if not count:
        raise NothingToEdit("no date of modification")
    return edited


def _replace_once(body: bytes, old: bytes, new: bytes) -> bytes:
    if old not in body:
        raise NothingToEdit(f"{old.decode()} is not in the body")
    return body.replace(old, new, 1)


def frozen_notice(body: bytes) -> bytes:
    """The page with the notice at the top of its main part (at the end of the body, where there is no `<main>`)."""
    notice = f'<div class="alert alert-warning"><p>{FROZEN_NOTICE}</p></div>\n'.encode()
    for mark, before in ((rb"<main[^>]*>", False), (rb"<body[^>]*>", False), (rb"</body>", True)):
        found = re.search(mark, body)
        if found:
            at = found.start() if before else found.end()
            return body[:at] + notice + body[at:]
    return body + notice


CSV_EDITS: dict[str, Callable[[bytes], bytes]] = {
    "decimal_comma": _decimal_comma,
    "missing_column": _missing_column,
    "extra_column": _extra_column,
    "duplicated_row": _duplicated_row,
    "negative_count": _negative_count,
    "unknown_label": _unknown_label,
    "absurd_date": _absurd_date,
}
PAGE_EDITS: dict[str, Callable[[bytes], bytes]] = {
    "decimal_comma": _page_decimal_comma,
    "extra_column": _page_extra_column,
    "duplicated_row": _page_duplicated_row,
    "negative_count": _page_negative_count,
    "unknown_label": _page_unknown_label,
    "missing_caption": _page_missing_caption,
    "duplicated_caption": _page_duplicated_caption,
    "absurd_date": _page_absurd_date,
}
EDIT_KINDS = frozenset(CSV_EDITS) | frozenset(PAGE_EDITS)
