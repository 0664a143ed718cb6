"""A releases folder comes in release by release, and every file gets a named outcome."""

import datetime as dt
from pathlib import Path

import pytest

from ingest.archive.home_clock import clock_of, hold, let_run
from ingest.archive.manifest import Manifest
from ingest.catalog.source import Source
from ingest.core.clock import FixedClock, SystemClock
from ingest.core.home import Home
from ingest.core.records import CheckResult
from pipeline import steps
from pipeline.replay import ReplayedFile, replay
from tests.support.folders import CBP, IRCC, ReleasesFolder
from tests.support.pages import AOR_HEADER, csv_file, page, rcmp_rows, state_line, table

STATE_NAME = "nationwide-encounters-fy21-fy24-oct-state.csv"


def everything_is_fine(warehouse: Path, source: Source, release_id: str) -> list[CheckResult]:
    return []


def outcomes(home: Home, folder: ReleasesFolder, **options: object) -> dict[str, ReplayedFile]:
    done = replay(home, folder.root, everything_is_fine, **options)  # type: ignore[arg-type]
    return {Path(each.file).name: each for each in done}


@pytest.fixture
def folder(tmp_path: Path) -> ReleasesFolder:
    return ReleasesFolder(tmp_path / "releases")


def test_every_file_has_a_named_outcome(home: Home, folder: ReleasesFolder) -> None:
    folder.add(IRCC, "2024-04-22", "asylum-claims-2023.html", page())
    folder.add(CBP, "2023-11", STATE_NAME, csv_file(state_line()))
    folder.add(CBP, "2023-12", "error-state.csv", page())
    folder.add(CBP, "2023-12", "empty-state.csv", "")
    folder.add(CBP, "2024-01", "damaged-state.csv", csv_file(state_line()), sha256="0" * 64)
    folder.add(
        CBP, "2024-02", "short-state.csv", csv_file("x," * 10 + "1", header=AOR_HEADER.replace("Component,", ""))
    )
    folder.add(CBP, "2023-09-29", "dictionary.pdf", b"%PDF-1.4", role="document")
    folder.add("atlantis_ferries", "2024-01", "ferries.csv", "a,b\r\n1,2\r\n")
    found = outcomes(home, folder)
    assert {name: each.outcome for name, each in found.items()} == {
        "asylum-claims-2023.html": "accepted",
        STATE_NAME: "accepted",
        "error-state.csv": "refused",
        "empty-state.csv": "refused",
        "damaged-state.csv": "refused",
        "short-state.csv": "quarantined",
        "dictionary.pdf": "not_data",
        "ferries.csv": "unknown_source",
    }
    assert "looks like html" in found["error-state.csv"].message
    assert "releases.csv says 000000000000" in found["damaged-state.csv"].message
    assert "missing Component" in found["short-state.csv"].message


def test_a_second_replay_of_the_same_folder_is_unchanged(home: Home, folder: ReleasesFolder) -> None:
    folder.add(IRCC, "2024-04-22", "asylum-claims-2023.html", page())
    assert outcomes(home, folder)["asylum-claims-2023.html"].outcome == "accepted"
    assert outcomes(home, folder)["asylum-claims-2023.html"].outcome == "unchanged"
    with Manifest(home.manifest) as manifest:
        assert len(manifest.releases()) == 1
        assert [each.outcome for each in manifest.attempts()] == ["archived", "unchanged"]


def test_until_leaves_out_what_was_not_known_on_that_day(home: Home, folder: ReleasesFolder) -> None:
    folder.add(CBP, "2023-11", "a-state.csv", csv_file(state_line()))
    folder.add(CBP, "2023-12", "b-state.csv", csv_file(state_line(6)))
    assert outcomes(home, folder, until=dt.date(2023, 11, 29)) == {}
    assert set(outcomes(home, folder, until=dt.date(2023, 11, 30))) == {"a-state.csv"}


