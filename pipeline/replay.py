"""Brings folders of releases in, in order of publication, as if each had been fetched on its day.

Layout: ``<source>/<vintage>/<files>`` with a ``releases.csv`` (source, vintage, file, role, agency_url, published,
published_precision, sha256, origin). A file that is not listed takes its date from the name of its vintage folder.
"""

from __future__ import annotations

import datetime as dt
import itertools
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, cast

from ingest.agency.completeness import document_trouble
from ingest.agency.sniff import UNPACKED_TIMES, sniff_file
from ingest.archive.manifest import Manifest
from ingest.archive.objects import Archive
from ingest.catalog.source import Source, load_sources
from ingest.core.clock import FixedClock
from ingest.core.home import Home
from ingest.core.locks import exclusive_lock
from ingest.core.records import BUNDLED, Attempt, AttemptOutcome, Published
from ingest.core.releases_index import read_index
from ingest.releases.intake import ReleaseOutcome, Validate, process_release
from ingest.releases.parsers import parser_for

FileOutcome = Literal["accepted", "set_aside", "quarantined", "refused", "unchanged", "unknown_source", "not_data"]
# What the project itself has written is never mistaken for an agency's release.
SAMPLE_ORIGINS = frozenset({"roxham-sample", "roxham-synthetic"})


@dataclass(frozen=True)
class FolderFile:
    """One file of a releases folder, as ``releases.csv`` describes it."""

    source_id: str
    vintage: str
    path: Path
    relative: str
    role: str
    url: str
    published: Published | None
    sha256: str | None
    origin: str


@dataclass(frozen=True)
class ReplayedFile:
    """What became of one file."""

    file: str
    source_id: str
    outcome: FileOutcome
    message: str
    release_id: str | None = None
    # The day on which it counts from; None for what came into no archive.
    known_on: dt.date | None = None

    def as_dict(self) -> dict[str, object]:
        """Plain data for ``--json``."""
        return {"file": self.file, "source_id": self.source_id, "outcome": self.outcome, "message": self.message,
                "release_id": self.release_id}  # fmt: skip


def read_folder(folder: Path) -> list[FolderFile]:
    """Every file of a releases folder that may be read, in order of publication; see ``unfit_files`` for the others.

    Raises:
        FileNotFoundError: when the folder is not there.
    """
    listed = _listed(folder)
    files = [
        folder_file(path, path.relative_to(folder).as_posix(), listed.get(path.relative_to(folder).as_posix()))
        for path, fault in _files_in(folder)
        if not fault
    ]
    return sorted(files, key=lambda each: (_known_on(each), each.relative))


def unfit_files(folder: Path) -> list[ReplayedFile]:
    """The files of a releases folder that are not read, and why: nothing of them reaches the archive.

    Raises:
        FileNotFoundError: when the folder is not there.
    """
    refused = []
    for path, fault in _files_in(folder):
        if fault:
            name = os.fsencode(path.relative_to(folder)).decode("utf-8", errors="backslashreplace")
            refused.append(ReplayedFile(name, name.split("/")[0], "refused", fault))
    return refused


def _files_in(folder: Path) -> Iterator[tuple[Path, str]]:
    """(path, what keeps it from being read) of each file, in the order of their names."""
    if not folder.is_dir():
        message = f"{folder} is no folder"
        raise FileNotFoundError(message)
    inside = folder.resolve()
    for path in sorted(folder.glob("*/**/*")):
        if path.is_symlink() or path.is_file():
            yield path, _fault_of_name(path, inside)


def _fault_of_name(path: Path, folder: Path) -> str:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return "its name is no UTF-8: rename it"
    try:
        real = path.resolve()
    except RuntimeError:
        return "a symlink that leads to itself"
    if not real.is_relative_to(folder):
        return "a symlink that leads out of the releases folder: put the file itself there"
    return "" if real.is_file() else "a symlink that leads to no file"


def read_folders(folders: Path | Iterable[Path]) -> list[FolderFile]:
    """Every file of one or several releases folders, in order of publication; vintages of one name are one vintage.

    Raises:
        FileNotFoundError: when a folder is not there.
    """
    files = [each for folder in _several(folders) for each in read_folder(folder)]
    return sorted(files, key=lambda each: (_known_on(each), each.relative))


def _several(folders: Path | Iterable[Path]) -> Iterable[Path]:
    return [folders] if isinstance(folders, Path) else folders


