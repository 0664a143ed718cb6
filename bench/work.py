"""The works that are measured, each called by name in a fresh interpreter; prints its peak memory in KiB at the end."""

from __future__ import annotations

import contextlib
import datetime as dt
import resource
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb

from ingest.core.records import StructureError


def nothing() -> None:
    """Start Python and import what the loads import: each of them pays this first, so that it can be taken off."""
    import pandas  # noqa: F401

    from pipeline import (
        steps,  # noqa: F401
    )


def csv_files(releases: str) -> list[Path]:
    """All CBP files of a releases folder."""
    return sorted(Path(releases).glob("cbp_nationwide_encounters/*/*.csv"))


def roxham_load(releases: str) -> None:
    """Archive, parse and load every CBP file, with its locators, as a night does."""
    nothing()
    from ingest.archive.objects import Archive
    from ingest.catalog.source import load_sources
    from ingest.core.home import Home
    from ingest.core.records import ReleaseFile
    from ingest.releases import raw_tables

    with tempfile.TemporaryDirectory() as scratch:
        home = Home(Path(scratch))
        archive, source = Archive(home), load_sources()["cbp_nationwide_encounters"]
        paths = csv_files(releases)
        with ThreadPoolExecutor(2) as pool:
            hashes = list(pool.map(archive.put_file, paths))
        with duckdb.connect(str(home.root / "warehouse.duckdb")) as connection:
            raw_tables.create_schema(connection, [source])
            files = [
                (source, f"r@{path.parent.name}", ReleaseFile(sha256, "r", path.name, "u", 0))
                for path, sha256 in zip(paths, hashes, strict=True)
            ]
            raw_tables.load_files(connection, archive, files)


def roxham_load_all(releases: str) -> None:
    """Archive, parse and load every data file of every source of a releases folder."""
    from ingest.archive.objects import Archive
    from ingest.catalog.source import load_sources
    from ingest.core.home import Home
    from ingest.core.records import ReleaseFile
    from ingest.releases import raw_tables
    from pipeline.replay import read_folder

    sources = load_sources()
    wanted = [each for each in read_folder(Path(releases)) if each.source_id in sources and each.role == "data"]
    with tempfile.TemporaryDirectory() as scratch:
        home = Home(Path(scratch))
        archive = Archive(home)
        with duckdb.connect(str(home.root / "warehouse.duckdb")) as connection:
            raw_tables.create_schema(connection, sources.values())
            for each in wanted:
                file = ReleaseFile(archive.put_file(each.path), "r", each.path.name, each.url, 0)
                # A page that only says it is closed has no figures to raw_tables.
                with contextlib.suppress(StructureError):
                    raw_tables.load_file(connection, archive, sources[each.source_id], f"r@{each.vintage}", file)


def bare_read_csv(releases: str) -> None:
    """The same files through DuckDB's reader into one table, and nothing else."""
    nothing()
    with tempfile.TemporaryDirectory() as scratch, duckdb.connect(f"{scratch}/bare.duckdb") as connection:
        names = [str(path) for path in csv_files(releases)]
        connection.execute(
            "create table bare as select * from read_csv(?, union_by_name = true, all_varchar = true)", [names]
        )


def pandas_to_sqlite(releases: str) -> None:
    """The same files by the script that everybody writes first."""
    nothing()
    import pandas

    with tempfile.TemporaryDirectory() as scratch:
        connection = sqlite3.connect(f"{scratch}/plain.sqlite")
        for path in csv_files(releases):
            table = "aor" if "-aor" in path.name else "state"
            frame = pandas.read_csv(path, dtype=str, keep_default_na=False)
            frame["file"] = path.name
            frame.to_sql(table, connection, if_exists="append", index=False)
        connection.close()


def replay(releases: str, home: str, until: str = "") -> None:
    """Replay a folder into a home and publish: archive, parse, validate, dbt, audit, exports, docs."""
    from ingest.core.home import Home
    from pipeline import steps

    target = Home(Path(home))
    day = dt.date.fromisoformat(until) if until else None
    steps.replay(target, Path(releases), until=day)
    steps.build_and_publish(target)


def build(releases: str, home: str) -> None:
    """Take a folder in without Great Expectations, build and publish: what grows with the archive."""
    from ingest.core.home import Home
    from pipeline import steps

    target = Home(Path(home))
    steps.replay(target, Path(releases), validate=lambda *_: [])
    steps.build_and_publish(target)


def main() -> None:
    """Run one work and print the peak memory of the largest process that it needed."""
    name, *arguments = sys.argv[1:]
    works: dict[str, Callable[..., None]] = {
        each.__name__: each
        for each in (nothing, roxham_load, roxham_load_all, bare_read_csv, pandas_to_sqlite, replay, build)
    }
    works[name](*arguments)
    usage = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(max(usage), file=sys.stderr)


if __name__ == "__main__":
    main()