def test_the_clock_stands_at_each_releases_own_date(home: Home, folder: ReleasesFolder) -> None:
    """Replay must not stamp old releases with today: reference month, published and retrieved are three times."""
    folder.add(CBP, "2023-11", "a-state.csv", csv_file(state_line()))
    outcomes(home, folder)
    with Manifest(home.manifest) as manifest:
        [release] = manifest.releases()
    assert release.retrieved_at == dt.datetime(2023, 11, 30, 12, tzinfo=dt.UTC)
    assert (release.first_month, release.last_month) == (dt.date(2023, 10, 1), dt.date(2023, 10, 1))


def test_a_page_whose_months_are_not_filled_yet_reaches_only_the_printed_ones(
    home: Home, folder: ReleasesFolder
) -> None:
    rows = [[row[0], *row[1:4], *[""] * 9, row[13]] for row in rcmp_rows()]
    text = page([table("RCMP Interceptions", rows)], modified="2023-04-20")
    folder.add(IRCC, "2023-04-20", "asylum-claims-2023.html", text)
    outcomes(home, folder)
    with Manifest(home.manifest) as manifest:
        [release] = manifest.releases()
    assert (release.first_month, release.last_month) == (dt.date(2023, 1, 1), dt.date(2023, 3, 1))


def test_a_file_that_no_list_dates_takes_its_vintage_folders_date(home: Home, folder: ReleasesFolder) -> None:
    folder.add(CBP, "2023-11", "a-state.csv", csv_file(state_line()))
    folder.rows.clear()
    folder.write_index()
    assert outcomes(home, folder)["a-state.csv"].outcome == "accepted"
    with Manifest(home.manifest) as manifest:
        assert manifest.releases()[0].published.basis == "file_name"


def test_a_quarantined_load_keeps_its_bytes_and_its_reason(home: Home, folder: ReleasesFolder) -> None:
    def refuse(warehouse: Path, source: Source, release_id: str) -> list[CheckResult]:
        return [CheckResult("rows", "critical", False, "0", "1", "why", source.id, release_id)]

    folder.add(CBP, "2023-11", "a-state.csv", csv_file(state_line()))
    [done] = replay(home, folder.root, refuse)
    assert (done.outcome, done.message) == ("quarantined", "rows: 0")
    with Manifest(home.manifest) as manifest:
        [release] = manifest.releases()
        assert [each.check for each in manifest.check_results(release.release_id)] == [
            "publication_date_plausible", "structure", "rows",
        ]  # fmt: skip
        assert (home.objects / release.files[0].sha256[:2] / release.files[0].sha256).exists()


def test_a_replay_ends_in_an_evaluation_and_opens_no_alarm_of_the_calendar(home: Home, folder: ReleasesFolder) -> None:
    """A replay of releases of 2023 once said nothing at all: 14 of 15 sources failing, and no alert was ever opened."""
    folder.add(CBP, "2023-11", STATE_NAME, csv_file(state_line()))
    folder.add(
        CBP, "2023-12", "short-state.csv", csv_file("x," * 10 + "1", header=AOR_HEADER.replace("Component,", ""))
    )
    steps.replay(home, folder.root, validate=everything_is_fine)
    assert [(each.finding.alert, each.finding.source_id) for each in steps.alerts(home)] == [("structure_changed", CBP)]
    assert steps.alerts(home)[0].opened_at.date() == dt.date(2023, 12, 31)


def test_a_home_that_was_only_replayed_lives_on_its_last_day_and_one_that_polls_lives_now(
    home: Home, folder: ReleasesFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ROXHAM_NOW", raising=False)
    assert clock_of(home) == SystemClock() and not home.root.exists()
    folder.add(CBP, "2023-11", "a-state.csv", csv_file(state_line()))
    steps.replay(home, folder.root, validate=everything_is_fine)
    assert clock_of(home) == FixedClock.on(dt.date(2023, 11, 30))
    hold(home, dt.date(2020, 1, 1))
    assert clock_of(home) == FixedClock.on(dt.date(2023, 11, 30)), "an older folder turns no clock back"
    monkeypatch.setenv("ROXHAM_NOW", "2024-05-05")
    assert clock_of(home) == FixedClock.on(dt.date(2024, 5, 5))
    monkeypatch.delenv("ROXHAM_NOW")
    let_run(home)
    assert clock_of(home) == SystemClock()
