"""The raw rows that ingest reads out of a file, as CSV: what the golden files hold."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import duckdb

from ingest.archive.objects import Archive
from ingest.catalog.source import load_sources
from ingest.core.home import Home
from ingest.core.records import ReleaseFile
from ingest.releases import raw_tables
from ingest.releases.parsers import parser_for

HERE = Path(__file__).resolve().parent
RELEASE = "golden"


def samples() -> list[Path]:
    """Every sample file, by source."""
    return sorted(each for each in HERE.glob("[a-z]*/*") if each.is_file() and ".golden." not in each.name)


def golden_of(sample: Path) -> Path:
    """Where the rows of a sample are kept."""
    return sample.with_name(f"{sample.stem}.golden.csv")


def golden_rows(sample: Path) -> list[dict[str, str]]:
    """The golden rows of a sample, each under the heads of its own table."""
    heads: list[str] = []
    rows = []
    for line in csv.reader(golden_of(sample).open(encoding="utf-8", newline="")):
        if line[0] == "table":
            heads = line
        else:
            rows.append(dict(zip(heads, line, strict=True)))
    return rows


def figure_of(row: dict[str, str]) -> str:
    """What the row prints: its figure, or in a table of words the column before the locator."""
    named = next((head for head in ("printed", "encounter_count") if head in row), list(row)[-2])
    return row[named]


def read(sample: Path) -> str:
    """All raw rows of a file as CSV with table, columns and locator, in the order of the file."""
    source = load_sources()[sample.parent.name]
    with tempfile.TemporaryDirectory() as scratch, duckdb.connect() as connection:
        archive = Archive(Home(Path(scratch)))
        sha256 = archive.put(sample.read_bytes())
        raw_tables.create_schema(connection, [source])
        file = ReleaseFile(sha256, source.resources.items[0].id, sample.name, "", sample.stat().st_size)
        raw_tables.load_file(connection, archive, source, RELEASE, file)
        out = io.StringIO(newline="")
        writer = csv.writer(out, lineterminator="\n")
        for table in parser_for(source.parser).TABLES:
            cursor = connection.execute(
                f"select '{table}' as \"table\", * exclude (_release_id, _sha256) from {raw_tables.raw_table(source, table)} "
                "order by rowid"
            )
            rows = cursor.fetchall()
            if rows:
                writer.writerows([[column[0] for column in cursor.description], *rows])
        return out.getvalue()
