"""A small raw schema of our own writing, and dbt in a subprocess on it."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from ingest.catalog.source import load_sources
from ingest.core.home import REPOSITORY
from ingest.core.records import Published, Release, ReleaseFile
from ingest.releases.raw_tables import create_schema, load_declarations, load_lookups, load_releases
from tests.support import warm_dbt

PROJECT = REPOSITORY / "dbt_project"
RETRIEVED = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)

STATE_COLUMNS = (
    "fiscal_year", "month_grouping", "month_abbv", "land_border_region", "state", "demographic", "citizenship",
    "title_of_authority", "encounter_count",
)  # fmt: skip
AOR_COLUMNS = (
    "fiscal_year", "month_grouping", "month_abbv", "component", "land_border_region", "area_of_responsibility",
    "aor_abbv", "demographic", "citizenship", "title_of_authority", "encounter_type", "encounter_count",
)  # fmt: skip
PAGE_COLUMNS = ("page_year", "language", "caption", "row_label", "column_label", "printed", "footnote")


@dataclass
class RawSchema:
    """Fills the raw schema of one warehouse with a few rows, as ingest/releases/raw_tables.py would."""

    path: Path
    releases: list[Release] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sources = load_sources()
        self.connection = duckdb.connect(str(self.path))
        create_schema(self.connection, self.sources.values())

    def release(self, source_id: str, published: str, names: list[str]) -> str:
        release_id = f"{source_id}@{published}"
        files = tuple(ReleaseFile(f"{release_id}/{name}", "file", name, "https://example.org", 1) for name in names)
        self.releases.append(
            Release(
                release_id, source_id, Published.from_text(published, "listing"), RETRIEVED, "accepted", "folder", files
            )
        )
        return release_id

    def cbp(self, published: str, state: list[str], aor: list[str] | None = None) -> str:
        """One CBP release from lines as the files print them; ``aor=None`` is a release without its sibling file."""
        tables = {"state": (STATE_COLUMNS, state), "aor": (AOR_COLUMNS, aor)}
        names = {cut: f"{cut}.csv" for cut, (_, lines) in tables.items() if lines is not None}
        release_id = self.release("cbp_nationwide_encounters", published, list(names.values()))
        for cut, name in names.items():
            columns, lines = tables[cut]
            for number, line in enumerate(lines or [], start=2):
                self._insert(f"cbp_nationwide_encounters__{cut}", columns, line.split("|"), release_id, name,
                             f"line {number}, Encounter Count")  # fmt: skip
        return release_id

    def pages(self, published: str, pages: dict[int, dict[str, dict[str, dict[str, str]]]]) -> str:
        """One IRCC release: year -> caption -> row -> column -> printed cell."""
        release_id = self.release("ircc_rcmp_interceptions", published, [f"page-{year}.html" for year in pages])
        for year, tables in pages.items():
            for caption, rows in tables.items():
                for row, cells in rows.items():
                    for column, printed in cells.items():
                        values = [str(year), "en", caption, row, column, printed, ""]
                        self._insert("ircc_rcmp_interceptions__cells", PAGE_COLUMNS, values, release_id,
                                     f"page-{year}.html", f'"{caption}" · "{row}" · "{column}"')  # fmt: skip
        return release_id

    def finish(self, as_of: str) -> Path:
        finish(self.connection, self.releases, as_of)
        return self.path

    def _insert(
        self, table: str, columns: tuple[str, ...], values: list[str], release_id: str, name: str, locator: str
    ) -> None:
        named = ", ".join((*columns, "_release_id", "_sha256", "_locator"))
        marks = ", ".join("?" * (len(columns) + 3))
        self.connection.execute(
            f"insert into raw.{table} ({named}) values ({marks})",
            [*values, release_id, f"{release_id}/{name}", locator],
        )


def finish(connection: duckdb.DuckDBPyConnection, releases: list[Release], as_of: str) -> None:
    """Write what stands beside the sources' own tables, and close: dbt opens the file alone."""
    sources = load_sources()
    load_releases(connection, releases)
    load_declarations(connection, sources.values(), set())
    for source in sources.values():
        load_lookups(connection, source)
    connection.execute("insert into raw.build values ('as_of', ?), ('sample', 'false'), ('commit', 'test')", [as_of])
    connection.execute(
        "insert into raw.check_results values ('labels', 'warning', false, '1', '0', 'a warning', null, null, 'load'),"
        " ('columns', 'critical', true, '9', '9', 'all read', null, null, 'load')"
    )
    connection.close()


def run_dbt(warehouse: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run dbt on a warehouse, with everything it writes beside that file."""
    scratch = warehouse.parent
    environment = os.environ | {
        "ROXHAM_CANDIDATE": str(warehouse),
        "DBT_TARGET_PATH": str(scratch / "target"),
        "DBT_LOG_PATH": str(scratch / "logs"),
        "DBT_PROFILES_DIR": str(PROJECT),
        "DBT_PROJECT_DIR": str(PROJECT),
        "DO_NOT_TRACK": "1",
        "NO_COLOR": "1",
    }
    return warm_dbt.command(list(arguments), environment, scratch)


def build(warehouse: Path) -> Path:
    done = run_dbt(warehouse, "build")
    assert done.returncode == 0, done.stdout[-6000:]
    return warehouse
