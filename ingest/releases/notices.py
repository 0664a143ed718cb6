"""Closing notices: the words by which an agency's own page says that it will no longer be updated.

Guards against the public scraper that ran green for over a thousand nights over a page that said so.
"""

from __future__ import annotations

from ingest.archive.objects import Archive
from ingest.catalog.lookups import fold
from ingest.catalog.source import Source
from ingest.core.home import Home
from ingest.core.records import GOOD_OUTCOMES, Attempt
from ingest.releases.reading import read


def closing_words(home: Home, source: Source, attempts: list[Attempt]) -> str | None:
    """The sentence of the YAML's sentinels that the newest archived pages carry, if any."""
    archive = Archive(home)
    newest = {attempt.url: attempt for attempt in attempts if attempt.sha256 and attempt.sniffed_type == "html"}
    if source.calendar.sentinels:
        latest = max((attempt.retrieved_at for attempt in newest.values()), default=None)
        for attempt in newest.values():
            if attempt.retrieved_at == latest and attempt.outcome in GOOD_OUTCOMES:
                found = sentinel_in(source, _text(source, archive, attempt))
                if found:
                    return found
    return None


def _text(source: Source, archive: Archive, attempt: Attempt) -> str:
    if attempt.role == "listing":
        return archive.verified(attempt.sha256 or "").read_text(encoding="utf-8", errors="replace")
    return read(archive, source, attempt.sha256 or "", attempt.file_name).words


def sentinel_in(source: Source, text: str) -> str | None:
    """The words of closure, of those that the YAML names, that stand in a page's text."""
    folded = fold(text)
    return next((each for each in source.calendar.sentinels if fold(each) in folded), None)
