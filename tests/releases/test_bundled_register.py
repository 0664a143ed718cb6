"""A register of our own lies in the repository, is archived like any other file, and brings no news twice."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from ingest.agency.fetch import fetch_source
from ingest.archive.manifest import Manifest
from ingest.archive.objects import Archive
from ingest.catalog.source import Resource, Source, load_sources
from ingest.core.clock import FixedClock
from ingest.core.home import Home
from ingest.core.records import CheckResult
from ingest.releases.intake import process_release
from ingest.releases.parsers import rcmp_press_vintages as parser
from pipeline.replay import replay

SOURCE = load_sources()["rcmp_press_vintages"]
TODAY = FixedClock.on(dt.date(2026, 11, 22))


def everything_is_fine(warehouse: Path, source: Source, release_id: str) -> list[CheckResult]:
    return []


def fetched(home: Home) -> list[str]:
    with Manifest(home.manifest) as manifest:
        report = fetch_source(SOURCE, Archive(home), manifest, TODAY)
        process_release(home, SOURCE, everything_is_fine)
        assert len(manifest.releases(SOURCE.id)) == 1
    return [each.outcome for each in report.attempts]


def test_a_fetch_archives_the_register_once_and_asks_nobody(home: Home) -> None:
    assert fetched(home) == ["archived"]
    assert fetched(home) == ["unchanged"]


def test_the_register_is_dated_by_its_newest_quotation_not_by_today(home: Home) -> None:
    fetched(home)
    with Manifest(home.manifest) as manifest:
        [release] = manifest.releases(SOURCE.id)
    assert (release.published.text, release.published.basis) == ("2025-02-11", "document")


def test_a_replay_takes_the_register_in_when_it_is_asked_to(home: Home, tmp_path: Path) -> None:
    (tmp_path / "releases").mkdir()
    assert replay(home, tmp_path / "releases", everything_is_fine) == []
    for outcome in ("accepted", "unchanged"):
        [done] = replay(home, tmp_path / "releases", everything_is_fine, bundled=True)
        assert (done.source_id, done.outcome) == (SOURCE.id, outcome)
    assert fetched(home) == ["unchanged"]


def test_a_replay_after_a_fetch_brings_no_second_edition(home: Home, tmp_path: Path) -> None:
    fetched(home)
    (tmp_path / "releases").mkdir()
    [done] = replay(home, tmp_path / "releases", everything_is_fine, bundled=True)
    assert done.outcome == "unchanged"


def test_a_replay_until_a_day_does_not_know_what_was_quoted_later(home: Home, tmp_path: Path) -> None:
    (tmp_path / "releases").mkdir()
    assert replay(home, tmp_path / "releases", everything_is_fine, bundled=True, until=dt.date(2025, 2, 10)) == []


def test_a_dry_run_archives_and_records_nothing(home: Home) -> None:
    with Manifest(home.manifest) as manifest:
        fetch_source(SOURCE, Archive(home), manifest, TODAY, dry_run=True)
        assert manifest.attempts() == []


@pytest.mark.parametrize("ways", [{}, {"url": "https://a.example/x.csv", "bundled": "x.csv"}, {"bundled": "../x.csv"}])
def test_a_resource_is_got_in_exactly_one_way_and_only_from_its_folder(ways: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"exactly one of url, discover and bundled|String should match"):
        Resource(id="r", format="csv", max_bytes=1, published=("document",), **ways)  # type: ignore[arg-type]


def test_a_line_is_found_again_by_its_number() -> None:
    path = SOURCE.resources.items[0].bundled_path
    assert path is not None
    [cell] = parser.cells(path, ["line 2, printed"])
    assert cell.printed == "207"
    with pytest.raises(LookupError, match="no cell at"):
        parser.cells(path, ["line 9999, printed"])
