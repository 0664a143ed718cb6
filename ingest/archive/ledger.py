"""The manifest's ledger: what each attempt, release and decision said when it was written, every entry over the last.

A row that was edited, added or lost behind Roxham's back no longer says what its newest entry says; an entry that was
edited no longer carries the hash of what stands before it. Marks of work (whether an event is out) are not part of it.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

SCHEMA = """
create table if not exists ledger (
    entry_id integer primary key, kind text not null, key text not null, digest text not null, hash text not null
);
create index if not exists ledger_by_key on ledger (kind, key, entry_id);
"""
# Per kind of row the column of its key and the tables that hold it, the row itself first. A column without a value adds
# nothing, so that one added later leaves the older rows as they were.
CHAINED: Mapping[str, tuple[str, Sequence[str]]] = {
    "attempt": ("attempt_id", ["attempts"]),
    "release": ("release_id", ["releases", "release_files", "check_results"]),
    "decision": ("decision_id", ["decisions"]),
}
WORKING_MARKS = frozenset({"announced"})


def is_missing(connection: sqlite3.Connection) -> bool:
    """Whether the manifest was written before there was a ledger."""
    return connection.execute("select 1 from sqlite_master where name = 'ledger'").fetchone() is None


def begin(connection: sqlite3.Connection) -> None:
    """Make the ledger; what the manifest holds already is entered as it stands, and is watched from now on."""
    for statement in filter(str.strip, SCHEMA.split(";")):
        connection.execute(statement)
    for kind in CHAINED:
        append(connection, kind, _keys(connection, kind))


def append(connection: sqlite3.Connection, kind: str, keys: Iterable[object]) -> None:
    """Enter what these rows say now, or that they are gone; in the transaction that wrote or deleted them."""
    last = connection.execute("select hash from ledger order by entry_id desc limit 1").fetchone()
    before = last[0] if last else ""
    for key in keys:
        digest = _digest(connection, kind, key)
        before = _hash(before, kind, str(key), digest)
        connection.execute(
            "insert into ledger (kind, key, digest, hash) values (?, ?, ?, ?)", (kind, str(key), digest, before)
        )


def faults(connection: sqlite3.Connection) -> list[str]:
    """What was changed, added or lost behind Roxham's back, a sentence each; none when all is as it was written."""
    found, newest = _read_chain(connection)
    for kind in CHAINED:
        keys = {str(key) for key in _keys(connection, kind)}
        entered = {key: digest for (of, key), digest in newest.items() if of == kind}
        entered = {key: digest for key, digest in entered.items() if key in keys or digest != _digest_of_none(kind)}
        found += [f"{kind} {key} is missing: the manifest had it" for key in sorted(entered.keys() - keys)]
        found += [f"{kind} {key} was added behind the ledger" for key in sorted(keys - entered.keys())]
        found += [
            f"{kind} {key} was changed after it was written"
            for key in sorted(keys & entered.keys())
            if _digest(connection, kind, key) != entered[key]
        ]
    return found


def _read_chain(connection: sqlite3.Connection) -> tuple[list[str], dict[tuple[str, str], str]]:
    """What is wrong with the entries themselves, and the newest digest of each row."""
    found, newest, before, number = [], {}, "", 0
    for row in connection.execute("select entry_id, kind, key, digest, hash from ledger order by entry_id"):
        entry_id, kind, key, digest, written = row
        number += 1
        if entry_id != number:
            found.append(f"ledger entry {number} is missing")
            number = entry_id
        if written != _hash(before, kind, key, digest):
            found.append(f"ledger entry {entry_id} ({kind} {key}) does not follow from the one before it")
        newest[kind, key], before = digest, written
    return found, newest


def _keys(connection: sqlite3.Connection, kind: str) -> list[object]:
    column, tables = CHAINED[kind]
    return [row[0] for row in connection.execute(f"select {column} from {tables[0]} order by {column}")]


def _digest(connection: sqlite3.Connection, kind: str, key: object) -> str:
    """A hash over everything that these rows say, whatever order rows and columns came in."""
    column, tables = CHAINED[kind]
    content = []
    for table in tables:
        cursor = connection.execute(f"select * from {table} where {column} = ?", (key,))
        names = [each[0] for each in cursor.description]
        content.append(sorted(json.dumps(_told(names, row), sort_keys=True) for row in cursor))
    return _hash_of(content)


def _digest_of_none(kind: str) -> str:
    """What an entry says of a row that Roxham itself has deleted."""
    return _hash_of([[] for _ in CHAINED[kind][1]])


def _hash_of(content: list[list[str]]) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _told(names: Sequence[str], row: Sequence[object]) -> dict[str, object]:
    named = zip(names, row, strict=True)
    return {name: value for name, value in named if value is not None and name not in WORKING_MARKS}


def _hash(before: str, *content: str) -> str:
    return hashlib.sha256("\0".join((before, *content)).encode()).hexdigest()
