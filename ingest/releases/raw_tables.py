"""Loads archived releases into the ``raw`` schema of a DuckDB warehouse: all text, each row with its locator.

The same functions fill a small database for the validation of one load and the candidate warehouse of a build, so
what was audited is what is served.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import duckdb

from ingest.archive.objects import Archive
from ingest.catalog.corrections import Correction
from ingest.catalog.lookups import resolve
from ingest.catalog.source import Source
from ingest.core.records import About, Attempt, CheckResult, Release, ReleaseFile
from ingest.core.trouble import is_ours
from ingest.releases import reading
from ingest.releases.parsers import parser_for

CHECKPOINT_AFTER = "2GB"
# From one reference month to the next; a document that was published once has none.
REFERENCE_STEP_MONTHS = {"daily": 1, "weekly": 1, "monthly": 1, "quarterly": 3, "once": None}
# What a figure is flagged as, by what the check that put it in doubt was about.
FLAGS: dict[About, str] = {"plausibility": "implausible"}
ADDED = ("_release_id", "_sha256", "_locator")

SCHEMA = """
create schema if not exists raw;
create table if not exists raw.sources (
    source_id text, title text, publisher text, licence text, attribution text, page text,
    fiscal_year_start integer, window_rule text, absent_means text, closes text, allowance_days integer,
    reference_must_advance_within_days integer, sample boolean, is_secondary boolean, reference_step_months integer);
create table if not exists raw.measures (
    measure_id text, source_id text, title text, definition text, unit text, counts_persons boolean,
    rounded_to integer, is_cumulative boolean, comparable_group text, note_url text);
create table if not exists raw.releases (
    release_id text, source_id text, published_at date, published_precision text, published_basis text,
    published_text text, retrieved_at timestamp, state text, origin text, release_order integer, rows bigint,
    first_month date, last_month date, decided_by text, decision_reason text);
create table if not exists raw.release_files (
    release_id text, sha256 text, resource_id text, file_name text, url text, bytes bigint);
create table if not exists raw.attempts (
    source_id text, resource_id text, url text, final_url text, status integer, sha256 text, bytes bigint,
    sniffed_type text, outcome text, message text, retrieved_at timestamp, origin text);
create table if not exists raw.lookups (source_id text, lookup text, label text, value text);
create table if not exists raw.check_results (
    "check" text, severity text, success boolean, observed text, "limit" text, reason text, source_id text,
    release_id text, stage text);
create table if not exists raw.flagged_cells (release_id text, sha256 text, locator text, flag text);
create table if not exists raw.source_status (
    source_id text, status text, reason text, next_expected date, kept_back_releases text);
create table if not exists raw.corrections (
    correction_id text, measure_id text, geography_id text, month date, expected_value bigint, what text, why text,
    shown text, told text, status text, since date);
create table if not exists raw.build (key text, value text);
"""


def raw_table(source: Source, table: str) -> str:
    """The qualified name of one raw table of a source."""
    return f"raw.{source.id}__{table}"


def create_schema(connection: duckdb.DuckDBPyConnection, sources: Iterable[Source]) -> None:
    """Make the raw schema with every table of every source, so that an empty source has empty tables."""
    connection.execute(SCHEMA)
    for source in sources:
        for table, columns in parser_for(source.parser).TABLES.items():
            listed = ", ".join(f"{column} text" for column in (*columns, *ADDED))
            connection.execute(f"create table if not exists {raw_table(source, table)} ({listed})")


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Append rows to a table; nothing happens for none."""
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f"insert into {table} values ({marks})", [list(row) for row in rows])


def load_file(
    connection: duckdb.DuckDBPyConnection, archive: Archive, source: Source, release_id: str, file: ReleaseFile
) -> None:
    """Append the tables of one archived file, reading it where that was not done before.

    Raises:
        StructureError: when the file is not shaped as promised.
        Unreadable: when its parser broke or had to be killed.
    """
    for table in reading.read(archive, source, file.sha256, file.file_name).tables_or_raise():
        connection.execute(
            f"insert into {raw_table(source, table.name)} by name"
            " select *, ? as _release_id, ? as _sha256 from read_parquet(?)",
            [release_id, file.sha256, str(table.path)],
        )


def load_files(
    connection: duckdb.DuckDBPyConnection, archive: Archive, files: Iterable[tuple[Source, str, ReleaseFile]],
    on_failure: Callable[[Source, str, ReleaseFile, Exception], None] | None = None,
) -> None:  # fmt: skip
    """Append many files (source, release id, file), two at a time: a file of this size keeps one core busy.

    Raises:
        StructureError: when a file is not shaped as promised; with ``on_failure`` that is told instead, and the others
            are still read.
        Unreadable: when a parser broke or had to be killed; likewise.
        OSError: when our own machine could not read a file; that is no failure of the file.
    """

    def one(each: tuple[Source, str, ReleaseFile]) -> None:
        source, release_id, file = each
        try:
            with connection.cursor() as cursor:
                load_file(cursor, archive, source, release_id, file)
        except Exception as error:
            if on_failure is None or is_ours(error):
                raise
            on_failure(source, release_id, file, error)

    # One checkpoint at the end instead of one every 16 MiB, each of which would stop both threads.
    connection.execute(f"set checkpoint_threshold = '{CHECKPOINT_AFTER}'")
    with ThreadPoolExecutor(max_workers=2) as pool:
        for _ in pool.map(one, files):
            pass


