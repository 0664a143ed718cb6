"""What a releases folder holds and what of it is known on a day.

A releases folder is `<source>/<vintage>/<files>` with a `releases.csv` (columns in `sandbox.folder`). Each file has the
address at which its agency serves it; at a clock date the newest file of an address that is known by then is served.
Month and year precision count as known on the period's last day (DESIGN, rule 1).
"""

from __future__ import annotations

import calendar
import datetime as dt
import hashlib
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from ingest.core.releases_index import INDEX, read_index
from sandbox import addresses, listing
from sandbox.addresses import Address, ListingPage

# A `listing` is generated from the files at hand, a `bad` file never was a release.
SERVED_ROLES = ("data", "document")
PRECISIONS = ("year", "month", "day")
SAMPLE_ORIGINS = ("roxham-sample", "roxham-synthetic")


@dataclass(frozen=True)
class Item:
    """One servable file: where it lies, where its agency serves it, since when it is known."""

    source: str
    path: Path
    host: str
    url_path: str
    published: str
    precision: str
    known_on: dt.date
    role: str
    sample: bool

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    @property
    def address(self) -> Address:
        """Host and path, the key of an HTTP request."""
        return self.host, self.url_path

    @property
    def order(self) -> tuple[dt.date, int, str]:
        """Order of publication: known on, then coarse precision before fine, then file name."""
        return self.known_on, PRECISIONS.index(self.precision), self.name

    def body(self) -> bytes:
        """The file's bytes, read anew each time: a folder may hold more than memory."""
        return self.path.read_bytes()


def last_day(published: str, precision: str) -> dt.date:
    """The last day of the period that a date of publication names: `2024-06` by month is 2024-06-30."""
    if precision == "day":
        return dt.date.fromisoformat(published)
    year, month = int(published[:4]), int(published[5:7]) if precision == "month" else 12
    return dt.date(year, month, calendar.monthrange(year, month)[1])


class Catalogue:
    """The files of one releases folder, by address.

    Args:
        directory: a releases folder.

    Raises:
        FileNotFoundError: there is no releases.csv, or it names a file that is not there.
    """

    def __init__(self, directory: Path | str) -> None:
        self.directory = Path(directory)
        if not (self.directory / INDEX).is_file():
            raise FileNotFoundError(f"there is no {INDEX} in {self.directory}")
        lines = [line for line in read_index(self.directory) if line["role"] in SERVED_ROLES]
        items = (self._item(line) for line in lines)
        # Neither a symlink nor `..` in releases.csv makes a file of this machine an agency's.
        inside = self.directory.resolve()
        self.items = sorted(
            (item for item in items if item.path.resolve().is_relative_to(inside)), key=lambda item: item.order
        )
        missing = [item.path for item in self.items if not item.path.is_file()]
        if missing:
            raise FileNotFoundError(f"releases.csv names {len(missing)} files that are not there, first {missing[0]}")
        self._by_address: dict[Address, list[Item]] = {}
        for item in self.items:
            self._by_address.setdefault(item.address, []).append(item)
        self._add_declared_addresses()
        self._add_second_addresses()
        self._listing_pages = addresses.listing_pages()

    @property
    def sample(self) -> bool:
        """Whether anything in the folder is of Roxham's own making."""
        return any(item.sample for item in self.items)

    @property
    def dates(self) -> list[dt.date]:
        """Every day on which something new is known, oldest first."""
        return sorted({item.known_on for item in self.items})

    def at(self, address: Address, date: dt.date) -> Item | None:
        """The newest file of an address known by `date`, or None before its first vintage.

        Several sources can share one address (a page, and the files that it links to): there the page is served.
        """
        known = [item for item in self._by_address.get(address, ()) if item.known_on <= date]
        pages = [item for item in known if item.path.suffix.lower() in (".html", ".htm")]
        best = pages or known
        return best[-1] if best else None

    def listed(self, date: dt.date, source: str = listing.SOURCE) -> list[Item]:
        """The files of a source's listing (CBP's, when none is named) known by `date`, oldest first."""
        return [item for item in self.items if item.source == source and item.known_on <= date]

    def listing_at(self, address: Address) -> list[ListingPage]:
        """The listing pages that the YAMLs declare at an address (CBP's nationwide one has its own module)."""
        return self._listing_pages.get(address, [])

    def offered(self, pages: list[ListingPage], date: dt.date) -> list[Item]:
        """The newest file known by `date` at each address that these listing pages link to."""
        found: dict[Address, Item] = {}
        for page in pages:
            for item in self.items:
                address = page.file_address(item.name, item.known_on) if item.source == page.source.id else None
                if address and item.known_on <= date:
                    found[address] = replace(item, host=address[0], url_path=address[1])
        return list(found.values())

    def _item(self, line: dict[str, str]) -> Item:
        known_on = last_day(line["published"], line["published_precision"])
        name = PurePosixPath(line["file"]).name
        split = urlsplit(line["agency_url"])
        path = unquote(split.path)
        if (
            line["source"] == listing.SOURCE
        ):  # there releases.csv names the listing; the file's address follows its date
            path = listing.file_path(name, known_on, line["role"])
        return Item(
            source=line["source"],
            path=self.directory / line["file"],
            host=split.netloc,
            url_path=path,
            published=line["published"],
            precision=line["published_precision"],
            known_on=known_on,
            role=line["role"],
            sample=line["origin"] in SAMPLE_ORIGINS,
        )

    def _add_declared_addresses(self) -> None:
        """Give files the address at which their source asks for them, where releases.csv names another."""
        for item in self.items:
            if item.source != listing.SOURCE:
                url = f"https://{item.host}{item.url_path}"
                for address in addresses.addresses_of(item.source, url, item.name, item.known_on):
                    held = self._by_address.setdefault(address, [])
                    if item not in held:
                        held.append(item)
        for held in self._by_address.values():
            held.sort(key=lambda item: item.order)

    def _add_second_addresses(self) -> None:
        """Give files that a page covers an address below it (`<page>/<file>`), so that each file can be had."""
        for (host, path), items in list(self._by_address.items()):
            pages = [item for item in items if item.path.suffix.lower() in (".html", ".htm")]
            if not pages:
                continue
            for item in items:
                if item not in pages:
                    self._by_address.setdefault((host, f"{path}/{item.name}"), []).append(item)


@lru_cache(maxsize=512)
def _sha256(path: Path, mtime_ns: int, size: int) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def sha256_of(path: Path) -> str:
    """The file's sha256, remembered while size and time of change stay."""
    stat = path.stat()
    return _sha256(path, stat.st_mtime_ns, stat.st_size)