def bundled_files() -> list[FolderFile]:
    """The bundled files of all sources, each dated as it dates itself."""
    return [
        FolderFile(
            source_id=source.id,
            vintage=BUNDLED,
            path=path,
            relative=f"{BUNDLED}/{path.name}",
            role="data",
            url=resource.bundled_address,
            published=parser_for(source.parser).published(path),
            sha256=None,
            origin=BUNDLED,
        )
        for source in load_sources().values()
        for resource in source.resources.items
        if (path := resource.bundled_path)
    ]


def replay(
    home: Home, folders: Path | Iterable[Path], validate: Validate, *, until: dt.date | None = None, jobs: int = 1,
    bundled: bool = False, progress: Callable[[str], None] = lambda line: None,
) -> list[ReplayedFile]:  # fmt: skip
    """Bring in every file of the folders published until that day; sources run side by side, releases in order.

    Judges no alert: ``steps.replay`` does. With ``bundled``, the registers of our own writing that sources bring along
    come in, too.
    """
    unfit = [each for folder in _several(folders) for each in unfit_files(folder)]
    files = [*read_folders(folders), *(bundled_files() if bundled else ())]
    files = [each for each in files if until is None or _known_on(each) <= until]
    by_source: dict[str, list[FolderFile]] = {}
    for each in files:
        by_source.setdefault(each.source_id, []).append(each)
    done: list[ReplayedFile] = []
    for results in itertools.chain([unfit], _each_source(home, by_source, validate, jobs)):
        for result in results:
            progress(f"{result.outcome:<14} {result.file}" + (f"  {result.message}" if result.message else ""))
        done.extend(results)
    return sorted(done, key=lambda each: each.file)


def _each_source(
    home: Home, by_source: dict[str, list[FolderFile]], validate: Validate, jobs: int
) -> Iterator[list[ReplayedFile]]:
    if jobs <= 1:
        for source_id, files in sorted(by_source.items()):
            yield _replay_source(home, source_id, files, validate)
        return
    with Manifest(home.manifest):  # made by one process: SQLite does not wait where two switch a new file to WAL
        pass
    with ProcessPoolExecutor(jobs) as pool:
        tasks = [pool.submit(_replay_source, home, *each, validate) for each in sorted(by_source.items())]
        for task in tasks:
            yield task.result()


def _replay_source(home: Home, source_id: str, files: list[FolderFile], validate: Validate) -> list[ReplayedFile]:
    source = load_sources().get(source_id)
    if source is None:
        return [ReplayedFile(each.relative, source_id, "unknown_source", "no YAML declares it") for each in files]
    done: list[ReplayedFile] = []
    vintages: dict[tuple[dt.date, str], list[FolderFile]] = {}
    for each in files:
        vintages.setdefault((_known_on(each), each.vintage), []).append(each)
    for (_day, _vintage), together in sorted(vintages.items()):
        done.extend(_replay_vintage(home, source, together, validate))
    return done


def _replay_vintage(home: Home, source: Source, files: list[FolderFile], validate: Validate) -> list[ReplayedFile]:
    archive = Archive(home)
    with exclusive_lock(home, f"process_release-{source.id}"):
        with Manifest(home.manifest) as manifest:
            attempted = []
            for each in files:
                attempted.append((each, _attempt(source, archive, manifest, each)))
                manifest.record_attempt(attempted[-1][1])
        outcomes = process_release(home, source, validate)
        with Manifest(home.manifest) as manifest:
            notices = {each.sha256 for each in manifest.attempts(source.id) if each.role == "notice"}
    results = [(each, _result(each, attempt, outcomes, notices)) for each, attempt in attempted]
    return [replace(result, known_on=each.published.known_on if each.published else None) for each, result in results]


def _attempt(source: Source, archive: Archive, manifest: Manifest, file: FolderFile) -> Attempt:
    """Archive the file's bytes and say what came of it, as a fetch would."""
    sha256 = archive.put_file(file.path)
    fault, sniffed = _fault(source, file, sha256)
    outcome: AttemptOutcome = fault[0] if fault else "archived"
    published_text = file.published.text if file.published else None
    if not fault and file.role == "data":
        # A register that a fetch has brought already carries no date in its attempt: it dates itself.
        known = (
            manifest.has_bytes(source.id, file.url, sha256)
            if file.origin == BUNDLED
            else manifest.holds(source.id, sha256, published_text)
        )
        outcome = "unchanged" if known else outcome
    clock = FixedClock.on(_known_on(file))
    return Attempt(
        source_id=source.id,
        resource_id=source.resources.items[0].id,
        url=file.url,
        outcome=outcome,
        retrieved_at=clock.now(),
        sha256=sha256,
        bytes=file.path.stat().st_size,
        sniffed_type=sniffed,
        message=fault[1] if fault else "",
        published=file.published,
        origin=file.origin,
        file_name=file.path.name,
        role="data" if file.role == "data" else "listing",
        via="replay",
    )


