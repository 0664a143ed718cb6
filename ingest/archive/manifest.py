"""The archive's manifest: one row per attempt, per release, check result and human decision (SQLite).

SQLite because several processes write a few rows a night and a kill in any of them must lose nothing: every public
method is one transaction.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from ingest.archive import ledger
from ingest.core.records import WAITING_STATES, Attempt, CheckResult, Published, Release, ReleaseFile, ReleaseState

SCHEMA = """
create table if not exists attempts (
    attempt_id integer primary key,
    source_id text not null, resource_id text not null, url text not null, final_url text, status integer,
    headers text not null, sha256 text, bytes integer, sniffed_type text, outcome text not null,
    message text not null, published_text text, published_precision text, published_basis text,
    retrieved_at text not null, origin text not null, file_name text not null, role text not null,
    release_id text references releases, via text not null default 'poll'
);
create index if not exists attempts_by_url on attempts (source_id, url, attempt_id);
create index if not exists attempts_by_sha256 on attempts (source_id, sha256);
create index if not exists attempts_by_time on attempts (source_id, retrieved_at);
create table if not exists releases (
    release_id text primary key,
    source_id text not null, published_text text not null, published_precision text not null,
    published_basis text not null, retrieved_at text not null, state text not null, origin text not null,
    rows integer, first_month text, last_month text, announced integer not null default 0, last_day text
);
create table if not exists release_files (
    release_id text not null references releases, sha256 text not null, resource_id text not null,
    file_name text not null, url text not null, bytes integer not null,
    primary key (release_id, sha256, file_name)
);
create index if not exists release_files_by_sha256 on release_files (sha256);
create table if not exists check_results (
    release_id text not null references releases, position integer not null, "check" text not null,
    severity text not null, success integer not null, observed text, "limit" text, reason text not null,
    source_id text, stage text not null, about text, overridable integer,
    cells text,
    primary key (release_id, position)
);
create table if not exists decisions (
    decision_id integer primary key,
    release_id text not null references releases, decision text not null, reason text not null,
    decided_by text not null, decided_at text not null
);
create table if not exists source_states (
    source_id text primary key, state text not null, reason text not null, since text not null,
    before text, announced integer not null default 1
);
create table if not exists home (key text primary key, value text not null);
"""
# Columns that a manifest written by an earlier Roxham lacks.
ADDED_COLUMNS = {
    "source_states": {"before": "text", "announced": "integer not null default 1"},
    "releases": {"last_day": "text"},
    "attempts": {"via": "text not null default 'poll'"},
    # Empty where the check ran before checks knew this of themselves; `roxham retry` judges such a release again.
    "check_results": {"about": "text", "overridable": "integer", "cells": "text"},
}


class Manifest:
    """Reads and writes the manifest. Open one per step; it is cheap."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.connection = sqlite3.connect(path, timeout=60, isolation_level=None)
        self.connection.row_factory = sqlite3.Row
        self.connection.execute("pragma journal_mode = wal")
        self.connection.execute("pragma foreign_keys = on")
        self.connection.executescript(SCHEMA)
        self._add_columns()
        self._begin_ledger()

    def _add_columns(self) -> None:
        missing = [(table, name, kind) for table, columns in ADDED_COLUMNS.items() for name, kind in columns.items()
                   if name not in self._columns(table)]  # fmt: skip
        for table, name, kind in missing:
            with self.transaction() as connection:
                if name not in self._columns(table):  # another process may have been quicker
                    connection.execute(f"alter table {table} add column {name} {kind}")

    def _begin_ledger(self) -> None:
        if ledger.is_missing(self.connection):
            with self.transaction() as connection:
                if ledger.is_missing(connection):
                    ledger.begin(connection)

    def ledger_faults(self) -> list[str]:
        """What was changed, added or lost in the manifest behind Roxham's back, a sentence each."""
        return ledger.faults(self.connection)

    def _columns(self, table: str) -> set[str]:
        return {row["name"] for row in self.connection.execute(f"pragma table_info({table})")}

    def copy_to(self, target: Path) -> None:
        """Write the manifest as it is now to another file."""
        with contextlib.closing(sqlite3.connect(target)) as copy:
            self.connection.backup(copy)
            copy.execute("pragma journal_mode = delete")  # one file, whole in itself

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def __enter__(self) -> Manifest:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing: what is done in it is rolled back when it raises."""
        self.connection.execute("begin immediate")
        try:
            yield self.connection
        except BaseException:
            self.connection.execute("rollback")
            raise
        self.connection.execute("commit")

    # Attempts

    def record_attempt(self, attempt: Attempt) -> int:
        """Write one attempt, whatever came of it; returns its number."""
        published = attempt.published
        with self.transaction() as connection:
            cursor = connection.execute(
                """insert into attempts (source_id, resource_id, url, final_url, status, headers, sha256, bytes,
                   sniffed_type, outcome, message, published_text, published_precision, published_basis,
                       retrieved_at, origin, file_name, role, via)
                   values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                (
                    attempt.source_id, attempt.resource_id, attempt.url, attempt.final_url, attempt.status,
                    json.dumps(attempt.headers, sort_keys=True), attempt.sha256, attempt.bytes, attempt.sniffed_type,
                    attempt.outcome, attempt.message, published and published.text, published and published.precision,
                    published and published.basis, attempt.retrieved_at.isoformat(), attempt.origin, attempt.file_name,
                    attempt.role, attempt.via,
                ),
            )  # fmt: skip
            attempt_id = cast(int, cursor.lastrowid)
            ledger.append(connection, "attempt", [attempt_id])
        return attempt_id

    def attempts(self, source_id: str | None = None) -> list[Attempt]:
        """All attempts in the order in which they were made, of one source or of all."""
        rows = self.connection.execute(
            "select * from attempts where ?1 is null or source_id = ?1 order by attempt_id", (source_id,)
        )
        return [_attempt(row) for row in rows]

    def last_poll_at(self, source_id: str) -> dt.datetime | None:
        """When the source was polled last, whatever came of it; a replay polls nobody."""
        row = self.connection.execute(
            "select retrieved_at from attempts where source_id = ? and via = 'poll' order by attempt_id desc limit 1",
            (source_id,),
        ).fetchone()
        return dt.datetime.fromisoformat(row["retrieved_at"]) if row else None

    def newest_poll_at(self) -> dt.datetime | None:
        """The latest moment at which anything was polled; None when nothing ever was."""
        row = self.connection.execute("select max(retrieved_at) as newest from attempts where via = 'poll'").fetchone()
        return dt.datetime.fromisoformat(row["newest"]) if row["newest"] else None

    def last_poll(self, source_id: str) -> list[Attempt]:
        """The attempts of the source's last poll, in the order in which they were made; a poll stamps them with one time."""
        rows = self.connection.execute(
            """select * from attempts where source_id = ?1 and via = 'poll' and retrieved_at = (
                   select retrieved_at from attempts where source_id = ?1 and via = 'poll'
                   order by attempt_id desc limit 1)
               order by attempt_id""",
            (source_id,),
        )
        return [_attempt(row) for row in rows]

    def newest_pages(self, source_id: str) -> list[Attempt]:
        """The attempts that brought or confirmed the source's newest HTML pages, in the order in which they were made."""
        rows = self.connection.execute(
            """select * from attempts where source_id = ?1 and sha256 is not null and sniffed_type = 'html'
                   and retrieved_at = (select max(retrieved_at) from attempts
                       where source_id = ?1 and sha256 is not null and sniffed_type = 'html')
               order by attempt_id""",
            (source_id,),
        )
        return [_attempt(row) for row in rows]

    def last_attempt(self, source_id: str) -> Attempt | None:
        """The source's last attempt, by a poll or a replay."""
        row = self.connection.execute(
            "select * from attempts where source_id = ? order by attempt_id desc limit 1", (source_id,)
        ).fetchone()
        return _attempt(row) if row else None

    def has_polls(self) -> bool:
        """Whether anything was ever polled."""
        return self.connection.execute("select 1 from attempts where via = 'poll' limit 1").fetchone() is not None

    def last_good_attempt(self, source_id: str, url: str) -> Attempt | None:
        """The newest attempt on that address that brought or confirmed bytes."""
        row = self.connection.execute(
            """select * from attempts where source_id = ? and url = ? and sha256 is not null
               and outcome in ('archived', 'unchanged') order by attempt_id desc limit 1""",
            (source_id, url),
        ).fetchone()
        return _attempt(row) if row else None

    def has_bytes(self, source_id: str, url: str, sha256: str) -> bool:
        """Whether these bytes are no news at that address.

        At an address seen before, only the bytes seen last are no news (a page that goes back to an earlier text has
        changed). At a new address, whatever the source has brought before is: a file that moved is the same file.
        """
        last = self.last_good_attempt(source_id, url)
        if last:
            return last.sha256 == sha256
        row = self.connection.execute(
            "select 1 from attempts where source_id = ? and sha256 = ? and outcome = 'archived' limit 1",
            (source_id, sha256),
        ).fetchone()
        return row is not None

    def holds(self, source_id: str, sha256: str, published_text: str | None) -> bool:
        """Whether the source has brought these bytes under that date of publication."""
        row = self.connection.execute(
            """select 1 from attempts where source_id = ? and sha256 = ? and published_text is ?
               and outcome = 'archived' and role <> 'listing' limit 1""",
            (source_id, sha256, published_text),
        ).fetchone()
        return row is not None

    def pending_files(self, source_id: str) -> list[Attempt]:
        """Archived data files that are in no release yet: new ones, and those that a crash left behind."""
        rows = self.connection.execute(
            """select * from attempts where source_id = ? and outcome = 'archived' and role = 'data'
               and release_id is null order by attempt_id""",
            (source_id,),
        )
        return [_attempt(row) for row in rows]

    def keep_as_notices(self, source_id: str, files: Iterable[ReleaseFile]) -> None:
        """Remember that these archived files are notices of closure: kept, but no release and never pending again."""
        with self.transaction() as connection:
            _update_pending(connection, "role = 'notice'", (), source_id, files)

    def archived_hashes(self) -> set[str]:
        """The sha256s of everything that was ever archived."""
        rows = self.connection.execute(
            "select sha256 from attempts where sha256 is not null union select sha256 from release_files"
        )
        return {row["sha256"] for row in rows}

    def hashes_in_releases(self, source_id: str) -> frozenset[str]:
        """The sha256s of all files that releases of the source hold."""
        rows = self.connection.execute(
            "select distinct sha256 from release_files join releases using (release_id) where source_id = ?",
            (source_id,),
        )
        return frozenset(row["sha256"] for row in rows)

    # Releases

    def record_release(self, release: Release, checks: Iterable[CheckResult]) -> None:
        """Write a release, its files and what its checks said in one transaction; idempotent by release id."""
        with self.transaction() as connection:
            connection.execute("delete from check_results where release_id = ?", (release.release_id,))
            connection.execute(
                """insert into releases (release_id, source_id, published_text, published_precision,
                       published_basis, retrieved_at, state, origin, rows, first_month, last_month,
                       last_day)
                   values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                   on conflict (release_id) do update set state = excluded.state, rows = excluded.rows,
                       first_month = excluded.first_month, last_month = excluded.last_month,
                       last_day = excluded.last_day
                   where releases.state <> 'accepted'""",
                (
                    release.release_id, release.source_id, release.published.text, release.published.precision,
                    release.published.basis, release.retrieved_at.isoformat(), release.state, release.origin,
                    release.rows, _text(release.first_month), _text(release.last_month),
                    _text(release.last_day),
                ),
            )  # fmt: skip
            connection.executemany(
                "insert or ignore into release_files values (?, ?, ?, ?, ?, ?)",
                [
                    (release.release_id, file.sha256, file.resource_id, file.file_name, file.url, file.bytes)
                    for file in release.files
                ],
            )
            _update_pending(connection, "release_id = ?", (release.release_id,), release.source_id, release.files)
            connection.executemany(
                """insert into check_results (release_id, position, "check", severity, success, observed, "limit", reason,
                       source_id, stage, about, overridable, cells) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                [
                    (release.release_id, position, result.check, result.severity, result.success, result.observed,
                     result.limit, result.reason, result.source_id, result.stage, result.about, result.overridable,
                     json.dumps(result.cells) if result.cells else None)
                    for position, result in enumerate(checks)
                ],
            )  # fmt: skip
            ledger.append(connection, "release", [release.release_id])

    def forget_parted(self, release_id: str) -> None:
        """Forget a release that is kept out and whose files are in releases of their own by now; no other is touched."""
        with self.transaction() as connection:
            parted = connection.execute(
                """select 1 from releases where release_id = ?1 and state <> 'accepted' and not exists (
                       select 1 from decisions where decisions.release_id = ?1)""",
                (release_id,),
            ).fetchone()
            if parted:
                moved = connection.execute(
                    """update attempts set release_id = (
                           select parts.release_id from release_files as parts
                           where parts.sha256 = attempts.sha256 and parts.file_name = attempts.file_name
                               and parts.release_id <> ?1
                               and substr(parts.release_id, 1, ?2) = substr(?1, 1, ?2))
                       where release_id = ?1 returning attempt_id""",
                    (release_id, release_id.rindex("~") + 1),
                ).fetchall()
                for table in ("check_results", "release_files", "releases"):
                    connection.execute(f"delete from {table} where release_id = ?", (release_id,))
                ledger.append(connection, "attempt", [row["attempt_id"] for row in moved])
                ledger.append(connection, "release", [release_id])

    def releases(self, source_id: str | None = None, state: ReleaseState | None = None) -> list[Release]:
        """Releases in order of publication, each source for itself; the state is after human decisions."""
        rows = self.connection.execute(
            "select * from releases where ?1 is null or source_id = ?1 order by release_id", (source_id,)
        ).fetchall()
        found = [self._release(row) for row in rows]
        wanted = [release for release in found if state is None or release.state == state]
        return sorted(wanted, key=lambda release: (release.source_id, release.order))

    def waiting(self, source_id: str | None = None) -> list[Release]:
        """The releases that are kept out and that nobody has decided upon, in the order of ``releases``."""
        return [each for each in self.releases(source_id) if each.state in WAITING_STATES]

    def release(self, release_id: str) -> Release | None:
        """One release by its id."""
        row = self.connection.execute("select * from releases where release_id = ?", (release_id,)).fetchone()
        return self._release(row) if row else None

    def check_results(self, release_id: str | None = None) -> list[CheckResult]:
        """What the checks said of one release, or of all, in the order in which they ran."""
        rows = self.connection.execute(
            """select * from check_results where ?1 is null or release_id = ?1
               order by release_id, position""",
            (release_id,),
        )
        return [
            CheckResult(
                check=row["check"], severity=row["severity"], success=bool(row["success"]), observed=row["observed"],
                limit=row["limit"], reason=row["reason"], source_id=row["source_id"],
                release_id=row["release_id"], stage=row["stage"], about=row["about"] or "figures",
                overridable=bool(row["overridable"]),
                cells=tuple((sha256, locator) for sha256, locator in json.loads(row["cells"] or "[]")),
            )
            for row in rows
        ]  # fmt: skip

    def decide(self, release_id: str, decision: ReleaseState, reason: str, by: str, at: dt.datetime) -> None:
        """Record that a person accepted or rejected a release. Nothing is overwritten; the last decision counts."""
        with self.transaction() as connection:
            cursor = connection.execute(
                "insert into decisions (release_id, decision, reason, decided_by, decided_at) values (?, ?, ?, ?, ?)",
                (release_id, decision, reason, by, at.isoformat()),
            )
            ledger.append(connection, "decision", [cursor.lastrowid])
            connection.execute("update releases set announced = 0 where release_id = ?", (release_id,))

    def releases_without_event(self, source_id: str) -> list[Release]:
        """Accepted releases whose event was not emitted yet."""
        ids = {
            row["release_id"]
            for row in self.connection.execute(
                "select release_id from releases where source_id = ? and announced = 0", (source_id,)
            )
        }
        return [release for release in self.releases(source_id, "accepted") if release.release_id in ids]

    def mark_emitted(self, release_ids: Iterable[str]) -> None:
        """Remember that the events of these releases are out."""
        with self.transaction() as connection:
            connection.executemany(
                "update releases set announced = 1 where release_id = ?", [(each,) for each in release_ids]
            )

    # The home itself

    def home_fact(self, key: str) -> str | None:
        """What the home remembers of itself under that key."""
        row = self.connection.execute("select value from home where key = ?", (key,)).fetchone()
        return str(row["value"]) if row else None

    def set_home_fact(self, key: str, value: str | None) -> None:
        """Remember that of the home; None forgets it."""
        if value is None:
            self.connection.execute("delete from home where key = ?", (key,))
        else:
            self.connection.execute("insert or replace into home values (?, ?)", (key, value))

    def began_at(self, now: dt.datetime) -> dt.datetime:
        """The first moment at which anybody judged this home, remembered from then on."""
        self.connection.execute("insert or ignore into home values ('began_at', ?)", (now.isoformat(),))
        return dt.datetime.fromisoformat(self.home_fact("began_at") or now.isoformat())

    # States of sources

    def source_states(self) -> dict[str, tuple[str, str, str]]:
        """The last known (state, reason, since) of every source that was ever judged."""
        return {
            row["source_id"]: (row["state"], row["reason"], row["since"])
            for row in self.connection.execute("select * from source_states")
        }

    def record_source_state(self, source_id: str, state: str, reason: str, since: dt.datetime) -> None:
        """Replace a source's state; it is to be announced unless it is the one that was announced last."""
        with self.transaction() as connection:
            row = connection.execute("select * from source_states where source_id = ?", (source_id,)).fetchone()
            told = row and (row["state"] if row["announced"] else row["before"])
            connection.execute(
                "insert or replace into source_states values (?, ?, ?, ?, ?, ?)",
                (source_id, state, reason, since.isoformat(), told, int(told == state)),
            )

    def states_without_event(self) -> list[tuple[str, str | None, str, str]]:
        """(source, state announced last, state, reason) of every source whose change of state is not out yet."""
        rows = self.connection.execute("select * from source_states where announced = 0 order by source_id")
        return [(row["source_id"], row["before"], row["state"], row["reason"]) for row in rows]

    def mark_states_emitted(self, states: Iterable[tuple[str, str]]) -> None:
        """Remember that the events of these (source, state) are out; a state that has changed since stays to be told."""
        with self.transaction() as connection:
            connection.executemany(
                "update source_states set announced = 1 where source_id = ? and state = ?", list(states)
            )

    def _release(self, row: sqlite3.Row) -> Release:
        files = self.connection.execute(
            "select * from release_files where release_id = ? order by file_name, sha256", (row["release_id"],)
        )
        decision = self.connection.execute(
            "select * from decisions where release_id = ? order by decision_id desc limit 1", (row["release_id"],)
        ).fetchone()
        return Release(
            release_id=row["release_id"],
            source_id=row["source_id"],
            published=Published(row["published_text"], row["published_precision"], row["published_basis"]),
            retrieved_at=dt.datetime.fromisoformat(row["retrieved_at"]),
            state=decision["decision"] if decision else row["state"],
            origin=row["origin"],
            files=tuple(
                ReleaseFile(file["sha256"], file["resource_id"], file["file_name"], file["url"], file["bytes"])
                for file in files
            ),
            rows=row["rows"],
            first_month=_date(row["first_month"]),
            last_month=_date(row["last_month"]),
            last_day=_date(row["last_day"]),
            decided_by=decision and decision["decided_by"],
            decision_reason=decision and decision["reason"],
        )


def _update_pending(
    connection: sqlite3.Connection, change: str, values: tuple[str, ...], source_id: str, files: Iterable[ReleaseFile]
) -> None:
    """Change the attempts that brought these files and are in no release yet."""
    for file in files:
        rows = connection.execute(
            f"""update attempts set {change} where source_id = ? and sha256 = ? and file_name = ?
               and outcome = 'archived' and role = 'data' and release_id is null returning attempt_id""",
            (*values, source_id, file.sha256, file.file_name),
        ).fetchall()
        ledger.append(connection, "attempt", [row["attempt_id"] for row in rows])


def _attempt(row: sqlite3.Row) -> Attempt:
    published = None
    if row["published_text"]:
        published = Published(row["published_text"], row["published_precision"], row["published_basis"])
    return Attempt(
        source_id=row["source_id"], resource_id=row["resource_id"], url=row["url"], final_url=row["final_url"],
        status=row["status"], headers=json.loads(row["headers"]), sha256=row["sha256"], bytes=row["bytes"],
        sniffed_type=row["sniffed_type"], outcome=row["outcome"], message=row["message"], published=published,
        retrieved_at=dt.datetime.fromisoformat(row["retrieved_at"]), origin=row["origin"],
        file_name=row["file_name"], role=row["role"], via=row["via"],
    )  # fmt: skip


def _text(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def _date(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
