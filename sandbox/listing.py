"""CBP's listing pages, generated in the markup of https://www.cbp.gov/document/stats/nationwide-encounters.

Two lists of the same files: a "Dashboard Dataset" list of links, and a table of attachments with size in bytes and date
(MM/DD/YYYY), newest first. Names in the table carry stray blanks, folders changed their style after 2023, and a closed
fiscal year's file replaces that year's monthly ones.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Protocol, TypeVar

SOURCE = "cbp_nationwide_encounters"
HOST = "www.cbp.gov"
PATH = "/document/stats/nationwide-encounters"
DOCUMENT_PAGES = "/document/stats/"
LAST_YEAR_OF_OLD_FOLDERS = 2023
MOVED_FOLDER = "/sites/default/files/moved/"
FIRST_YEAR_OF_STRAY_BLANKS = 2025
FILE_NAME = re.compile(
    r"nationwide-encounters-fy(?P<first>\d\d)-fy(?P<last>\d\d)(?:-(?P<month>[a-z]{3}))?-(?P<cut>state|aor)(?:_\d+)?\.csv"
)
CUTS = {"state": "State", "aor": "Area of Responsibility"}
MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
MONTHS = {name[:3].lower(): name for name in MONTH_NAMES}
# strftime("%b") depends on the machine's language.
MONTHS_SHORT = [name[:3] for name in MONTH_NAMES]


class Listed(Protocol):
    """What the page needs to know of a file (`sandbox.catalogue.Item` is one)."""

    @property
    def name(self) -> str:
        """The file's name."""

    @property
    def url_path(self) -> str:
        """Its path on the agency's host."""

    @property
    def known_on(self) -> dt.date:
        """The day on which it was published (a month's last day, where only the month is known)."""


AnyListed = TypeVar("AnyListed", bound=Listed)


@dataclass(frozen=True)
class Entry:
    """One attachment of the page."""

    href: str
    link_text: str
    table_text: str
    extension: str
    size: int
    date: dt.date


def is_listing(host: str, path: str, name: str) -> bool:
    """Whether a file (not a page) is said to stand at one of CBP's document pages: then that page offers it."""
    return host == HOST and path.startswith(DOCUMENT_PAGES) and not name.endswith((".html", ".htm"))


def file_path(name: str, date: dt.date, role: str = "data") -> str:
    """Where CBP puts a file: `assets/documents/2023-Nov/` until 2023, `2024-10/` later (documents keep their style)."""
    if role == "document" or date.year <= LAST_YEAR_OF_OLD_FOLDERS:
        return f"/sites/default/files/assets/documents/{date:%Y}-{MONTHS_SHORT[date.month - 1]}/{name}"
    return f"/sites/default/files/{date:%Y-%m}/{name}"


def current_files(known: Sequence[AnyListed]) -> list[AnyListed]:
    """The files that the page still lists: all, but the monthly ones of fiscal years whose closed file is out.

    A closed year drops the monthly files of both cuts, also where a folder holds the closed file of one cut only.
    Newest first; on one day the AOR cut before the state cut, as on the page.
    """
    matches = [FILE_NAME.fullmatch(item.name) for item in known]
    closed = {m["last"] for m in matches if m and m["month"] is None}
    replaced = [bool(m and m["month"] and m["last"] in closed) for m in matches]
    kept = [item for item, gone in zip(known, replaced, strict=True) if not gone]
    return sorted(sorted(kept, key=lambda item: item.name), key=lambda item: item.known_on, reverse=True)


def page(
    known: Sequence[Listed], sizes: dict[str, int], *, path: str = PATH, with_links: bool = True, moved: bool = False
) -> bytes:
    """The listing page as it stands when `known` is what has been published.

    Args:
        known: files and documents of the source that are known.
        sizes: size in bytes by address path.
        path: which of the listing pages it is.
        with_links: False leaves out every dataset link (a page that was rebuilt and lost them).
        moved: True points the links at an old folder, which answers with a redirect to the file.
    """
    entries = [_entry(item, sizes[item.url_path], moved=moved) for item in current_files(known)]
    if not with_links:
        entries = [entry for entry in entries if entry.extension != "CSV" and path == PATH]
    documents = [entry for entry in entries if entry.extension != "CSV"]
    data = [entry for entry in entries if entry.extension == "CSV"]
    modified = max((item.known_on for item in known), default=None)
    return _PAGE.format(
        path=path,
        title=path.rsplit("/", 1)[-1].replace("-", " ").title(),
        links="".join(_link(entry) for entry in data),
        documents="".join(f'<p><a href="{escape(e.href)}">{escape(e.link_text)}</a></p>' for e in documents),
        rows="".join(_row(entry) for entry in (*documents, *data)),
        modified=f"{MONTHS_SHORT[modified.month - 1]} {modified.day}, {modified.year}" if modified else "",
    ).encode()


