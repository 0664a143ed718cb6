"""Groups archived files into releases: one publication of a source, one or more files with the same date."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable

from ingest.archive import Archive
from ingest.parsers import parser_for
from ingest.records import Attempt, CheckResult, Published, Release, ReleaseFile, StructureError
from ingest.sources import Source

# A page may be dated a day ahead of our clock because its clock stands in another time zone.
CLOCKS_MAY_DIFFER = dt.timedelta(days=2)


@dataclasses.dataclass(frozen=True)
class DatedFile:
    """An archived file with its date of publication, and what was wrong with the date that it prints."""

    attempt: Attempt
    published: Published
    date_fault: str | None = None


def release_id(source_id: str, published: Published, sha256s: Iterable[str]) -> str:
    """``<source>@<published>~<8 hex of its files>``: the same files of the same date are the same release."""
    digest = hashlib.sha256("\n".join(sorted(sha256s)).encode()).hexdigest()
    return f"{source_id}@{published.text}~{digest[:8]}"


def group(source: Source, archive: Archive, attempts: Iterable[Attempt]) -> list[tuple[Release, list[CheckResult]]]:
    """The pending releases that these files make up, in order of publication, each with what its dates gave away."""
    by_date: dict[tuple[str, str], list[DatedFile]] = defaultdict(list)
    for attempt in attempts:
        dated = date_file(source, archive, attempt)
        by_date[(dated.published.text, dated.attempt.origin)].append(dated)
    releases = [_release(source, files) for files in by_date.values()]
    return sorted(releases, key=lambda each: each[0].order)


def date_file(source: Source, archive: Archive, attempt: Attempt) -> DatedFile:
    """The file's date by the first basis that the YAML names and the file offers; else the day it was first seen."""
    today = attempt.retrieved_at.date()
    first_seen = Published(today.isoformat(), "day", "first_seen")
    try:
        published = _document_date(source, archive, attempt) or attempt.published or first_seen
    except ValueError as error:
        return DatedFile(attempt, attempt.published or first_seen, str(error))
    if published.basis == "document" and published.known_on > today + CLOCKS_MAY_DIFFER:
        return DatedFile(attempt, attempt.published or first_seen, f"dated {published.text}, after it was retrieved")
    return DatedFile(attempt, published)


def _document_date(source: Source, archive: Archive, attempt: Attempt) -> Published | None:
    for resource in source.resources.items:
        if resource.published[0] == "document" and attempt.sha256:
            try:
                return parser_for(source.parser).published(archive.path(attempt.sha256))
            except StructureError:
                return None  # parse() will say what is wrong with the page
    return None


def _release(source: Source, files: list[DatedFile]) -> tuple[Release, list[CheckResult]]:
    attempts = [each.attempt for each in files]
    published = files[0].published
    name = release_id(source.id, published, [each.sha256 or "" for each in attempts])
    faults = [f"{each.attempt.file_name}: {each.date_fault}" for each in files if each.date_fault]
    check = CheckResult(
        check="publication_date_plausible",
        severity="critical",
        success=not faults,
        observed="; ".join(faults) or f"{published.text} ({published.basis})",
        limit="a real date, not after the day of retrieval",
        reason="a release with an absurd date would take the wrong place among the vintages",
        source_id=source.id,
        release_id=name,
        stage="ingest",
    )
    release = Release(
        release_id=name,
        source_id=source.id,
        published=published,
        retrieved_at=min(each.retrieved_at for each in attempts),
        state="pending",
        origin=attempts[0].origin,
        files=tuple(sorted({_file(each) for each in attempts}, key=lambda each: (each.file_name, each.sha256))),
    )
    return release, [check]


def _file(attempt: Attempt) -> ReleaseFile:
    return ReleaseFile(
        sha256=attempt.sha256 or "",
        resource_id=attempt.resource_id,
        file_name=attempt.file_name,
        url=attempt.url,
        bytes=attempt.bytes if attempt.bytes is not None else -1,
    )
