"""Small load databases of our own writing, in the raw schema that ingest makes."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Callable, Iterable
from pathlib import Path

import duckdb

from expectations import runner
from ingest.catalog.source import load_sources
from ingest.core.records import CheckResult
from ingest.releases import raw_tables

CBP, RCMP = "cbp_nationwide_encounters", "ircc_rcmp_interceptions"
Row = dict[str, str]
Rows = list[Row]
MONTHS = ("OCT", "NOV", "DEC", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP")


@dataclasses.dataclass
class SmallRelease:
    """One release: its raw rows by table, and when it was published."""

    name: str
    published: str
    tables: dict[str, Rows]
    state: str = "accepted"
    order: int = 1
    last_month: str | None = None


def write_load(path: Path, source_id: str, releases: Iterable[SmallRelease]) -> Path:
    """A load database; the release in state ``pending`` is the candidate."""
    source = load_sources()[source_id]
    releases = list(releases)
    with duckdb.connect(str(path)) as connection:
        raw_tables.create_schema(connection, [source])
        for release in releases:
            _write_release(connection, source_id, release)
        raw_tables.load_lookups(connection, source)
    return path


def _write_release(connection: duckdb.DuckDBPyConnection, source_id: str, release: SmallRelease) -> None:
    connection.execute(
        "insert into raw.releases by name select ? as release_id, ? as source_id, cast(? as date) as published_at, "
        "'day' as published_precision, ? as state, ? as release_order, cast(? as date) as last_month",
        [release.name, source_id, release.published, release.state, release.order, release.last_month],
    )
    for table, rows in release.tables.items():
        shas = sorted({row.get("_sha256", f"{release.name}-{table}") for row in rows}) or [f"{release.name}-{table}"]
        for sha in shas:
            connection.execute(
                "insert into raw.release_files by name select ? as release_id, ? as sha256, ? as file_name",
                [release.name, sha, f"{sha}.csv"],
            )
        filled = [
            {"_release_id": release.name, "_sha256": shas[0], "_locator": f"line {number}, Encounter Count", **row}
            for number, row in enumerate(rows, 2)
        ]
        if filled:
            columns = ", ".join(f"unnest(?::text[]) as {column}" for column in filled[0])
            connection.execute(
                f"insert into raw.{source_id}__{table} by name select {columns}",
                [[row[column] for row in filled] for column in filled[0]],
            )


def validate(path: Path, source_id: str, release: str = "this") -> dict[str, CheckResult]:
    """Results of the load's validation by check name."""
    return {result.check: result for result in runner.validate_load(path, load_sources()[source_id], release)}


def validate_only(path: Path, source_id: str, *checks: str, release: str = "this") -> dict[str, CheckResult]:
    """Results of these checks only: quick, as Great Expectations takes its time over each."""
    module = importlib.import_module(f"expectations.{source_id}")
    assets = [
        dataclasses.replace(asset, checks=[check for check in asset.checks if check.name in checks])
        for asset in module.suite(release, load_sources()[source_id])
    ]
    subject = runner.Subject("load", source_id, release)
    results = runner.run(path, [asset for asset in assets if asset.checks], subject)
    assert {result.check.removeprefix("broken_check:") for result in results} == set(checks)
    return {result.check: result for result in results}


def failed(results: dict[str, CheckResult], severity: str | None = None) -> set[str]:
    """Names of the checks that did not hold; those of a first release that had nothing to compare only when asked for."""
    wanted = {"critical", "warning"} if severity is None else {severity}
    return {name for name, each in results.items() if not each.success and each.severity in wanted}


# CBP


def months_between(first: tuple[int, str], last: tuple[int, str]) -> list[tuple[int, str]]:
    """Fiscal year and month label from one to another, both included."""
    every = [(year, month) for year in range(first[0], last[0] + 1) for month in MONTHS]
    return every[every.index(first) : every.index(last) + 1]


def cbp_tables(last: tuple[int, str] = (2024, "NOV"), first_year: int = 2022) -> dict[str, Rows]:
    """Both cuts of the same encounters: Vermont and Texas, Swanton and Rio Grande Valley."""
    state: Rows = []
    aor: Rows = []
    for year, month in months_between((first_year, "OCT"), last):
        for place, sector, abbreviation, region in (
            ("VT", "Swanton Sector", "SWB", "Northern Land Border"),
            ("TX", "Rio Grande Valley Sector", "RGV", "Southwest Land Border"),
        ):
            for citizenship in ("MEXICO", "CANADA"):
                shared = {
                    "fiscal_year": str(year), "month_grouping": "FYTD", "month_abbv": month,
                    "land_border_region": region, "demographic": "UAC", "citizenship": citizenship,
                    "title_of_authority": "Title 8", "encounter_count": str(10 + (year + MONTHS.index(month)) % 7),
                }  # fmt: skip
                state.append({**shared, "state": place})
                aor.append({
                    **shared, "component": "U.S. Border Patrol", "area_of_responsibility": sector,
                    "aor_abbv": abbreviation, "encounter_type": "Apprehensions",
                })  # fmt: skip
    return {"state": state, "aor": aor}