def _entry(item: Listed, size: int, *, moved: bool) -> Entry:
    match = FILE_NAME.fullmatch(item.name)
    href = f"{MOVED_FOLDER}{item.name}" if moved and match else item.url_path
    if not match:
        text = item.name.rsplit(".", 1)[0].replace("-", " ").title()
        return Entry(href, text, text, item.name.rsplit(".", 1)[-1].upper(), size, item.known_on)
    month = MONTHS.get(match["month"] or "")
    tail = f"{CUTS[match['cut']]} - {month}" if month else CUTS[match["cut"]]
    first, last = f"FY{match['first']}", f"FY{match['last']}"
    link_years = f"{first} - {last} (FYTD)" if month else f"{first} - {last}"
    table_years = f"{first}-{last}" if month else f"{first} - {last}"
    blank = "" if item.known_on.year < FIRST_YEAR_OF_STRAY_BLANKS else " "
    return Entry(
        href=href,
        link_text=f"{link_years} Nationwide Encounters by {tail}",
        table_text=f"{blank}Nationwide Encounters Dataset {table_years} by {tail}",
        extension="CSV",
        size=size,
        date=item.known_on,
    )


def _link(entry: Entry) -> str:
    item_id = "e" + hashlib.md5(entry.href.encode(), usedforsecurity=False).hexdigest()
    return f'<li data-list-item-id="{item_id}"><a href="{escape(entry.href)}">{escape(entry.link_text)}</a></li>'


def _row(entry: Entry) -> str:
    return _ROW.format(
        text=escape(entry.table_text),
        href=escape(entry.href),
        extension=entry.extension,
        size=entry.size,
        human=_human(entry.size),
        date=f"{entry.date:%m/%d/%Y}",
    )


def _human(size: int) -> str:
    kib = size / 1024
    return f"{kib / 1024:.2f} MB" if kib >= 1024 else f"{kib:.2f} KB"


_ROW = """

    <tr scope="row">
    <th scope="row" role="rowheader" data-sort-value="{text}">
    <a href="{href}">
    {text}
    </a>
    </th>
    <td data-sort-value="{extension}">{extension}</td>
    <td data-sort-value="{size}">
                    {human}
    </td>
    <td data-sort-value="{date}">
                {date}
    </td>
</tr>

"""

_PAGE = """<!DOCTYPE html>
<!-- Generated by Roxham's sandbox in the markup of the agency's listing page. -->
<html lang="en" dir="ltr" prefix="og: https://ogp.me/ns#">
  <head>
    <meta charset="utf-8" />
<link rel="canonical" href="https://www.cbp.gov{path}" />
    <title>{title} | U.S. Customs and Border Protection</title>
  </head>
  <body class="page-node-document path-node page-node-type-document">
        <h1 id="page-title" class="uswds-page-title page-title"><span class="field">{title}</span>
</h1>
      <article class="margin-bottom-0 margin-bottom-document">
            <div class="clearfix text-formatted field field--name-body field__item">\
<p><a href="/newsroom/stats/cbp-public-data-portal">Return to the Public Data Portal</a></p>\
<h2 class="usa-prose">Dashboard Dataset</h2><ul class="undecorated list">{links}</ul>\
<h2 class="usa-prose">Dashboard Data Dictionary</h2>{documents}<h2 class="usa-prose">Dashboards Using this Data</h2>\
<ul class="undecorated list"><li><a href="/newsroom/stats/nationwide-encounters">Nationwide Encounters</a></li></ul>
</div>
        <div class="node-page-field-files taxonomy-label margin-top-2" >
   <table class="usa-table usa-table--borderless margin-top-0"
   aria-label="Table of Files associated with page">
       <thead>
         <tr>
           <th data-sortable="" scope="col" role="columnheader">Attachment</th>
           <th data-sortable="" scope="col" role="columnheader">Ext.</th>
           <th data-sortable="" scope="col" role="columnheader">Size</th>
           <th data-sortable="" scope="col" role="columnheader">Date</th>
         </tr>
       </thead>
       <tbody>{rows}
       </tbody>
     </table>
</div>
</article>
      <div class="margin-top-8 margin-bottom-0 "><span class="text-bold">Last Modified: {modified}</span></div>
  </body>
</html>
"""
