"""What the sandbox answers to one request: the agency's bytes at the clock's date, changed by the faults that hit it.

Kept apart from the HTTP server so that it can be read and tested without a socket.
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
from dataclasses import dataclass, field
from email.utils import format_datetime, parsedate_to_datetime

from sandbox import ckan_listing, edits, listing, plain_listing
from sandbox.addresses import Address, ListingPage
from sandbox.catalogue import Catalogue, Item, sha256_of
from sandbox.faults import Fault

TYPES = {
    ".html": "text/html; charset=UTF-8",
    ".htm": "text/html; charset=UTF-8",
    ".csv": "text/csv",
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".mht": "multipart/related",
    ".mhtml": "multipart/related",
    ".json": "application/json;charset=utf-8",
}
ERROR_PAGE = b"<!doctype html><html><head><title>Sorry</title></head><body><h1>Not available</h1></body></html>\n"
# Agencies publish by day; noon keeps that day the same in every time zone between the Americas and Europe.
HOUR_OF_PUBLICATION = dt.time(12, tzinfo=dt.UTC)
# Under this the content of a moved address is served.
MOVED = "/moved"
LISTING_ADDRESS: Address = (listing.HOST, listing.PATH)
LISTINGS = (LISTING_ADDRESS, ckan_listing.ADDRESS)


@dataclass
class Answer:
    """One HTTP answer.

    `send` is how many bytes of the body go out (None: all of it), `wait` the seconds before, `hang_up` closes the
    connection without a word.
    """

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    send: int | None = None
    wait: float = 0.0
    hang_up: bool = False


@dataclass(frozen=True)
class Asked:
    """The parts of a request that matter."""

    host: str
    path: str
    if_none_match: str | None = None
    if_modified_since: str | None = None

    @property
    def conditional(self) -> bool:
        """Whether the client asked for news only."""
        return self.if_none_match is not None or self.if_modified_since is not None


@dataclass(frozen=True)
class _Content:
    body: bytes
    content_type: str
    changed_on: dt.date
    etag: str


def answer(catalogue: Catalogue, date: dt.date, asked: Asked, faults: list[Fault]) -> Answer:
    """The answer to one request at a clock date under the faults that hit it."""
    early = _early(faults)
    if early is None:
        early = _from_content(catalogue, date, asked, faults)
    early.wait = sum(fault.seconds for fault in faults if fault.kind == "delay")
    return early


def _early(faults: list[Fault]) -> Answer | None:
    """Answers that need no content: the first such fault decides."""
    for fault in faults:
        if fault.kind == "disconnect":
            return Answer(0, hang_up=True)
        if fault.kind == "status":
            return _page(fault.status)
        if fault.target():
            return Answer(302, headers={"Location": fault.target()})
        if fault.kind == "html_error":
            return _page(200)
        if fault.kind == "empty":
            return Answer(200, headers={"Content-Type": "text/csv"})
    return None


def _page(status: int) -> Answer:
    return Answer(status, ERROR_PAGE, {"Content-Type": TYPES[".html"]})


def _from_content(catalogue: Catalogue, date: dt.date, asked: Asked, faults: list[Fault]) -> Answer:
    kinds = {fault.kind for fault in faults}
    frozen_since = [fault.since for fault in faults if fault.kind.startswith("frozen") and fault.since]
    date = min([date, *frozen_since])
    moved_to = _moved_to(catalogue, date, asked, kinds)
    if moved_to:
        return Answer(301, headers={"Location": moved_to})
    content = _content(catalogue, date, asked, kinds)
    if content is None:
        return _page(404)
    headers = {
        "Content-Type": content.content_type,
        "ETag": content.etag,
        "Last-Modified": format_datetime(_moment(content.changed_on), usegmt=True),
    }
    if _unchanged(asked, content):
        return Answer(304, headers=headers)
    return _damage(Answer(200, content.body, headers), faults)


def _moved_to(catalogue: Catalogue, date: dt.date, asked: Asked, kinds: set[str]) -> str | None:
    """Where the content of an old address is now, as a path on the same host.

    The listing itself stays and only points to old addresses; any other address under `moved` redirects.
    """
    if "moved" in kinds and (asked.host, asked.path) not in LISTINGS and not asked.path.startswith(MOVED):
        return MOVED + asked.path
    if asked.host != listing.HOST or not asked.path.startswith(listing.MOVED_FOLDER):
        return None
    name = asked.path.removeprefix(listing.MOVED_FOLDER)
    return next((item.url_path for item in catalogue.listed(date) if item.name == name), None)


def _content(catalogue: Catalogue, date: dt.date, asked: Asked, kinds: set[str]) -> _Content | None:
    """The body with its edits and its ETag, or None where the address has nothing yet."""
    address = (asked.host, asked.path.removeprefix(MOVED))
    etag = None
    if address == LISTING_ADDRESS and catalogue.listed(date):
        known = catalogue.listed(date)
        sizes = {item.url_path: item.path.stat().st_size for item in known}
        body = listing.page(known, sizes, with_links="no_links" not in kinds, moved="moved" in kinds)
        content_type, changed_on = TYPES[".html"], max(item.known_on for item in known)
    elif address == ckan_listing.ADDRESS and catalogue.listed(date, ckan_listing.SOURCE):
        known = catalogue.listed(date, ckan_listing.SOURCE)
        body = ckan_listing.package(known, with_links="no_links" not in kinds)
        content_type, changed_on = TYPES[".json"], max(item.known_on for item in known)
    elif pages := catalogue.listing_at(address):
        known = catalogue.offered(pages, date)
        if not known:
            return None
        body, content_type = _listing(pages, known, with_links="no_links" not in kinds)
        changed_on = max(item.known_on for item in known)
    else:
        item = catalogue.at(address, date)
        if item is None:
            return None
        body, etag = item.body(), sha256_of(item.path)
        content_type, changed_on = TYPES.get(item.path.suffix.lower(), "application/octet-stream"), item.known_on
    wanted = [kind for kind in sorted(kinds) if kind in edits.EDIT_KINDS or kind == "frozen"]
    for kind in wanted:
        body = edits.frozen_notice(body) if kind == "frozen" else edits.edit(kind, body)
    digest = hashlib.sha256(body).hexdigest() if wanted or etag is None else etag
    return _Content(body, content_type, changed_on, f'"{digest}"')


def _listing(pages: list[ListingPage], known: list[Item], *, with_links: bool) -> tuple[bytes, str]:
    """A listing page and its type. A source whose listing is no HTML page (an API's JSON) branches off here."""
    sizes = {item.url_path: item.path.stat().st_size for item in known}
    dated = any(page.tells_dates for page in pages)
    body = plain_listing.page(pages[0].source.title, known, sizes, dated=dated, with_links=with_links)
    return body, TYPES[".html"]


def _moment(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, HOUR_OF_PUBLICATION)


def _unchanged(asked: Asked, content: _Content) -> bool:
    """RFC 9110: If-None-Match decides alone where it is given."""
    if asked.if_none_match is not None:
        tags = {tag.strip().removeprefix("W/") for tag in asked.if_none_match.split(",")}
        return content.etag in tags or "*" in tags
    if asked.if_modified_since is not None:
        try:
            return _moment(content.changed_on) <= parsedate_to_datetime(asked.if_modified_since)
        except (ValueError, TypeError):  # an unreadable date asks for nothing
            return False
    return False


def _damage(good: Answer, faults: list[Fault]) -> Answer:
    """Damage in transport: type, length, size, encoding."""
    for fault in faults:
        if fault.kind == "wrong_type":
            good.headers["Content-Type"] = fault.content_type
        elif fault.kind == "truncated":
            good.send = len(good.body) // 2
        elif fault.kind == "oversized":
            good.body = good.body.ljust(fault.size)
        elif fault.kind == "gzip_bomb":
            good.body = gzip_bomb(fault.size)
            good.headers["Content-Encoding"] = "gzip"
    return good


def gzip_bomb(size: int) -> bytes:
    """A gzip body of about a thousandth of `size` that unpacks to `size` bytes: one packed megabyte, repeated."""
    piece = b"0" * (1024 * 1024)
    whole, rest = divmod(size, len(piece))
    return gzip.compress(piece, mtime=0) * whole + gzip.compress(piece[:rest], mtime=0)