def cbp_load(
    path: Path,
    change: Callable[[Rows], Rows] | None = None,
    *,
    before: dict[str, Rows] | str | None = "october",
    tables: dict[str, Rows] | None = None,
    published: str = "2023-12-15",
    only: tuple[str, ...] = (),
) -> dict[str, CheckResult]:
    """Validate a November release after an October one, with ``change`` applied to the state cut."""
    tables = cbp_tables() if tables is None else tables
    if change is not None:
        tables = {**tables, "state": change(tables["state"])}
    releases = [SmallRelease("this", published, tables, state="pending", order=2)]
    if before is not None:
        previous = cbp_tables(last=(2024, "OCT")) if isinstance(before, str) else before
        releases.insert(0, SmallRelease("before", "2023-11-15", previous))
    load_file = write_load(path / "load.duckdb", CBP, releases)
    return validate_only(load_file, CBP, *only) if only else validate(load_file, CBP)


def where(row: Row, **labels: str) -> bool:
    """Whether a row has these labels."""
    return all(row[column] == label for column, label in labels.items())


def altered(rows: Rows, alter: Row, position: int = 0, **labels: str) -> Rows:
    """The rows with one of those that have these labels altered."""
    chosen = [number for number, row in enumerate(rows) if where(row, **labels)][position]
    return [{**row, **alter} if number == chosen else row for number, row in enumerate(rows)]


# IRCC

CAPTIONS = {
    "RCMP Interceptions": "Total - RCMP",
    "Air Ports of Entry": "Total - Air Ports of Entry",
    "Land Ports of Entry": "Total - Land Ports of Entry",
    "Marine Ports of Entry": "Total - Marine Ports of Entry",
    "All Ports of Entry (Air, Land and Marine)": "Total - Ports of Entry",
    "Inland Offices": "Total - Inland Offices",
    "Asylum Claimants processed by Immigration, Refugees and Citizenship Canada (IRCC)": "Total - IRCC",
    "Total Asylum Claimants processed by the CBSA and IRCC": "Total - CBSA & IRCC",
}
SUMMARY = "Summary of Asylum Claimants processed by the Canada Border Services Agency (CBSA)"
PAGE_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def page(year: int, months: int = 12) -> Rows:
    """The nine tables of one year's page; later months are printed empty, as far as anybody knows."""
    rows: Rows = []
    for caption, total in CAPTIONS.items():
        table = {"Quebec": 1005, "Ontario": 10, total: 1015}
        rows += _table(year, caption, table, months)
    offices = ("Air Ports of Entry", "Land Ports of Entry", "Marine Ports of Entry", "Inland Offices")
    summary = {**dict.fromkeys(offices, 1015), "All Ports of Entry (Air, Land and Marine)": 1015, "Total - CBSA": 4060}
    return rows + _table(year, SUMMARY, summary, months)


def _table(year: int, caption: str, figures: dict[str, int], months: int) -> Rows:
    rows = []
    for label, figure in figures.items():
        cells = [f"{figure:,}" if number < months else "" for number in range(12)]
        for column, printed in zip((*PAGE_MONTHS, "Total"), (*cells, f"{figure * months:,}"), strict=True):
            rows.append({
                "page_year": str(year), "language": "en", "caption": caption, "row_label": label,
                "column_label": column, "printed": printed, "footnote": "", "_sha256": f"page-{year}",
                "_locator": f'table "{caption}" · row "{label}" · column "{column}"',
            })  # fmt: skip
    return rows


def rcmp_load(
    path: Path, rows: Rows, before: Rows | None = None, published: str = "2024-04-22", only: tuple[str, ...] = ()
) -> dict[str, CheckResult]:
    """Validate one release of pages, after another when given."""
    releases = [SmallRelease("this", published, {"cells": rows}, state="pending", order=2)]
    if before is not None:
        newest = max(row["page_year"] for row in before)
        releases.insert(0, SmallRelease("before", "2024-03-01", {"cells": before}, last_month=f"{newest}-12-01"))
    load_file = write_load(path / "load.duckdb", RCMP, releases)
    return validate_only(load_file, RCMP, *only) if only else validate(load_file, RCMP)
