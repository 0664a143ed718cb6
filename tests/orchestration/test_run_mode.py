"""A home belongs to one kind of releases: the sample's figures never mix with real ones."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest
import requests

from ingest.core.home import Home
from orchestration import run_mode, tasks
from orchestration.run_mode import WrongRunMode


@pytest.fixture(autouse=True)
def nothing_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("RELEASES", "LIVE", "ROXHAM_NOW"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ROXHAM_HOME", str(tmp_path / "home"))


def a_folder(tmp_path: Path, source: str = "ircc_rcmp_interceptions") -> Path:
    page = tmp_path / "releases" / source / "2024-04-22" / "asylum-claims-2017.html"
    page.parent.mkdir(parents=True)
    page.write_text("<html></html>")
    return tmp_path / "releases"


def test_without_anything_it_is_the_bundled_sample_at_the_day_of_its_last_vintage() -> None:
    mode = run_mode.set_up(run_mode.run_mode_from_environment())
    assert mode.kind == "sample"
    assert mode.has_earlier
    assert mode.last_day == run_mode.known_days(mode.folder)[-1]
    assert mode.environment("http://127.0.0.1:1")["ROXHAM_NOW"] == mode.last_day.isoformat()


def test_the_sandbox_serves_the_folder_of_the_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    mode = run_mode.set_up(run_mode.run_mode_from_environment())
    with run_mode.agency(mode) as address:
        assert requests.get(f"{address}/__sandbox/state", timeout=5).json()["date"] == mode.last_day.isoformat()


def test_a_folder_of_releases_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RELEASES", str(a_folder(tmp_path)))
    mode = run_mode.set_up(run_mode.run_mode_from_environment())
    assert (mode.kind, mode.last_day, mode.has_earlier) == ("folder", dt.date(2024, 4, 22), False)


def test_several_folders_are_taken_as_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folders = [a_folder(tmp_path / "one"), a_folder(tmp_path / "two", source="cbp_nationwide_encounters")]
    monkeypatch.setenv("RELEASES", os.pathsep.join(map(str, folders)))
    mode = run_mode.set_up(run_mode.run_mode_from_environment())
    assert (mode.kind, mode.folders) == ("folder", tuple(folders))
    assert set(mode.offered) == {"ircc_rcmp_interceptions", "cbp_nationwide_encounters"}


def test_live_has_no_stand_in_and_the_real_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVE", "1")
    mode = run_mode.set_up(run_mode.run_mode_from_environment())
    with run_mode.agency(mode) as address:
        assert address is None
        assert set(mode.environment(address)) == {"ROXHAM_HOME"}


def test_another_kind_in_the_same_home_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    run_mode.set_up(run_mode.run_mode_from_environment())
    monkeypatch.setenv("RELEASES", str(a_folder(tmp_path)))
    with pytest.raises(WrongRunMode, match="must not mix"):
        run_mode.run_mode_from_environment()


def test_in_the_default_home_another_kind_gets_a_home_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`make run`, then `RELEASES=… make run`: nobody should have to think of a home for that."""
    monkeypatch.setattr(run_mode, "DEFAULT_HOME", tmp_path / "home")
    run_mode.set_up(run_mode.run_mode_from_environment())
    monkeypatch.setenv("RELEASES", str(a_folder(tmp_path)))
    assert run_mode.run_mode_from_environment().home == Home(tmp_path / "home" / "over-folder")


@pytest.mark.parametrize(("variables", "words"), [
    ({"RELEASES": "/no/such/folder"}, "no folder"),
    ({"RELEASES": "/tmp", "LIVE": "1"}, "exclude each other"),
])  # fmt: skip
def test_what_makes_no_sense_is_said(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], words: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(WrongRunMode, match=words):
        run_mode.run_mode_from_environment()


def test_a_folder_without_known_sources_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RELEASES", str(a_folder(tmp_path, source="somebody_else")))
    with pytest.raises(WrongRunMode, match="nothing to run over"):
        run_mode.set_up(run_mode.run_mode_from_environment())


def test_only_sources_that_the_folder_offers_are_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With many sources declared, a night over a sample of two stays a night of two; the others stay visible."""
    monkeypatch.setenv("RELEASES", str(a_folder(tmp_path)))
    mode = run_mode.set_up(run_mode.run_mode_from_environment())
    assert mode.offered == ("ircc_rcmp_interceptions",)
    assert "cbp_nationwide_encounters" in mode.not_offered
    assert mode.dag_ids == ["build_warehouse", "ingest__ircc_rcmp_interceptions", "watch_freshness"]


def test_on_the_live_agencies_every_source_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVE", "1")
    mode = run_mode.set_up(run_mode.run_mode_from_environment())
    assert mode.not_offered == () and mode.dag_ids == tasks.dag_ids()
