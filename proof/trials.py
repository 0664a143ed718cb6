"""What one trial of a part found, and the small things that trials share: child processes, homes, exports."""

from __future__ import annotations

import csv
import dataclasses
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import IO

from ingest.core.home import Home
from sandbox.sample import lay_out

PATIENCE = 900.0


@dataclasses.dataclass(frozen=True)
class Trial:
    """One thing that was tried. ``held`` is None where it could not be tried here; the detail says why."""

    name: str
    held: bool | None
    detail: str = ""


@dataclasses.dataclass(frozen=True)
class Budget:
    """How long a part may take, and how much of it a sample tries."""

    until: float
    seed: int = 1
    sample: bool = False

    @property
    def left(self) -> float:
        """Seconds left."""
        return self.until - time.time()


Part = Callable[[Path, Budget], list[Trial]]


def tried(name: str, run: Callable[[], Trial | tuple[bool, str]]) -> Trial:
    """The trial; what raises has not held."""
    try:
        found = run()
    except Exception as error:  # noqa: BLE001  a trial that breaks is a finding, and the others go on
        print(f"  BROKE: {name} ({error})", file=sys.stderr, flush=True)
        return Trial(name, False, f"{type(error).__name__}: {error}"[:400])
    else:
        found = found if isinstance(found, Trial) else Trial(name, *found)
        word = {True: "held", False: "DID NOT HOLD", None: "not tried"}[found.held]
        print(f"  {word}: {found.name} ({found.detail[:200]})", file=sys.stderr, flush=True)
        return found


def in_time(budget: Budget, name: str, run: Callable[[], Trial | tuple[bool, str]]) -> Trial:
    """The trial, if there is time to begin it."""
    return tried(name, run) if budget.left > 0 else Trial(name, None, "the time was over")


def lines(trials: Sequence[Trial]) -> str:
    """The part's section of the report."""
    held = sum(each.held is True for each in trials)
    against = [each for each in trials if each.held is False]
    apart = [each for each in trials if each.held is None]
    said = [f"{len(trials)} trials: {held} held, **{len(against)} did not**, {len(apart)} could not be tried.", ""]
    for word, those in (("did not hold", against), ("not tried", apart), ("held", [t for t in trials if t.held])):
        said += [f"- {word}: {each.name}" + (f" ({each.detail})" if each.detail else "") for each in those]
    return "\n".join(said) + "\n"


def roxham(
    home: Path, *arguments: str, now: str | None = None, seconds: float = PATIENCE, more: Mapping[str, str] | None = None,
    before: Callable[[], None] | None = None,
) -> subprocess.CompletedProcess[str]:  # fmt: skip
    """The ``roxham`` command over a home, in a process group of its own that does not outlive its time."""
    process = started(home, *arguments, now=now, more=more, before=before)
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        killed(process)
        out, err = "", f"not done within {seconds:.0f} s"
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)


def started(
    home: Path,
    *arguments: str,
    now: str | None = None,
    more: Mapping[str, str] | None = None,
    before: Callable[[], None] | None = None,
    stdout: IO[str] | int = subprocess.PIPE,
    stderr: IO[str] | int = subprocess.PIPE,
) -> subprocess.Popen[str]:
    """The ``roxham`` command, begun."""
    environment = {**os.environ, "ROXHAM_HOME": str(home), "DO_NOT_TRACK": "1", **(more or {})}
    environment.pop("ROXHAM_NOW", None)
    if now:
        environment["ROXHAM_NOW"] = now
    return subprocess.Popen(
        [sys.executable, "-m", "pipeline.cli", "--home", str(home), *arguments],
        stdout=stdout, stderr=stderr, text=True, errors="replace", start_new_session=True,
        env=environment, preexec_fn=before,
    )  # fmt: skip


def killed(process: subprocess.Popen[str]) -> None:
    """SIGKILL to the whole process group, and nothing of it is left."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def small_folder(folder: Path, vintages: Collection[str], sources: Collection[str] | None = None) -> Path:
    """The bundled sample with these vintages (and sources) only."""
    shutil.rmtree(folder, ignore_errors=True)
    lay_out(folder)
    index = folder / "releases.csv"
    with index.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    wanted = [row for row in rows if row["vintage"] in vintages and (sources is None or row["source"] in sources)]
    for source, vintage in {(row["source"], row["vintage"]) for row in rows if row not in wanted}:
        shutil.rmtree(folder / source / vintage, ignore_errors=True)
    with index.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(wanted)
    return folder


def exports(home: Path) -> dict[str, bytes]:
    """Every exported file of the published build, byte for byte."""
    return {path.name: path.read_bytes() for path in sorted((home / "current" / "exports").iterdir())}


def taken_in(home: Path) -> list[tuple[str, str]]:
    """(release, state) of everything that the manifest knows, read without Roxham's code."""
    with sqlite3.connect(f"file:{Home(home).manifest}?mode=ro", uri=True) as connection:
        return sorted(connection.execute("select release_id, state from releases").fetchall())


def objects(home: Path) -> dict[str, bytes]:
    """The archive's objects by name."""
    return {path.name: path.read_bytes() for path in sorted(Home(home).objects.glob("??/*"))}
