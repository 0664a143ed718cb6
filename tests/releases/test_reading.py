"""No file is read twice: what its parser found is kept as Parquet, checked like an object, and safe to delete."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from ingest.archive.objects import Archive
from ingest.catalog.source import load_sources
from ingest.core import confined
from ingest.core.home import Home
from ingest.releases import reading
from ingest.releases.parsers import fingerprint
from tests.support.folders import CBP, IRCC
from tests.support.pages import csv_file, page, state_line

PAGE = "asylum-claims-2023.html"
SOURCES = load_sources()


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were really read, in order."""
    seen: list[str] = []
    call = confined.call

    def counted(function: str, arguments: dict[str, str], limits: confined.Limits) -> object:
        seen.append(arguments["file_name"])
        return call(function, arguments, limits)

    monkeypatch.setattr(confined, "call", counted)
    return seen


def read(home: Home, content: str, source: str = IRCC, name: str = PAGE) -> reading.Reading:
    archive = Archive(home)
    return reading.read(archive, SOURCES[source], archive.put(content.encode()), name)


def kept(home: Home) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(home.parsed.iterdir())}


def test_a_file_is_read_once_in_its_life(home: Home, calls: list[str]) -> None:
    first = read(home, page())
    assert read(home, page()) == first
    assert calls == [PAGE]
    assert first.published and first.published.text == "2024-04-22"
    assert first.words.startswith("Asylum claims by year")


def test_rows_stand_in_the_order_of_the_file_with_their_locators(home: Home) -> None:
    lines = [state_line(count, state=state) for count, state in ((7, "NY"), (5, "VT"), ("", "ME"))]
    [table] = read(home, csv_file(*lines), CBP, "fy24-state.csv").tables
    rows = duckdb.sql(f"select encounter_count, state, _locator from '{table.path}'").fetchall()
    assert rows == [
        ("7", "NY", "line 2, Encounter Count"), ("5", "VT", "line 3, Encounter Count"),
        ("", "ME", "line 4, Encounter Count"),
    ]  # fmt: skip
    assert table.rows == 3


def test_the_same_file_gives_the_same_bytes_when_all_was_deleted(home: Home, calls: list[str]) -> None:
    read(home, page())
    read(home, csv_file(*(state_line(count) for count in range(5000))), CBP, "fy24-state.csv")
    before = kept(home)
    shutil.rmtree(home.parsed)
    confined.end_children()
    read(home, page())
    read(home, csv_file(*(state_line(count) for count in range(5000))), CBP, "fy24-state.csv")
    assert kept(home) == before
    assert len(calls) == 4 and len(before) == 4


@pytest.mark.parametrize("suffix", [".parquet", ".json"])
def test_what_is_kept_and_was_damaged_is_read_again(home: Home, calls: list[str], suffix: str) -> None:
    read(home, page())
    before = kept(home)
    [damaged] = home.parsed.glob(f"*{suffix}")
    damaged.write_bytes(damaged.read_bytes().replace(b"2024", b"2025").replace(b"Quebec", b"Ontari"))
    assert damaged.read_bytes() != before[damaged.name]
    read(home, page())
    assert kept(home) == before and len(calls) == 2


def test_only_the_files_of_a_parser_that_changed_are_read_again(
    home: Home, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    read(home, page())
    read(home, csv_file(state_line()), CBP, "fy24-state.csv")
    before = set(kept(home))
    code = fingerprint._code
    monkeypatch.setattr(fingerprint, "_code", lambda parser: "mended" if parser == IRCC else code(parser))
    fingerprint.fingerprint.cache_clear()
    try:
        read(home, page())
        read(home, csv_file(state_line()), CBP, "fy24-state.csv")
    finally:
        fingerprint.fingerprint.cache_clear()
    assert calls == [PAGE, "fy24-state.csv", PAGE]
    assert len(set(kept(home)) & before) == 2, "CBP's stay, what the earlier code made of the page is gone"
    assert len(kept(home)) == 4


def test_a_parsers_fingerprint_covers_the_modules_that_it_imports() -> None:
    names = {path.stem for path in fingerprint._sources(IRCC)}
    assert {IRCC, "html_tables", "headers", "records", "read_file"} <= names
    assert CBP not in names


def test_a_file_that_is_not_shaped_as_promised_is_kept_as_that(home: Home, calls: list[str]) -> None:
    for _ in range(2):
        fault = read(home, page([])).fault
        assert fault and fault.kind == "structure" and "captions found: none" in fault.message
    assert calls == [PAGE]


def test_a_file_whose_name_says_another_year_is_another_file(home: Home) -> None:
    assert read(home, page()).fault is None
    assert read(home, page(), name="asylum-claims-2022.html").fault


def test_a_file_that_is_only_looked_at_leaves_nothing_behind(home: Home, tmp_path: Path) -> None:
    from ingest.core.clock import FixedClock
    from ingest.releases.intake import inspect
    from tests.support.pages import NIGHT

    (tmp_path / PAGE).write_text(page())
    outcome = inspect(home, SOURCES[IRCC], tmp_path / PAGE, FixedClock(NIGHT), lambda *_: [])
    assert outcome.release.state == "accepted"
    assert not home.parsed.exists() and list(home.work.iterdir()) == []
