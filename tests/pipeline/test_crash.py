"""A kill -9 anywhere, two nights at once, a reader that holds on: nothing is lost and nothing half-done is seen."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from ingest.archive.manifest import Manifest
from ingest.core.home import Home
from pipeline.replay import bundled_files
from tests.support.builds import copied, exports_of, replay_and_publish, small_sample

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("crash")]
VINTAGES = {"2023-11-07", "2023-11", "2024-04-22"}
LATER = "2023-12"
PATIENCE = 480


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_sample(tmp_path_factory.mktemp("small") / "releases", vintages=VINTAGES)


@pytest.fixture(scope="module")
def calm_home(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home in which the same folder was replayed in peace, by the same command; read only."""
    home = Home(tmp_path_factory.mktemp("calm") / "home")
    assert start_replay(home, folder).wait(PATIENCE) == 0
    return home


@pytest.fixture(scope="module")
def undisturbed(calm_home: Home) -> dict[str, bytes]:
    return exports_of(calm_home)


def start_replay(home: Home, folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "pipeline.cli", "--home", str(home.root), "replay", "--releases", str(folder)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


def kill_when(process: subprocess.Popen[bytes], reached: Callable[[], bool]) -> None:
    """Kill the whole process group, dbt included, as soon as it has got that far."""
    until = time.monotonic() + PATIENCE
    while not reached():
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < until
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def first_release_recorded(home: Home) -> bool:
    if not home.manifest.exists():
        return False
    try:
        with Manifest(home.manifest) as manifest:
            return bool(manifest.releases())
    except Exception:  # the file is being made  # noqa: BLE001
        return False


def test_a_rerun_after_kills_in_every_step_gives_the_same_exports_byte_for_byte(
    home: Home, folder: Path, undisturbed: dict[str, bytes]
) -> None:
    """Kill while archiving, between releases, while raw tables load, inside dbt, and inside the exports."""
    points: list[Callable[[], bool]] = [
        lambda: any(home.objects.glob("*/*")) if home.objects.exists() else False,
        lambda: first_release_recorded(home),
        lambda: home.candidate_warehouse.exists(),
        lambda: (home.dbt / "logs" / "dbt.log").exists(),
        lambda: (home.candidate / "exports").exists(),
    ]
    for point in points:
        kill_when(start_replay(home, folder), point)
        assert not home.current.exists()
    assert start_replay(home, folder).wait(PATIENCE) == 0
    assert exports_of(home) == undisturbed
    # After a kill a log beside the file keeps readers out, or makes a read-only open write.
    assert not [*home.current.resolve().rglob("*.wal")]


def test_a_kill_between_the_rename_and_the_swap_is_finished_by_the_next_run(
    calm_home: Home, tmp_path: Path, folder: Path, undisturbed: dict[str, bytes]
) -> None:
    home = copied(calm_home, tmp_path / "home")
    home.current.unlink()
    assert start_replay(home, folder).wait(PATIENCE) == 0
    assert exports_of(home) == undisturbed


def test_two_runs_at_once_end_in_one_good_build(home: Home, folder: Path, undisturbed: dict[str, bytes]) -> None:
    first, second = start_replay(home, folder), start_replay(home, folder)
    assert (first.wait(PATIENCE), second.wait(PATIENCE)) == (0, 0)
    assert exports_of(home) == undisturbed
    with Manifest(home.manifest) as manifest:
        accepted = sorted(release.release_id.partition("~")[0] for release in manifest.releases(state="accepted"))
    # A replay brings the registers of our own writing along: each once, as the releases of the folder.
    registers = {f"{each.source_id}@{each.published.text}" for each in bundled_files() if each.published}
    assert len(accepted) == len(set(accepted)) == len(VINTAGES) + len(registers)
    assert set(accepted) > registers


def test_a_reader_that_holds_the_old_build_open_keeps_reading_while_a_new_one_is_published(
    calm_home: Home, tmp_path: Path
) -> None:
    """Readers are never blocked by a writer and never see half a night."""
    home = copied(calm_home, tmp_path / "home")
    later = small_sample(tmp_path / "later", vintages={LATER})
    count = "select count(*) from marts.fct_crossings_monthly"
    with duckdb.connect(str(home.current / "warehouse.duckdb"), read_only=True) as reader:
        before = reader.execute(count).fetchone()
        replay_and_publish(home, later)
        assert reader.execute(count).fetchone() == before
        # DuckDB keeps one instance a path in a process: by the path of its own, the new build is seen beside the old one.
        with duckdb.connect(str(home.current.resolve() / "warehouse.duckdb"), read_only=True) as fresh:
            assert fresh.execute(count).fetchone() != before
    with duckdb.connect(str(home.current / "warehouse.duckdb"), read_only=True) as reader:
        assert reader.execute(count).fetchone() != before
