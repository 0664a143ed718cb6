"""Takes archived files in: group into releases, parse, validate, accept, set aside or quarantine.

A release is recorded with its files and check results in one transaction at the very end. A kill before that leaves
the files pending, and the next run takes them in again with the same result.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import os
import shutil
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from ingest.archive.manifest import Manifest
from ingest.archive.objects import ABANDONED_AFTER_SECONDS, Archive
from ingest.catalog.source import Source
from ingest.core.clock import Clock
from ingest.core.home import Home
from ingest.core.records import (
    About,
    Attempt,
    CheckResult,
    Release,
    ReleaseFile,
    ReleaseState,
    StructureError,
    UnknownFile,
)
from ingest.core.trouble import MachineTrouble, is_ours
from ingest.releases import raw_tables, reading
from ingest.releases.apart import Dated, parts_of
from ingest.releases.grouping import DATE_CHECK, date_check, group
from ingest.releases.notices import sentinel_in
from ingest.releases.parsers import parser_for
from ingest.releases.reading import Unreadable, forget_killed, read

# The check that a release fails whose file hangs its reader, takes all memory, or brings the process down.
KILLED_CHECK = "parser_killed"

Validate = Callable[[Path, Source, str], list[CheckResult]]


@dataclasses.dataclass(frozen=True)
class ReleaseOutcome:
    """What became of one release."""

    release: Release
    checks: tuple[CheckResult, ...]

    @property
    def failed_checks(self) -> list[CheckResult]:
        """The checks that did not hold, worst first; that there was nothing to compare is only said."""
        rank = {"critical": 0, "warning": 1, "info": 2}
        return sorted((each for each in self.checks if each.is_told), key=lambda each: rank[each.severity])

    def as_dict(self) -> dict[str, object]:
        """The outcome as plain data: what an event carries and ``--json`` prints."""
        release = self.release
        return {
            "source_id": release.source_id,
            "release_id": release.release_id,
            "state": release.state,
            "published": release.published.text,
            "published_basis": release.published.basis,
            "sha256s": [file.sha256 for file in release.files],
            "files": [file.file_name for file in release.files],
            "rows": release.rows,
            "first_month": release.first_month and release.first_month.isoformat(),
            "last_month": release.last_month and release.last_month.isoformat(),
            "failed_checks": [check.as_dict() for check in self.failed_checks],
        }


def process_release(home: Home, source: Source, validate: Validate) -> list[ReleaseOutcome]:
    """Process every archived file of the source that is in no release yet, in order of publication."""
    _sweep(home, source)
    archive = Archive(home)
    with Manifest(home.manifest) as manifest:
        seen_before = manifest.hashes_in_releases(source.id)
        pending = group(source, archive, manifest.pending_files(source.id), seen_before)
        outcomes = []
        for release, dates in pending:
            if _is_closing_notice(archive, source, release):
                manifest.keep_as_notices(source.id, release.files)
            else:
                outcomes += _process_one(home, archive, manifest, source, release, dates, validate)
        return outcomes


def _is_closing_notice(archive: Archive, source: Source, release: Release) -> bool:
    """Whether every file of the release is without its figures and says itself that the page is closed.

    Guards against the page frozen on 2023-02-04: what says "will no longer be updated" in place of its figures is no
    release that went wrong, and above all no release of zeros. The freshness check names it frozen by the same words.
    """
    if not source.calendar.sentinels:
        return False
    found = [read(archive, source, file.sha256, file.file_name) for file in release.files]
    return all(each.fault and each.fault.kind == "structure" and sentinel_in(source, each.words) for each in found)


def _sweep(home: Home, source: Source) -> None:
    """Delete scratch folders that killed runs left behind."""
    for folder in home.work.glob(f"{source.id}@*"):
        if time.time() - folder.stat().st_mtime > ABANDONED_AFTER_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def judge_again(home: Home, source: Source, validate: Validate) -> list[ReleaseOutcome]:
    """Judge again what is quarantined or set aside and nobody has decided upon: the code or the YAML may have learned."""
    archive = Archive(home)
    outcomes = []
    forget_killed()
    with Manifest(home.manifest) as manifest:
        for release in manifest.waiting(source.id):
            kept = manifest.check_results(release.release_id)
            # The dates were read when the files were grouped; an earlier version may have said less of the check itself.
            dates = [
                date_check(source.id, release.release_id, success=check.success, observed=check.observed)
                for check in kept
                if check.check == DATE_CHECK
            ]
            outcomes += _process_one(home, archive, manifest, source, release, dates, validate)
    return outcomes


class _WithLooseFile(Archive):
    """The archive plus one file that is not in it: inspected, not recorded."""

    def __init__(self, home: Home, sha256: str, file: Path) -> None:
        super().__init__(home)
        self._sha256, self._file = sha256, file

    def path(self, sha256: str) -> Path:
        return self._file if sha256 == self._sha256 else super().path(sha256)

    def parsed_folder(self, sha256: str) -> Path:
        """What is only looked at leaves nothing in the archive."""
        return self.home.work / f"check-{os.getpid()}" if sha256 == self._sha256 else super().parsed_folder(sha256)


def inspect(home: Home, source: Source, file: Path, clock: Clock, validate: Validate) -> ReleaseOutcome:
    """What taking this file in today would give; nothing is recorded: ``roxham check``."""
    content = file.read_bytes()
    attempt = Attempt(
        source_id=source.id,
        resource_id=source.resources.items[0].id,
        url=f"file:{file.name}",
        outcome="archived",
        retrieved_at=clock.now(),
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
        origin="folder",
        file_name=file.name,
    )
    sha256 = attempt.sha256 or ""
    archive = _WithLooseFile(home, sha256, file)
    try:
        [(release, dates)] = group(source, archive, [attempt])
        with Manifest(home.manifest) as manifest:
            return _judge(home, archive, manifest, source, release, dates, validate)
    finally:
        shutil.rmtree(archive.parsed_folder(sha256), ignore_errors=True)


def _process_one(
    home: Home, archive: Archive, manifest: Manifest, source: Source, release: Release,
    dates: list[CheckResult], validate: Validate,
) -> list[ReleaseOutcome]:  # fmt: skip
    """The release as it is; where that is stopped, the parts of it that hold and each file that does not."""
    outcome = _judge(home, archive, manifest, source, release, dates, validate)
    outcomes = [outcome]
    if outcome.release.state != "accepted" and len(release.files) > 1:
        judged: dict[str, ReleaseOutcome] = {}

        def judge(dated: Dated) -> ReleaseOutcome:
            name = dated[0].release_id
            if name not in judged:
                judged[name] = _judge(home, archive, manifest, source, *dated, validate)
            return judged[name]

        parts = parts_of(
            release, dates,
            is_fit=lambda dated: judge(dated).release.state == "accepted",
            is_known=lambda dated: judge(dated).release.state != "set_aside",
        )  # fmt: skip
        outcomes = [judge(dated) for dated in parts] if len(parts) > 1 else [outcome]
    for each in outcomes:
        manifest.record_release(each.release, each.checks)
    if len(outcomes) > 1:
        manifest.forget_parted(release.release_id)
    return outcomes


def _judge(
    home: Home, archive: Archive, manifest: Manifest, source: Source, release: Release,
    dates: list[CheckResult], validate: Validate,
) -> ReleaseOutcome:  # fmt: skip
    # The process in the name: a person may check a file while a run processes the same one.
    folder = home.work / f"{release.release_id}-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        return _judge_in(folder, archive, manifest, source, release, dates, validate)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _judge_in(
    folder: Path, archive: Archive, manifest: Manifest, source: Source, release: Release,
    dates: list[CheckResult], validate: Validate,
) -> ReleaseOutcome:  # fmt: skip
    warehouse = folder / "load.duckdb"
    try:
        reach = _load(warehouse, archive, manifest, source, release)
    except UnknownFile as error:
        return _kept_out(release, "set_aside", [*dates, _unknown(source, release, str(error))])
    except StructureError as error:
        return _kept_out(release, "quarantined", [*dates, _structure(source, release, str(error))])
    except Unreadable as error:
        judge = _killed if error.fault.kind == "killed" else _broken
        return _kept_out(release, "quarantined", [*dates, judge(source, release, error.fault.message)])
    except Exception as error:
        if is_ours(error):
            message = (
                f"our own machine could not take {release.release_id} in ({type(error).__name__}: {error}); nothing is said "
                "of its files: they stay pending, and the next run judges them"
            )
            raise MachineTrouble(message) from error
        return _kept_out(release, "quarantined", [*dates, _broken(source, release, f"{type(error).__name__}: {error}")])
    checks = [*dates, _structure(source, release, None), *validate(warehouse, source, release.release_id)]
    blocked = any(check.blocks for check in checks)
    judged = dataclasses.replace(release, state="quarantined" if blocked else "accepted", **reach)
    return ReleaseOutcome(judged, tuple(checks))


def _kept_out(release: Release, state: ReleaseState, checks: list[CheckResult]) -> ReleaseOutcome:
    return ReleaseOutcome(dataclasses.replace(release, state=state), tuple(checks))


def _structure(source: Source, release: Release, fault: str | None) -> CheckResult:
    return _result(
        source, release, "structure", fault is None, fault or f"{len(release.files)} file(s) read",
        "captions, columns and heads as the publisher's page promises", "what a parser does not recognise is never guessed at",
    )  # fmt: skip


def _unknown(source: Source, release: Release, fault: str) -> CheckResult:
    return _result(
        source, release, "known_file", False,
        f"{', '.join(file.file_name for file in release.files)} is set aside: {fault}",
        "a document that the source's parser knows",
        "another document is no release that went wrong: it is kept, its siblings go on, somebody decides",
    )  # fmt: skip


def _killed(source: Source, release: Release, said: str) -> CheckResult:
    limits = reading.LIMITS
    memory = f"{limits.memory_bytes >> 30} GiB"
    return _result(
        source, release, KILLED_CHECK, False, said,
        f"read within {limits.cpu_seconds} s of the processor, {limits.wall_seconds:.0f} s in all and {memory} of memory",
        "no true file takes so much: its bytes are kept and nothing of it was read",
    )  # fmt: skip


def _broken(source: Source, release: Release, said: str) -> CheckResult:
    """Our parser broke over the file: that says nothing of the file."""
    return _result(
        source, release, "broken_check:parse", False, said, "a parser that reads the file or says why not",
        "a bug of Roxham, not bad data: the bytes are kept; mend the parser, then run roxham retry", about="check",
    )  # fmt: skip


def _result(
    source: Source, release: Release, check: str, success: bool, observed: str, limit: str, reason: str,
    about: About = "structure",
) -> CheckResult:  # fmt: skip
    """What intake itself finds is critical, and no person can override it."""
    return CheckResult(
        check, "critical", success, observed, limit, reason, source.id, release.release_id, stage="ingest", about=about
    )


def _load(warehouse: Path, archive: Archive, manifest: Manifest, source: Source, release: Release) -> dict[str, Any]:
    """Fill the load database with the release and what it is compared with; returns how far the release reaches."""
    accepted = manifest.releases(source.id, "accepted")
    earlier = [each for each in accepted if each.order < release.order and each.release_id != release.release_id]
    compared = _files_to_compare(source, release, earlier)
    connection = duckdb.connect(str(warehouse))
    try:
        raw_tables.create_schema(connection, [source])
        mine = [(source, release.release_id, file) for file in release.files]
        raw_tables.load_files(
            connection, archive, [*mine, *((source, other.release_id, file) for other, file in compared)]
        )
        raw_tables.load_lookups(connection, source)
        raw_tables.load_declarations(connection, [source], set())
        raw_tables.load_releases(connection, [*earlier, release])
        return _reach(connection, source, release)
    finally:
        connection.close()


def _files_to_compare(source: Source, release: Release, earlier: list[Release]) -> list[tuple[Release, ReleaseFile]]:
    """For each part of the release (a year page, a cut) the newest earlier files of that part, as many as its YAML says."""
    part = parser_for(source.parser).part
    wanted = Counter(dict.fromkeys((part(file.file_name) for file in release.files), source.coverage.compared_files))
    found: list[tuple[Release, ReleaseFile]] = []
    for other in reversed(earlier):
        for file in other.files:
            if wanted[part(file.file_name)] > 0:
                wanted[part(file.file_name)] -= 1
                found.append((other, file))
    return found


def _reach(connection: duckdb.DuckDBPyConnection, source: Source, release: Release) -> dict[str, Any]:
    """Rows of the release, and the first and last calendar month (and the last day) for which it prints a figure."""
    reach, start = source.coverage.reference_columns, source.coverage.fiscal_year_start
    cells = " union all ".join(
        f"select {reach.year} as year_label, {reach.month} as month_label, {reach.printed} as printed"
        f" from {raw_tables.raw_table(source, table)} where _release_id = $release"
        for table in reach.tables
    )
    found = connection.execute(
        f"""
        with cells as ({cells}),
        dated as (
            select printed, try_cast(coalesce(years.value, year_label) as integer) as y,
                try_cast(months.value as integer) as m
            from cells
            left join raw.lookups as months on months.lookup = 'month' and months.label = month_label
            left join raw.lookups as years on years.lookup = 'fiscal_year' and years.label = year_label
        )
        select count(*), min(month) filter (says_something), max(month) filter (says_something)
        from (
            select month, regexp_matches(printed, '[1-9]')
                or (regexp_matches(printed, '0') and month <= $known_on) as says_something
            from (
                select printed, make_date(y - case when $start > 1 and m >= $start then 1 else 0 end, m, 1) as month
                from dated
            )
        )
        """,
        {"release": release.release_id, "start": start, "known_on": release.known_on},
    ).fetchone()
    rows, first, last = found if found else (0, None, None)
    last_day = _last_day(connection, source, release)
    return {"rows": int(rows), "first_month": first, "last_month": last, "last_day": last_day}


def _last_day(connection: duckdb.DuckDBPyConnection, source: Source, release: Release) -> dt.date | None:
    """The newest day for which the release prints a figure, of sources that count by days."""
    reach = source.coverage.reference_columns
    if reach.day is None:
        return None
    days = " union all ".join(
        f"select try_cast({reach.day} as date) as day, {reach.printed} as printed"
        f" from {raw_tables.raw_table(source, table)} where _release_id = $release"
        for table in reach.tables
    )
    found = connection.execute(
        f"select max(day) from ({days}) where regexp_matches(printed, '[0-9]') and day <= $known_on",
        {"release": release.release_id, "known_on": release.known_on},
    ).fetchone()
    return found[0] if found else None
