"""The files that a listing page offers: address, name, size and date, as the page says them.

Written for https://www.cbp.gov/document/stats/nationwide-encounters, which names every file twice: in a list of links,
and in a table of attachments with size and date. The table's date is the date of publication; the month in the
address is not (the closed file of fiscal 2025 lies in a folder `2025-11` and was published on 2025-10-15).

An open-data portal answers in JSON instead: CKAN's `package_show` lists a dataset's resources
(https://docs.ckan.org/en/latest/api/#ckan.logic.action.get.package_show).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

from lxml import etree, html

from ingest.core.foreign_text import count_of, day_in_words
from ingest.core.records import Published

_LOOKS_LIKE_A_DATE = re.compile(r"\d{1,2}/\d{1,2}/\d{4}|\d{4}-\d{2}-\d{2}|[A-Z][a-z]+\.? \d{1,2}, \d{4}", re.ASCII)
_LOOKS_LIKE_A_SIZE = re.compile(r"[\d.,]+\s*([KMG]i?)?B(ytes)?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class ListedFile:
    """One file that a listing page offers."""

    url: str
    file_name: str
    title: str
    size: int | None = None
    published: Published | None = None
    # What the page says about the file and cannot be right.
    note: str = ""

    @property
    def says_more(self) -> bool:
        """Whether it stands in a table row, with more than its address."""
        return bool(self.published or self.size or self.note)


def listed_files(page: bytes, page_url: str, pattern: str, at_most: int = 1000) -> list[ListedFile]:
    """Every file whose address matches the pattern, once each, in the order of the page.

    Args:
        page: the page's bytes, HTML or the JSON of CKAN's `package_show`.
        page_url: where it came from; relative links start there.
        pattern: a regular expression, searched in the path of the absolute address, in any case.
        at_most: so many are looked for; a flood of links is not read to its end.

    Returns:
        The files; what a table row says of one wins over a bare link to it. An empty list when there are none, also
        when the bytes are no page at all: the caller decides what too few means, and it never means "nothing new".
    """
    wanted = re.compile(pattern, re.IGNORECASE)
    found: dict[str, ListedFile] = {}
    offer = _resources if page.lstrip().startswith(b"{") else _links
    offered = offer(page, page_url, lambda url: bool(wanted.search(unquote(urlsplit(url).path))))
    for file in offered:
        known = found.get(file.url)
        if known is None or (file.says_more and not known.says_more):
            found[file.url] = file
        if len(found) >= at_most:
            break
    return list(found.values())


def _links(page: bytes, page_url: str, wanted: Callable[[str], bool]) -> Iterator[ListedFile]:
    root = _root(page)
    if root is None:
        return
    base = _base(root, page_url)
    for link in root.iter("a"):
        url = _address(base, link.get("href"))
        if url and wanted(url):
            yield _file(url, link)


def _resources(page: bytes, page_url: str, wanted: Callable[[str], bool]) -> Iterator[ListedFile]:
    """The resources of a CKAN dataset; nothing when the answer is no such JSON, or says that it failed."""
    try:
        answer = json.loads(page)
        resources = answer["result"]["resources"] if answer["success"] is True else []
    except (ValueError, KeyError, TypeError, RecursionError):
        return
    for each in resources if isinstance(resources, list) else []:
        url = _address(page_url, str(each.get("url") or "")) if isinstance(each, dict) else None
        if url and wanted(url):
            yield _resource(url, each)


def _resource(url: str, told: dict[str, object]) -> ListedFile:
    """One resource. Portals leave `last_modified` and `size` empty where the file lies on another host."""
    name = unquote(urlsplit(url).path).rsplit("/", 1)[-1]
    size, moment = str(told.get("size") or ""), str(told.get("last_modified") or "")
    published, note = _date(moment[:10]) if moment else (None, "")
    return ListedFile(url, name, str(told.get("name") or ""), count_of(size), published, note)


def _root(page: bytes) -> html.HtmlElement | None:
    if not page.strip():
        return None
    try:
        return html.document_fromstring(page)
    except (etree.ParserError, ValueError):
        return None


def _base(root: html.HtmlElement, page_url: str) -> str:
    try:
        return urljoin(page_url, next((str(base.get("href", "")) for base in root.iter("base")), ""))
    except ValueError:  # a base that is no address is none
        return page_url


def _address(base: str, href: str | None) -> str | None:
    """The absolute address without fragment and stray blanks; None for what is no address on the web."""
    if not href or not href.strip():
        return None
    try:
        parts = urlsplit(urljoin(base, href.strip()))
        url = urlunsplit(parts._replace(path=quote(parts.path, safe="/%:@!$&'()*+,;=~"), fragment=""))
        # Half a character of UTF-16 can stand in JSON; in an address it cannot be sent.
        url.encode()
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") else None


def _file(url: str, link: html.HtmlElement) -> ListedFile:
    name = unquote(urlsplit(url).path).rsplit("/", 1)[-1]
    size, published, note = None, None, ""
    row = next(link.iterancestors("tr"), None)
    for head, cell in _cells(row) if row is not None else ():
        words = _words(cell)
        if head == "date" or (not head and _LOOKS_LIKE_A_DATE.fullmatch(words)):
            published, note = _date(words)
        elif head == "size" or (not head and _LOOKS_LIKE_A_SIZE.fullmatch(words)):
            size = count_of(str(cell.get("data-sort-value") or ""))
    return ListedFile(url, name, _words(link), size, published, note)


def _cells(row: html.HtmlElement) -> Iterator[tuple[str, html.HtmlElement]]:
    """The row's cells with their column heads, lower case; an empty head where the table has none."""
    table = next(row.iterancestors("table"), None)
    heads = [_words(cell).casefold() for cell in table.xpath("(.//thead/tr)[1]/*")] if table is not None else []
    cells = [cell for cell in row if cell.tag in ("td", "th")]
    for position, cell in enumerate(cells):
        yield heads[position] if len(heads) == len(cells) else "", cell


def _date(words: str) -> tuple[Published | None, str]:
    try:
        return Published.from_text(day_in_words(words).isoformat(), "listing"), ""
    except ValueError:
        return None, f"the listing's date {words[:40]!r} is no date" if words else "the listing gives no date"


def _words(element: html.HtmlElement) -> str:
    return " ".join(str(element.text_content()).replace("\u200b", "").split())
