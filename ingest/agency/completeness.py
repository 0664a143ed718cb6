"""Whether a document is whole, as it says itself: a body whose length nobody announced can end anywhere.

On 2026-11-27 an answer of HTTP/1.0 came four bytes short, and 504 was published as 5. Every real file at hand ends as
asked for here (``tests/agency/test_completeness.py`` looks at all of them).
"""

from __future__ import annotations

import re
from pathlib import Path

from ingest.agency.sniff import ZIP_FORMATS, zip_trouble
from ingest.core.records import AttemptOutcome

# Archives and content systems write comments below the end of a page; PDF's own standard says 1,024.
TAIL_BYTES = 4096
HEAD_BYTES = 16384
PDF_TAIL_BYTES = 1024
_BOUNDARY = re.compile(rb'boundary\s*=\s*(?:"([^"\r\n]+)"|([^\s;]+))', re.IGNORECASE)
# Statistics Canada ends a table with its address, without a line end; a figure is none.
_ADDRESS_LINE = re.compile(rb"https?://[^\s,;]+")


def document_trouble(path: Path, kind: str, max_unpacked: int) -> tuple[AttemptOutcome, str] | None:
    """What is wrong with a document of the kind that is due: cut off, damaged or a bomb; None when it may be read."""
    if kind in ZIP_FORMATS:
        return zip_trouble(path, max_unpacked)
    missing = cut_off(path, kind)
    return ("truncated", f"the document is cut off: {missing}") if missing else None


def cut_off(path: Path, kind: str) -> str | None:
    """What is missing at the end of a file of this kind (see ``sniff``); None when nothing is, or it cannot be told.

    Containers (xlsx, ods) are judged by ``sniff.zip_trouble``, which reads their directory.
    """
    head, tail = _ends(path)
    match kind:
        case "csv" | "tsv":
            last = re.split(rb"[\r\n]", tail)[-1].strip(b"\0 \t")
            return None if not last or _ADDRESS_LINE.fullmatch(last) else "its last line does not end"
        case "html":
            return None if b"</html" in tail.lower() else "it has no </html> at its end"
        case "pdf":
            return None if b"%%EOF" in tail[-PDF_TAIL_BYTES:] else "it has no %%EOF at its end"
        case "json":
            return None if tail.rstrip().endswith((b"}", b"]")) else "its last bracket is not closed"
        case "mhtml":
            return _without_last_boundary(head, tail)
        case _:
            return None


def _without_last_boundary(head: bytes, tail: bytes) -> str | None:
    named = _BOUNDARY.search(head)
    if not named:
        return "its head names no boundary between its parts"
    ending = b"--" + (named[1] or named[2]) + b"--"
    return None if ending in tail else "the boundary after its last part is not there"


def _ends(path: Path) -> tuple[bytes, bytes]:
    """The first and the last bytes; of text in UTF-16 every other byte is null and tells nothing."""
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
        size = path.stat().st_size
        stream.seek(max(0, size - TAIL_BYTES))
        tail = stream.read(TAIL_BYTES)
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    return head, tail.replace(b"\0", b"") if wide else tail