def _fault(source: Source, file: FolderFile, sha256: str) -> tuple[tuple[AttemptOutcome, str] | None, str]:
    sniffed = sniff_file(file.path)
    size = file.path.stat().st_size
    formats = {each for item in source.resources.items for each in item.format}
    largest = max(item.max_bytes for item in source.resources.items)
    if file.sha256 and file.sha256 != sha256:
        return ("truncated", f"sha256 is {sha256[:12]}…, releases.csv says {file.sha256[:12]}…"), sniffed
    if size <= 1:
        return ("empty", f"{size} byte(s)"), sniffed
    if file.role != "data":
        return None, sniffed
    if size > largest:
        return ("too_large", f"{size} bytes, the source's limit is {largest}"), sniffed
    if sniffed not in formats:
        return ("wrong_type", f"looks like {sniffed}, due was {' or '.join(sorted(formats))}"), sniffed
    if file.published is None:
        return ("wrong_type", f"no date: not in releases.csv, and {file.vintage!r} is no date"), sniffed
    return document_trouble(file.path, sniffed, largest * UNPACKED_TIMES), sniffed


def _result(
    file: FolderFile, attempt: Attempt, outcomes: list[ReleaseOutcome], notices: set[str | None]
) -> ReplayedFile:
    if attempt.outcome == "unchanged":
        return ReplayedFile(file.relative, file.source_id, "unchanged", "")
    if attempt.outcome != "archived":
        return ReplayedFile(file.relative, file.source_id, "refused", f"{attempt.outcome}: {attempt.message}")
    if attempt.role != "data":
        return ReplayedFile(file.relative, file.source_id, "not_data", file.role)
    if attempt.sha256 in notices:
        message = "no figures, and the page says that it is closed: kept in the archive, no release"
        return ReplayedFile(file.relative, file.source_id, "not_data", message)
    for outcome in outcomes:
        if any(each.sha256 == attempt.sha256 for each in outcome.release.files):
            state = cast(FileOutcome, outcome.release.state)
            return ReplayedFile(file.relative, file.source_id, state, _said(outcome), outcome.release.release_id)
    return ReplayedFile(file.relative, file.source_id, "refused", "archived, but in no release: report this as a bug")


def _said(outcome: ReleaseOutcome) -> str:
    """Why a release is kept out, in full; of one that is accepted, the names of the checks that warn."""
    blocking = [f"{check.check}: {check.observed}" for check in outcome.failed_checks if check.blocks]
    warnings = [check.check for check in outcome.failed_checks if check.severity == "warning"]
    return "; ".join(blocking) or (f"warnings: {', '.join(warnings)}" if warnings else "")


def _listed(folder: Path) -> dict[str, dict[str, str]]:
    return {row["file"]: row for row in read_index(folder)}


def folder_file(path: Path, relative: str, row: dict[str, str] | None) -> FolderFile:
    """What a file of a releases folder is, by its line in releases.csv, or where it has none by the folder's names."""
    source_id, *between, _name = Path(relative).parts
    vintage = "/".join(between)
    text = (row or {}).get("published") or vintage
    origin = "sample" if (row or {}).get("origin") in SAMPLE_ORIGINS else "folder"
    return FolderFile(
        source_id=source_id,
        vintage=vintage,
        path=path,
        relative=relative,
        role=(row or {}).get("role") or "data",
        url=(row or {}).get("agency_url") or f"file:{relative}",
        published=_published(text, "releases_csv" if row and row.get("published") else "file_name"),
        sha256=(row or {}).get("sha256") or None,
        origin=origin,
    )


def _published(text: str, basis: Literal["releases_csv", "file_name"]) -> Published | None:
    try:
        return Published.from_text(text, basis)
    except ValueError:
        return None


def _known_on(file: FolderFile) -> dt.date:
    return file.published.known_on if file.published else dt.date.max
