"""Groups archived files into releases: one publication of a source, one or more files with the same date."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable

from ingest.archive.objects import Archive
from ingest.catalog.source import Source
from ingest.core.records import Attempt, CheckResult, Published, Release, ReleaseFile
from ingest.releases.parsers import parser_for
from ingest.releases.reading import read

# A page may be dated a day ahead of our clock because its clock stands in another time zone.
CLOCKS_MAY_DIFFER = dt.timedelta(days=2)
DATE_CHECK = "publication_date_plausible"


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


def group(
    source: Source, archive: Archive, attempts: Iterable[Attempt], seen_before: frozenset[str] = frozenset()
) -> list[tuple[Release, list[CheckResult]]]:
    """The pending releases that these files make up, in order of publication, each with what its dates gave away.

    Files of one date that came in one poll are one release; a second file of the same part (the same year page again,
    a cut printed twice) begins another. ``seen_before`` are the sha256s that earlier releases of the source hold.
    """
    together: dict[tuple[str, str, str], list[list[DatedFile]]] = defaultdict(list)
    for attempt in sorted(attempts, key=lambda each: (each.retrieved_at, each.file_name)):
        dated = date_file(source, archive, attempt, returned=attempt.sha256 in seen_before)
        _place(source, together[(dated.published.text, attempt.origin, attempt.retrieved_at.isoformat())], dated)
    releases = [_release(source, files) for groups in together.values() for files in groups]
    return sorted(releases, key=lambda each: each[0].order)


def _place(source: Source, groups: list[list[DatedFile]], dated: DatedFile) -> None:
    part = parser_for(source.parser).part
    for files in groups:
        if any(each.attempt.sha256 == dated.attempt.sha256 for each in files):
            files.append(dated)  # the same bytes under another name: one file of the release
            return
        if all(part(each.attempt.file_name) != part(dated.attempt.file_name) for each in files):
            files.append(dated)
            return
    groups.append([dated])


def date_file(source: Source, archive: Archive, attempt: Attempt, *, returned: bool = False) -> DatedFile:
    """The file's date by the first basis that the YAML names and the file offers; else the day it was first seen.

    A file that ``returned`` to bytes which an earlier release holds prints that release's date: what is new is that
    the agency shows them again, and only a list of releases or our own eyes can date that.
    """
    today = attempt.retrieved_at.date()
    first_seen = Published(today.isoformat(), "day", "first_seen")
    if returned:
        listed = attempt.published if attempt.published and attempt.published.basis == "releases_csv" else None
        return DatedFile(attempt, listed or first_seen)
    printed, fault = _document_date(source, archive, attempt)
    if fault:
        return DatedFile(attempt, attempt.published or first_seen, fault)
    published = printed or attempt.published or first_seen
    if published.basis == "document" and published.known_on > today + CLOCKS_MAY_DIFFER:
        return DatedFile(attempt, attempt.published or first_seen, f"dated {published.text}, after it was retrieved")
    return DatedFile(attempt, published)


def _document_date(source: Source, archive: Archive, attempt: Attempt) -> tuple[Published | None, str | None]:
    """The date that the document prints, and what is wrong with it; neither where it is no document that prints one."""
    if not attempt.sha256 or all(each.published[0] != "document" for each in source.resources.items):
        return None, None
    found = read(archive, source, attempt.sha256, attempt.file_name)
    return found.published, found.date_fault


def _release(source: Source, files: list[DatedFile]) -> tuple[Release, list[CheckResult]]:
    attempts = [each.attempt for each in files]
    published = files[0].published
    name = release_id(source.id, published, _hashes(attempts))
    faults = [f"{each.attempt.file_name}: {each.date_fault}" for each in files if each.date_fault]
    said = "; ".join(faults) or f"{published.text} ({published.basis})"
    check = date_check(source.id, name, success=not faults, observed=said)
    release = Release(
        release_id=name,
        source_id=source.id,
        published=published,
        retrieved_at=min(each.retrieved_at for each in attempts),
        state="pending",
        origin=attempts[0].origin,
        files=tuple({each.sha256: _file(each) for each in reversed(attempts)}[sha256] for sha256 in _hashes(attempts)),
    )
    return release, [check]


def date_check(source_id: str, release_id: str, *, success: bool, observed: str | None) -> CheckResult:
    """Whether the date of publication can be true: a doubt that a person who opens the agency's page can resolve."""
    return CheckResult(
        check=DATE_CHECK,
        severity="critical",
        success=success,
        observed=observed,
        limit="a real date, not after the day of retrieval",
        reason="a release with an absurd date would take the wrong place among the vintages",
        source_id=source_id,
        release_id=release_id,
        stage="ingest",
        about="plausibility",
        overridable=True,
    )


def _hashes(attempts: list[Attempt]) -> list[str]:
    return list(dict.fromkeys(each.sha256 or "" for each in sorted(attempts, key=lambda each: each.file_name)))


def _file(attempt: Attempt) -> ReleaseFile:
    return ReleaseFile(
        sha256=attempt.sha256 or "",
        resource_id=attempt.resource_id,
        file_name=attempt.file_name,
        url=attempt.url,
        bytes=attempt.bytes if attempt.bytes is not None else -1,
    )
