"""Closing notices: the words by which an agency's own page says that it will no longer be updated.

Guards against the public scraper that ran green for over a thousand nights over a page that said so.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from ingest.archive.objects import Archive
from ingest.catalog.lookups import fold
from ingest.catalog.source import Source
from ingest.core.home import Home
from ingest.core.records import GOOD_OUTCOMES, Attempt, StructureError
from ingest.releases.parsers import parser_for


def closing_words(home: Home, source: Source, attempts: list[Attempt]) -> str | None:
    """The sentence of the YAML's sentinels that the newest archived pages carry, if any."""
    newest = {attempt.url: attempt for attempt in attempts if attempt.sha256 and attempt.sniffed_type == "html"}
    sentinels = tuple(source.calendar.sentinels)
    if sentinels:
        latest = max((attempt.retrieved_at for attempt in newest.values()), default=None)
        for attempt in newest.values():
            if attempt.retrieved_at == latest and attempt.outcome in GOOD_OUTCOMES:
                found = _words_on(home, source.parser, sentinels, attempt.sha256 or "", attempt.role)
                if found:
                    return found
    return None


@lru_cache(maxsize=128)
def _words_on(home: Home, parser: str, sentinels: tuple[str, ...], sha256: str, role: str) -> str | None:
    """Bytes that are kept under their hash say for ever what they said once: a process reads them once."""
    return _first_in(sentinels, _text(parser, Archive(home).path(sha256), role))


def _text(parser: str, path: Path, role: str) -> str:
    if role == "listing":
        return path.read_text(encoding="utf-8", errors="replace")
    try:
        return parser_for(parser).text(path)
    except StructureError:
        return ""


def sentinel_in(source: Source, text: str) -> str | None:
    """The words of closure, of those that the YAML names, that stand in a page's text."""
    return _first_in(source.calendar.sentinels, text)


def _first_in(sentinels: Iterable[str], text: str) -> str | None:
    folded = fold(text)
    return next((each for each in sentinels if fold(each) in folded), None)
