"""Closing notices: the words by which an agency's own page says that it will no longer be updated.

Guards against the public scraper that ran green for over a thousand nights over a page that said so.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from ingest.archive.objects import Archive
from ingest.catalog.lookups import fold
from ingest.catalog.source import Source, load_sources
from ingest.core.home import Home
from ingest.core.records import GOOD_OUTCOMES, Attempt
from ingest.releases.reading import read


def closing_words(home: Home, source: Source, attempts: list[Attempt]) -> str | None:
    """The sentence of the YAML's sentinels that the newest archived pages carry, if any."""
    newest = {attempt.url: attempt for attempt in attempts if attempt.sha256 and attempt.sniffed_type == "html"}
    archive = Archive(home)
    if source.calendar.sentinels:
        latest = max((attempt.retrieved_at for attempt in newest.values()), default=None)
        for attempt in newest.values():
            if attempt.retrieved_at == latest and attempt.outcome in GOOD_OUTCOMES:
                sha256 = attempt.sha256 or ""
                archive.verified(sha256)  # what was read from it once says nothing when the bytes are others now
                found = _words_on(home, source.id, sha256, attempt.role, attempt.file_name)
                if found:
                    return found
    return None


@lru_cache(maxsize=128)
def _words_on(home: Home, source_id: str, sha256: str, role: str, file_name: str) -> str | None:
    """Bytes that are kept under their hash say for ever what they said once: a process reads them once."""
    source, archive = load_sources()[source_id], Archive(home)
    if role == "listing":
        return sentinel_in(source, archive.verified(sha256).read_text(encoding="utf-8", errors="replace"))
    return sentinel_in(source, read(archive, source, sha256, file_name).words)


def sentinel_in(source: Source, text: str) -> str | None:
    """The words of closure, of those that the YAML names, that stand in a page's text."""
    return _first_in(source.calendar.sentinels, text)


def _first_in(sentinels: Iterable[str], text: str) -> str | None:
    folded = fold(text)
    return next((each for each in sentinels if fold(each) in folded), None)