def load_lookups(connection: duckdb.DuckDBPyConnection, source: Source) -> None:
    """Resolve every label that occurs in the source's raw tables; a label without meaning gets NULL."""
    for name, lookup in source.lookups.items():
        selects = []
        for column in lookup.columns:
            table, field = column.split(".")
            selects.append(f"select {field} as label from {raw_table(source, table)}")
        labels = connection.execute(f"select distinct label from ({' union all '.join(selects)}) order by 1")
        rows = [(source.id, name, label, resolve(lookup, label)) for (label,) in labels.fetchall()]
        insert(connection, "raw.lookups", [row for row in rows if row[3] is not None or lookup.required])


def load_declarations(connection: duckdb.DuckDBPyConnection, sources: Iterable[Source], samples: set[str]) -> None:
    """Write what the YAMLs declare: sources and measures. ``samples`` are sources with a sample release."""
    for source in sources:
        insert(connection, "raw.sources", [(
            source.id, source.title, source.publisher, source.licence.name, source.licence.attribution,
            source.resources.page_url, source.coverage.fiscal_year_start, source.coverage.window,
            source.coverage.absent_means, source.coverage.closes, source.calendar.allowance_days,
            source.calendar.reference_must_advance_within_days, source.id in samples, source.coverage.secondary,
            REFERENCE_STEP_MONTHS[source.coverage.frequency],
        )])  # fmt: skip
        insert(connection, "raw.measures", [(
            each.measure, source.id, each.title, each.text, each.unit, each.counts_persons, each.rounded_to,
            each.cumulative, each.comparable_group, each.note_url,
        ) for each in source.definition])  # fmt: skip


def load_corrections(connection: duckdb.DuckDBPyConnection, corrections: Iterable[Correction]) -> None:
    """Write the corrections register: one row per entry and month that it is about."""
    insert(connection, "raw.corrections", [
        (each.id, each.measure, each.place, month, value, each.what, each.why, each.shown, each.told, each.status,
         each.since)
        for each in corrections for month, value in each.expected.items()
    ])  # fmt: skip


def load_releases(connection: duckdb.DuckDBPyConnection, releases: Iterable[Release]) -> None:
    """Write releases and their files; accepted (and pending) ones are numbered in order of publication."""
    number: Counter[str] = Counter()
    for release in sorted(releases, key=lambda each: (each.source_id, each.order)):
        counts = release.state in ("accepted", "pending")
        if counts:
            number[release.source_id] += 1
        insert(connection, "raw.releases", [(
            release.release_id, release.source_id, release.known_on, release.published.precision,
            release.published.basis, release.published.text, _naive(release.retrieved_at), release.state,
            release.origin, number[release.source_id] if counts else None, release.rows, release.first_month,
            release.last_month, release.decided_by, release.decision_reason,
        )])  # fmt: skip
        insert(connection, "raw.release_files", [
            (release.release_id, file.sha256, file.resource_id, file.file_name, file.url, file.bytes)
            for file in release.files
        ])  # fmt: skip


def load_attempts(connection: duckdb.DuckDBPyConnection, attempts: Iterable[Attempt]) -> None:
    """Write the attempts that brought bytes; those that found nothing new live in the manifest and status.json."""
    insert(connection, "raw.attempts", [
        (each.source_id, each.resource_id, each.url, each.final_url, each.status, each.sha256, each.bytes,
         each.sniffed_type, each.outcome, each.message, _naive(each.retrieved_at), each.origin)
        for each in attempts if each.outcome == "archived"
    ])  # fmt: skip


def load_check_results(connection: duckdb.DuckDBPyConnection, results: Iterable[CheckResult]) -> None:
    """Write what checks said."""
    insert(connection, "raw.check_results", [
        (each.check, each.severity, each.success, each.observed, each.limit, each.reason, each.source_id,
         each.release_id, each.stage)
        for each in results
    ])  # fmt: skip


def load_flagged_cells(connection: duckdb.DuckDBPyConnection, results: Iterable[CheckResult]) -> None:
    """Write the printed cells that failed checks put in doubt: one row a cell and flag, of releases accepted or not."""
    rows = sorted({
        (each.release_id or "", sha256, locator, FLAGS[each.about])
        for each in results if not each.success and each.about in FLAGS
        for sha256, locator in each.cells
    })  # fmt: skip
    columns = [list(column) for column in zip(*rows, strict=True)]
    if columns:
        connection.execute(
            "insert into raw.flagged_cells select unnest(?::text[]), unnest(?::text[]), unnest(?::text[]), "
            "unnest(?::text[])",
            columns,
        )


def _naive(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC).replace(tzinfo=None)
