"""Builds that many tests read: made once a run, whichever of the test processes comes first."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from filelock import FileLock

from ingest import steps
from ingest.home import Home
from ingest.replay import ReplayedFile, replay
from ingest.sources import load_sources
from sandbox.sample import lay_out


def shared_folder(tmp_path_factory: pytest.TempPathFactory, name: str) -> Path:
    """A folder that all test processes of this run share."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if base.name.startswith("popen-") else base) / name


def replay_once(tmp_path_factory: pytest.TempPathFactory, name: str, releases: Path | None) -> Home:
    """A home with one published build of that releases folder (None: the bundled sample)."""
    folder = shared_folder(tmp_path_factory, name)
    home = Home(folder / "home")
    with FileLock(f"{folder}.lock"):
        if not (home.current / "release.json").exists():
            replay_and_publish(home, releases or lay_out(folder / "sample"))
    return home


def replay_and_publish(home: Home, releases: Path, until: dt.date | None = None) -> list[ReplayedFile]:
    """Replay the known sources of a folder and publish one build."""
    done = replay(home, releases, steps.validate_load, until=until)
    assert {each.outcome for each in done if each.source_id in load_sources()} <= {"accepted", "not_data", "unchanged"}
    steps.build_and_publish(home)
    return done
