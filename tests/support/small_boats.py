"""Writes small boats workbooks and pages for tests, in the shape of the publisher's and with figures of our own."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from html import escape

SHEETS = {
    "SB_01": ("Date", "Migrants arrived", "Boats arrived", "Boats arrived - involved in uncontrolled landings", "Notes"),
    "SB_02": ("Week ending", "Migrants arrived", "Boats arrived", "Boats arrived - involved in uncontrolled landings",
              "Migrants prevented", "Events prevented", "Notes"),
}  # fmt: skip
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.3">'
    "<office:body><office:spreadsheet>"
)
MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">'
    '<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
)
TAIL = "</office:spreadsheet></office:body></office:document-content>"
Row = Sequence[object]


def workbook(
    days: Sequence[Row], weeks: Sequence[Row] = (), *, heads: dict[str, Sequence[str]] | None = None,
    sheets: Sequence[str] = ("Cover_sheet", "Notes", "SB_01", "SB_02"),
) -> bytes:  # fmt: skip
    """The four sheets; a row is a date (or text), figures (or marks) and a note."""
    heads = {**SHEETS, **(heads or {})}
    rows = {"SB_01": [heads["SB_01"], *days], "SB_02": [heads["SB_02"], *weeks]}
    body = "".join(_sheet(name, rows.get(name.replace(" ", "_"), [("Words for readers",)])) for name in sheets)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as container:
        for name, content in (
            ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
            ("META-INF/manifest.xml", MANIFEST),
            ("content.xml", HEAD + body + TAIL),
        ):
            container.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)
    return out.getvalue()


def days_of(first: str, figures: Sequence[tuple[object, object, object]]) -> list[Row]:
    """Rows of SB_01, one a day from that day on."""
    start = dt.date.fromisoformat(first)
    return [(start + dt.timedelta(number), *figure, "") for number, figure in enumerate(figures)]


def _sheet(name: str, rows: Sequence[Row]) -> str:
    lines = "".join(f"<table:table-row>{''.join(map(_cell, row))}</table:table-row>" for row in rows)
    return f'<table:table table:name="{name}">{lines}</table:table>'


def _cell(value: object) -> str:
    text = escape(str(value))
    kind = 'office:value-type="string"' if text else ""
    if isinstance(value, dt.date):
        kind = f'office:value-type="date" office:date-value="{value}"'
    elif isinstance(value, int | float):
        kind = f'office:value-type="float" office:value="{value}"'
    return f"<table:table-cell {kind}><text:p>{text}</text:p></table:table-cell>"


LAST_7_DAYS = ("Date", "Migrants arrived", "Boats arrived", "Boats involved in uncontrolled landings", "Notes")
CLOSED = "Please note, this is a legacy page and will no longer be updated."


def table_page(rows: Sequence[Sequence[str]], updated: str, heads: Sequence[str] = LAST_7_DAYS) -> str:
    """The page "Small boat arrivals: last 7 days"."""
    head = "".join(f'<th scope="col">{each}</th>' for each in heads)
    lines = "".join(f"<tr>{''.join(f'<td>{each}</td>' for each in row)}</tr>\n" for row in rows)
    return _page(f"<table><thead><tr>{head}</tr></thead>\n<tbody>{lines}</tbody></table>", updated)


def typed_page(rows: Sequence[Sequence[str]], updated: str) -> str:
    """The page of 2026-04-04, on which the table stands as it was typed, in Markdown."""
    lines = [f"| {' | '.join(LAST_7_DAYS)} |", "|–|–|–|–|–|", *(f"|# {' | '.join(row)} |" for row in rows)]
    text = "\n".join(lines)
    return _page(f"<p>Figures for the last 7 days.</p><p>{text}\n###For users of these statistics</p>", updated)


def one_day_page(day: str, sentences: Sequence[str], updated: str) -> str:
    """The Ministry of Defence's page of one day."""
    items = "".join(f"<li>\n<h4>{each}</h4>\n</li>" for each in sentences)
    heading = f"<h3>The data below is for the 24-hour period 00:00 to 23:59 {day}.</h3>"
    return _page(f"<p>This page is updated daily.</p>{heading}<ul>{items}</ul>", updated)


def closed_page(updated: str, words: str = CLOSED) -> str:
    """The page as it has stood since 2023-02-04: no figures, and words that say why (or, in a test, do not)."""
    return _page(f"<h3>{words}</h3><h3>Definition of a small boat</h3><p>Boats, dinghies and kayaks.</p>", updated)


def _page(content: str, updated: str) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="govuk:public-updated-at" content="2023-02-01T11:00:00+00:00">'
        f'<meta name="govuk:updated-at" content="{updated}T12:48:06+00:00">'
        f"<title>Small boats</title></head>\n<body><main><h1>Small boats</h1>\n{content}\n</main></body></html>\n"
    )


def week(first: str, figures: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Rows of a page's table, headed by days in words."""
    start = dt.date.fromisoformat(first)
    named = [start + dt.timedelta(number) for number in range(len(figures))]
    return [(f"{day.day} {day:%B %Y}", *figure) for day, figure in zip(named, figures, strict=True)]
