"""Part 2: SIGKILL at random points, a disk that is full, two runs at once, a clock set back; a plain rerun mends all."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import duckdb
import psutil

from ingest.archive.objects import Archive
from ingest.core.home import REPOSITORY, Home
from proof.trials import (
    Budget,
    Trial,
    exports,
    in_time,
    killed,
    objects,
    roxham,
    small_folder,
    started,
    taken_in,
    tried,
)

VINTAGES = frozenset({"2023-11-07", "2023-11", "2024-04-22"})
SOURCES = frozenset({"ircc_rcmp_interceptions", "cbp_nationwide_encounters"})
LATER = VINTAGES | {"2023-12"}
KILLS = 200
# In one home one after the other, before the run that is left in peace.
KILLS_A_HOME = 10
IN_SAMPLE = 2
SCHEDULER_KILLS = 10
LONGEST_NIGHT = 600.0
LEAST_FOR_NIGHTS = 900.0


@dataclasses.dataclass(frozen=True)
class Calm:
    """What a run in peace gives, and how long it takes."""

    folder: Path
    home: Path
    seconds: float


def run(scratch: Path, budget: Budget) -> list[Trial]:
    """Every trial of this part; of the kills as many as the time allows, and the report says how many."""
    folder = small_folder(scratch / "small", VINTAGES if not budget.sample else {"2023-11"}, SOURCES)
    calm = _calm(scratch, folder, build=not budget.sample)
    if budget.sample:
        return [
            _killed_often(scratch, calm, budget, IN_SAMPLE, build=False),
            tried("fsync order", lambda: _fsync(scratch)),
        ]
    trials = [
        in_time(budget, "the disk is full while files are taken in", lambda: _full_disk(scratch, calm)),
        in_time(budget, "a home that cannot be written", lambda: _read_only(scratch, calm)),
        in_time(budget, "two runs at once", lambda: _two_at_once(scratch, calm)),
        in_time(budget, "a reader holds on during a publication", lambda: _reader(scratch, calm)),
        in_time(budget, "the clock is set back to 2019", lambda: _clock_back(scratch, calm)),
        in_time(budget, "fsync order", lambda: _fsync(scratch)),
    ]
    trials.append(
        in_time(
            budget, f"{SCHEDULER_KILLS} kills under the scheduler", lambda: _scheduler(scratch, calm.folder, budget)
        )
    )
    done = 0
    while done < KILLS and budget.left > 3 * calm.seconds:
        trials.append(_killed_often(scratch, calm, budget, KILLS_A_HOME, build=True, number=done))
        done += KILLS_A_HOME
    if done < KILLS:
        trials.append(Trial(f"{KILLS - done} of {KILLS} kills", None, "the time was over"))
    return trials


def _arguments(folder: Path, *, build: bool) -> tuple[str, ...]:
    return ("replay", "--releases", str(folder), *(() if build else ("--no-build",)))


def _calm(scratch: Path, folder: Path, *, build: bool) -> Calm:
    home = scratch / "calm"
    shutil.rmtree(home, ignore_errors=True)
    began = time.monotonic()
    done = roxham(home, *_arguments(folder, build=build))
    if done.returncode not in {0, 3}:
        message = f"the run in peace failed: {done.stderr[-400:]}"
        raise RuntimeError(message)
    return Calm(folder, home, time.monotonic() - began)


def _same(calm: Calm, home: Path, *, build: bool) -> list[str]:
    """What is not as after a run in peace."""
    wrong = []
    if taken_in(home) != taken_in(calm.home):
        wrong.append("releases or their states")
    if objects(home) != objects(calm.home):
        wrong.append("archived objects")
    if build and exports(home) != exports(calm.home):
        wrong.append("exports")
    return wrong


def _killed_often(scratch: Path, calm: Calm, budget: Budget, kills: int, *, build: bool, number: int = 0) -> Trial:
    home = scratch / f"killed-{number}"
    shutil.rmtree(home, ignore_errors=True)
    chance = random.Random(f"{budget.seed}/kills/{number}")
    name = f"{kills} kills at random points, then one run in peace (home {number // max(kills, 1) + 1})"

    def trial() -> tuple[bool, str]:
        ended = 0
        for _ in range(kills):
            process = started(home, *_arguments(calm.folder, build=build))
            moment = time.monotonic() + chance.uniform(0.2, 1.0) * calm.seconds
            while time.monotonic() < moment and process.poll() is None:
                time.sleep(0.02)
            ended += process.poll() is not None
            killed(process)
        done = roxham(home, *_arguments(calm.folder, build=build))
        wrong = (
            _same(calm, home, build=build)
            if done.returncode in {0, 3}
            else [f"rc {done.returncode}: {done.stderr[-200:]}"]
        )
        return not wrong, "; ".join(
            wrong
        ) or f"byte for byte as after a run in peace; {ended} had ended before their kill"

    found = tried(name, trial)
    shutil.rmtree(home, ignore_errors=True)
    return found


def _scheduler(scratch: Path, folder: Path, budget: Budget) -> Trial | tuple[bool, str]:
    """A whole night under Airflow, killed with everything that it started; the night after it gives the same build."""
    name = f"{SCHEDULER_KILLS} kills under the scheduler"
    if budget.left < LEAST_FOR_NIGHTS:
        return Trial(name, None, "the time is too short")
    began = time.monotonic()
    calm = _night(scratch / "calm-night", folder, None)
    took = time.monotonic() - began
    if calm != 0:
        return Trial(name, None, f"a night in peace ends with {calm}")
    home, chance, done = scratch / "killed-night", random.Random(f"{budget.seed}/scheduler"), 0
    shutil.rmtree(home, ignore_errors=True)
    while done < SCHEDULER_KILLS and budget.left > 4 * took:
        _night(home, folder, chance.uniform(0.1, 0.9) * took)
        done += 1
    code = _night(home, folder, None)
    if not done:
        return Trial(name, None, f"a night takes {took:.0f} s, the time was over")
    same = code == 0 and exports(home) == exports(scratch / "calm-night")
    return same, f"{done} kills, then a night in peace ends with {code}; exports {'the same' if same else 'DIFFER'}"


def _night(home: Path, folder: Path, seconds: float | None) -> int:
    """The exit code of ``make run`` over a folder; with ``seconds`` it and all its children are killed after them."""
    environment = {**os.environ, "ROXHAM_HOME": str(home), "RELEASES": str(folder), "DO_NOT_TRACK": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "orchestration.local.run"], env=environment, cwd=REPOSITORY,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        return process.wait(seconds or LONGEST_NIGHT)
    except subprocess.TimeoutExpired:
        # Its children have process groups of their own: they are found while their parent lives.
        family = psutil.Process(process.pid)
        for each in [*family.children(recursive=True), family]:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        return process.wait()


def _limited(size: int) -> Callable[[], None]:
    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


def _full_disk(scratch: Path, calm: Calm) -> tuple[bool, str]:
    """No file may grow beyond a size: the same refusal by the system as of a full disk, at many points."""
    wrong = []
    for size in (2_000, 20_000, 100_000, 600_000, 2_000_000):
        home = scratch / f"full-{size}"
        shutil.rmtree(home, ignore_errors=True)
        roxham(home, *_arguments(calm.folder, build=False), before=_limited(size))
        known = Home(home).manifest.exists() and Home(home).manifest.stat().st_size
        states = _states(home) if known else {}
        lost = sorted(
            name
            for name, state in states.items()
            if state == "quarantined" and _states(calm.home).get(name) == "accepted"
        )
        if lost:
            wrong.append(f"at {size} bytes {', '.join(lost)} quarantined")
        roxham(home, *_arguments(calm.folder, build=False))
        wrong += [f"at {size} bytes, then with room: {each}" for each in _same(calm, home, build=False)]
        shutil.rmtree(home, ignore_errors=True)
    return not wrong, "; ".join(wrong)


def _states(home: Path) -> dict[str, str]:
    try:
        return dict(taken_in(home))
    except Exception:  # noqa: BLE001  the manifest was not made: nothing is known, nothing is quarantined
        return {}


def _read_only(scratch: Path, calm: Calm) -> Trial | tuple[bool, str]:
    if os.geteuid() == 0:
        return Trial("a home that cannot be written", None, "run as root, for whom nothing is read-only")
    home = scratch / "read-only"
    shutil.copytree(calm.home, home, symlinks=True)
    for path in [home, *home.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~0o222)
    done = roxham(home, *_arguments(calm.folder, build=True))
    for path in [home, *home.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | 0o200)
    wrong = _same(calm, home, build=True)
    said = "Traceback" not in done.stderr
    return done.returncode == 1 and not wrong and said, f"rc {done.returncode}; {done.stderr.strip()[-200:]}"


def _two_at_once(scratch: Path, calm: Calm) -> tuple[bool, str]:
    home = scratch / "two"
    shutil.rmtree(home, ignore_errors=True)
    both = [started(home, *_arguments(calm.folder, build=True)) for _ in range(2)]
    said = [process.communicate(timeout=900)[1][-200:] for process in both]
    codes = [process.returncode for process in both]
    wrong = _same(calm, home, build=True)
    return not wrong and set(codes) <= {0, 3}, f"codes {codes}; {'; '.join(wrong)} {' | '.join(said) if wrong else ''}"


def _reader(scratch: Path, calm: Calm) -> tuple[bool, str]:
    home = scratch / "reader"
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(calm.home, home, symlinks=True)
    question = "select count(*), sum(value) from marts.fct_crossings_monthly_vintages"
    with duckdb.connect(str((home / "current" / "warehouse.duckdb").resolve()), read_only=True) as reader:
        before = reader.sql(question).fetchone()
        more = small_folder(scratch / "later", LATER, SOURCES)
        done = roxham(home, *_arguments(more, build=True))
        again = reader.sql(question).fetchone()
    with duckdb.connect(str(home / "current" / "warehouse.duckdb"), read_only=True) as fresh:
        after = fresh.sql(question).fetchone()
    held = done.returncode in {0, 3} and before == again and after != before
    return held, f"the reader {before} → {again}, a new one {after}; rc {done.returncode} {done.stderr[-100:]}"


def _clock_back(scratch: Path, calm: Calm) -> tuple[bool, str]:
    """A later vintage comes in while the machine believes it is 2019: no release is refused for that."""
    home = scratch / "clock"
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(calm.home, home, symlinks=True)
    file = next(
        (small_folder(scratch / "later", LATER, SOURCES) / "ircc_rcmp_interceptions").glob("2024-04-22/*2023.html")
    )
    changed = scratch / file.name
    changed.write_text(file.read_text().replace("Quebec", "Quebec "))
    checked = roxham(home, "check", str(changed), "--source", "ircc_rcmp_interceptions", now="2019-01-01")
    right = roxham(home, "check", str(changed), "--source", "ircc_rcmp_interceptions", now="2024-06-01")
    held = checked.returncode in {right.returncode, 1}
    return (
        held,
        f"rc {checked.returncode} with the clock at 2019, {right.returncode} at 2024: {checked.stdout.strip()[-160:]}",
    )


def _fsync(scratch: Path) -> tuple[bool, str]:
    """What gets its name by a rename is on the disk before: bytes first, then the name."""
    home = Home(scratch / "fsync")
    shutil.rmtree(home.root, ignore_errors=True)
    synced: set[str] = set()
    renamed: list[tuple[str, str]] = []
    fsync, replace, rename, link = os.fsync, os.replace, os.rename, os.link

    def noted(descriptor: int) -> None:
        synced.add(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        fsync(descriptor)

    def moved(real: Callable[..., None]) -> Callable[..., None]:
        def run(source: str, target: str, *args: object, **more: object) -> None:
            renamed.append((str(source), str(target)))
            if str(source) not in synced:
                renamed[-1] = (f"NOT SYNCED {source}", str(target))
            real(source, target, *args, **more)

        return run

    source = scratch / "some.csv"
    source.write_text("a,b\n1,2\n")
    with (
        mock.patch("os.fsync", noted), mock.patch("os.replace", moved(replace)), mock.patch("os.rename", moved(rename)),
        mock.patch("os.link", moved(link)),
    ):  # fmt: skip
        archive = Archive(home)
        archive.put(b"some bytes")
        archive.put_file(source)
    early = [name for name, _ in renamed if name.startswith("NOT SYNCED")]
    return bool(
        renamed
    ) and not early, f"{len(renamed)} renames into the archive, {len(early)} before their bytes were synced"
