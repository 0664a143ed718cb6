"""Builds that many tests read: made once a run, whichever of the test processes comes first."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from filelock import FileLock

from ingest.catalog.source import load_sources
from ingest.core.home import Home
from pipeline import steps
from pipeline.replay import ReplayedFile, replay
from sandbox.sample import lay_out

GONE_WELL = {"accepted", "not_data", "unchanged"}
# Real files that nobody could read without guessing: a scrape that lost twenty subtotals, a page without figures that does
# not say yet that it is closed, one whose table lost its head row, and a weekly summary that names no day.
STOPPED = {
    "cbp_southwest_dashboard/2021-12-04/cbp_encounters_dashboard_1-2021-12-04.csv": "quarantined",
    "uk_small_boats_page/2023-02-01/2023-02-01.html": "quarantined",
    "uk_small_boats_page/2026-03-08/2026-03-08.html": "quarantined",
    "uk_small_boats_page/2025-12-16/weekly_2025-12-16.html": "set_aside",
}


def shared_folder(tmp_path_factory: pytest.TempPathFactory, name: str) -> Path:
    """A folder that all test processes of this run share."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if base.name.startswith("popen-") else base) / name


def replay_once(tmp_path_factory: pytest.TempPathFactory, name: str, releases: Path | Sequence[Path] | None) -> Home:
    """A home with one published build of these releases folders (None: the bundled sample)."""
    folder = shared_folder(tmp_path_factory, name)
    home = Home(folder / "home")
    with FileLock(f"{folder}.lock"):
        if not (home.current / "release.json").exists():
            replay_and_publish(home, releases or lay_out(folder / "sample"))
    return home


def replay_and_publish(home: Home, releases: Path | Sequence[Path], until: dt.date | None = None) -> list[ReplayedFile]:
    """Replay the known sources of one or several folders and publish one build; what stops is what must stop."""
    done = replay(home, releases, steps.validate_load, until=until, bundled=True)
    releases_of_ours = [each for each in done if each.source_id in load_sources() and "/bad/" not in each.file]
    stopped = {each.file: each.outcome for each in releases_of_ours if each.outcome not in GONE_WELL}
    assert stopped.items() <= STOPPED.items()
    steps.build_and_publish(home)
    return done


def copied(home: Home, root: Path) -> Home:
    """A home with the same archive and the same builds, to change at will."""
    shutil.copytree(home.root, root, symlinks=True)
    return Home(root)


def small_sample(folder: Path, *, vintages: set[str] | None = None, sources: set[str] | None = None) -> Path:
    """The bundled sample with these vintages or sources only: enough for a build, in a part of the time."""
    lay_out(folder)
    index = folder / "releases.csv"
    with index.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    kept, left_out = [], set()
    for row in rows:
        if (vintages is None or row["vintage"] in vintages) and (sources is None or row["source"] in sources):
            kept.append(row)
        else:
            left_out.add(folder / row["source"] / row["vintage"])
    with index.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(kept)
    for vintage in left_out:
        shutil.rmtree(vintage)
    return folder


def exports_of(home: Home) -> dict[str, bytes]:
    """Every exported file of the published build, byte for byte."""
    return {path.name: path.read_bytes() for path in sorted((home.current / "exports").iterdir())}
