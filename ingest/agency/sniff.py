"""What kind of bytes these are, by looking at them: names and Content-Type headers lie.

Guards against the HTML error page that was saved as a spreadsheet, and against archives that unpack to gigabytes.
"""

from __future__ import annotations

import csv
import re
import zipfile
import zlib
from itertools import pairwise
from pathlib import Path

from ingest.core.records import AttemptOutcome

HEAD_BYTES = 65536
LINES_LOOKED_AT = 20
# Spreadsheets of text and numbers pack about 1:10, rarely 1:40; a bomb packs 1:1000.
MAX_RATIO = 200
# Small members (a sheet of blanks) may pack extremely well and harm nobody.
RATIO_FROM_BYTES = 1 << 20
MAX_MEMBERS = 10_000
CHUNK = 1 << 20
# What a spreadsheet may unpack to, as a multiple of what its file may have.
UNPACKED_TIMES = 20
ZIP_FORMATS = frozenset({"xlsx", "ods", "zip"})

_MAGIC = (
    (b"%PDF-", "pdf"),
    (b"\x1f\x8b", "gzip"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
)
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_HTML = re.compile(r"<!doctype\s+html|<(html|head|body|title|h1)[\s>]", re.IGNORECASE)
_SPREADSHEETS = (
    (b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "ods"),
    (b"[Content_Types].xml", "xlsx"),
    (b"xl/", "xlsx"),
)


def sniff(head: bytes) -> str:
    """The kind of bytes by their beginning (64 KiB are plenty).

    Returns:
        ``html, csv, tsv, xlsx, ods, zip, pdf, gzip, ole, json, xml, mhtml, text, binary`` or ``empty`` (nothing, or
        blanks only).
    """
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return _kind_of_zip(head) if kind == "zip" else kind
    text = _text(head)
    if text is None:
        return "binary"
    return _kind_of_text(text.lstrip("\ufeff \t\r\n")) if text.strip("\ufeff \t\r\n") else "empty"


def sniff_file(path: Path) -> str:
    """The kind of a file's bytes."""
    with path.open("rb") as stream:
        return sniff(stream.read(HEAD_BYTES))


def zip_trouble(path: Path, max_unpacked: int) -> tuple[AttemptOutcome, str] | None:
    """What is wrong with a zip container (xlsx, ods): a bomb, or damage; None when it may be opened.

    The directory is believed only as far as it accuses: afterwards every member is unpacked, without being kept, and
    must give exactly the bytes that the directory promises.
    """
    try:
        with zipfile.ZipFile(path) as container:
            members = container.infolist()
            accused = _accused(members, max_unpacked)
            return accused or _unpacks_as_promised(container, members)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        return "truncated", f"the container is damaged ({error})"


def _accused(members: list[zipfile.ZipInfo], max_unpacked: int) -> tuple[AttemptOutcome, str] | None:
    if len(members) > MAX_MEMBERS:
        return "too_large", f"the container has {len(members):,} members, the limit is {MAX_MEMBERS:,}"
    unpacked = sum(member.file_size for member in members)
    if unpacked > max_unpacked:
        return "too_large", f"the container unpacks to {unpacked:,} bytes, the limit is {max_unpacked:,}"
    for member in members:
        if member.file_size > RATIO_FROM_BYTES and member.file_size > MAX_RATIO * max(member.compress_size, 1):
            ratio = member.file_size // max(member.compress_size, 1)
            return "too_large", f"{member.filename} unpacks to {ratio} times its size, the limit is {MAX_RATIO}"
    return None


def _unpacks_as_promised(
    container: zipfile.ZipFile, members: list[zipfile.ZipInfo]
) -> tuple[AttemptOutcome, str] | None:
    for member in members:
        size = 0
        with container.open(member) as stream:  # raises BadZipFile when the checksum differs
            while piece := stream.read(CHUNK):
                size += len(piece)
        if size != member.file_size:
            return "truncated", f"{member.filename} unpacks to {size:,} bytes, {member.file_size:,} were promised"
    return None


def _kind_of_zip(head: bytes) -> str:
    return next((kind for mark, kind in _SPREADSHEETS if mark in head), "zip")


def _text(head: bytes) -> str | None:
    """The bytes as text, or None when they are none."""
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return head.decode(encoding, errors="replace")
    if b"\x00" in head:
        return None
    text = head.decode("latin-1")
    controls = sum(1 for character in text[:4096] if character < " " and character not in "\t\r\n\f")
    return None if controls * 100 > len(text[:4096]) else text


def _kind_of_text(text: str) -> str:
    start = text[:4096]
    if re.match(r"(mime-version|from|content-type|subject|snapshot-content-location):", start, re.IGNORECASE):
        return "mhtml" if re.search(r"multipart/related", start, re.IGNORECASE) else "text"
    if start.startswith("<"):
        return "html" if _HTML.search(start) else "xml"
    if start[0] in "{[":
        return "json"
    return _kind_of_lines(text)


def _kind_of_lines(text: str) -> str:
    """A table has two lines side by side with the same number of cells; a sentence with a comma in it is no table."""
    # Above the table there may be a title or notes.
    lines = [line for line in text.splitlines() if line.strip()][:LINES_LOOKED_AT]
    for separator, kind in ((",", "csv"), ("\t", "tsv"), (";", "csv")):
        widths = [len(cells) for cells in csv.reader(lines, delimiter=separator)]
        if any(left == right >= 2 for left, right in pairwise(widths)):
            return kind
        # A header and nothing else is a table that lost its rows, which the checks can say better than this.
        if len(widths) == 1 and widths[0] >= 3 and not lines[0].rstrip().endswith((".", "!")):
            return kind
    return "text"
