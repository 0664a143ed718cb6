"""Where the files of any source are served, as its YAML has it.

Behind a listing page (`discover`) a file lies at an address that the YAML's link pattern matches; a page or file with a
fixed `url` lies there, also where releases.csv names only the agency's landing page. CBP's nationwide listing has its own
module (`sandbox.listing`).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote, unquote, urlsplit

from ingest.catalog.source import Resource, Source, load_sources
from sandbox import listing

Address = tuple[str, str]
YEAR_IN_NAME = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True)
class ListingPage:
    """A page of a source from which its files are found."""

    source: Source
    resource: Resource
    link: re.Pattern[str]
    address: Address

    @property
    def tells_dates(self) -> bool:
        """Whether the source reads a file's date from this page, so that the page must print one."""
        return "listing" in self.resource.published

    def file_address(self, name: str, known_on: dt.date) -> Address | None:
        """Where a file lies so that the link pattern finds it; None for a file that this page would not offer."""
        host, page = self.address
        folders = (
            page.rstrip("/"),
            page.rstrip("/").rsplit("/", 1)[0],
            f"/sites/default/files/{known_on:%Y-%m}",
            listing.file_path("", known_on, "document").rstrip("/"),
            f"/media/{known_on:%Y%m%d}",
        )
        paths = (f"{folder}/{name}" for folder in folders)
        # The pattern is searched in addresses as they are written without escapes.
        return next(((host, path) for path in paths if self.link.search(path)), None)


def listing_pages() -> dict[Address, list[ListingPage]]:
    """Every listing page that a YAML declares, but CBP's nationwide one; several resources may share a page."""
    pages: dict[Address, list[ListingPage]] = {}
    for source in load_sources().values():
        for resource in source.resources.items if source.id != listing.SOURCE else ():
            if resource.discover:
                pattern = re.compile(resource.discover.link, re.IGNORECASE)
                page = ListingPage(source, resource, pattern, _address(resource.discover.page))
                pages.setdefault(page.address, []).append(page)
    return pages


def addresses_of(source_id: str, agency_url: str, name: str, known_on: dt.date) -> list[Address]:
    """Every address of a file, the one at which its source asks for it first."""
    return list(dict.fromkeys([*_declared(source_id, name, known_on), _address(agency_url)]))


def href(path: str) -> str:
    """A path as a page links to it."""
    return quote(path)


def _declared(source_id: str, name: str, known_on: dt.date) -> Iterator[Address]:
    source = load_sources().get(source_id)
    if source is None:
        return
    for page in (page for pages in listing_pages().values() for page in pages if page.source.id == source_id):
        found = page.file_address(name, known_on)
        if found:
            yield found
    fixed = [each for each in source.resources.items if each.url]
    by_name = [each for each in fixed if _name_of(each, name) == name]
    by_format = [each for each in fixed if PurePosixPath(name).suffix.lower().lstrip(".") in _suffixes(each)]
    for resource in by_name or (by_format if len(by_format) == 1 and "{year}" not in str(by_format[0].url) else []):
        yield _address(_url(resource, name))


def _name_of(resource: Resource, name: str) -> str:
    return _address(_url(resource, name))[1].rsplit("/", 1)[-1]


def _url(resource: Resource, name: str) -> str:
    year = YEAR_IN_NAME.search(name)
    return (resource.url or "").replace("{year}", year[0] if year else "")


def _suffixes(resource: Resource) -> set[str]:
    more = {"html": {"htm"}, "mhtml": {"mht"}}
    return {suffix for each in resource.format for suffix in {each, *more.get(each, ())}}


def _address(url: str) -> Address:
    parts = urlsplit(url)
    return parts.netloc, unquote(parts.path)
