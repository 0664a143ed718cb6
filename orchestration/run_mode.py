"""Says over what a run on this machine goes: which home, which releases, the sandbox agency, the clock.

Three kinds: the bundled sample, a folder of releases (``RELEASES``), or the agencies themselves (``LIVE=1``). A home
belongs to one kind: figures of the sample beside real ones would be false vintages of each other.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ingest.archive.collection import plan_to_collect
from ingest.archive.home_clock import hold, let_run
from ingest.catalog.source import load_sources
from ingest.core.clock import Clock, FixedClock, clock_from_environment
from ingest.core.home import REPOSITORY, Home
from ingest.core.settings import ClockSettings, RunSettings
from orchestration import tasks
from pipeline.replay import read_folder
from sandbox import Sandbox
from sandbox.folder import merged
from sandbox.sample import lay_out

DEFAULT_HOME = REPOSITORY / ".home"
Kind = Literal["sample", "folder", "live"]


class WrongRunMode(RuntimeError):
    """What was asked for does not go together; the message says what to do."""


@dataclass(frozen=True)
class RunMode:
    """Where and over what the DAGs run."""

    kind: Kind
    home: Home
    # The releases folders that were named, and the one that is served: theirs, or all of them laid out as one.
    folders: tuple[Path, ...] = ()
    folder: Path | None = None
    # Day of the folder's last vintage: there the agency's clock and ours stand. None on the live agencies.
    last_day: dt.date | None = None
    # Whether the folder has vintages before that day.
    has_earlier: bool = False
    # The sources that have something to poll here: those of the folder, on the live agencies all.
    offered: tuple[str, ...] = tuple(load_sources())

    @property
    def not_offered(self) -> tuple[str, ...]:
        """The sources whose DAGs are there and are not run: the folder holds nothing of them."""
        return tuple(each for each in load_sources() if each not in self.offered)

    @property
    def dag_ids(self) -> list[str]:
        """The DAGs that run in this mode; the build first, so that it listens before any event is emitted."""
        idle = {tasks.ingest_dag_id(each) for each in self.not_offered}
        return [each for each in tasks.dag_ids() if each not in idle]

    def clock(self) -> Clock:
        """The clock that the tasks of this mode go by."""
        if self.last_day and not ClockSettings().now:
            return FixedClock.on(self.last_day)
        return clock_from_environment()

    def environment(self, agency: str | None) -> dict[str, str]:
        """The variables that make Roxham's tasks run in this mode; what the caller has set himself stays."""
        wanted = {"ROXHAM_HOME": str(self.home.root)}
        if agency:
            wanted["ROXHAM_AGENCY"] = agency
        if self.last_day and not ClockSettings().now:
            wanted["ROXHAM_NOW"] = self.last_day.isoformat()
        return wanted


def run_mode_from_environment() -> RunMode:
    """The mode that RELEASES, LIVE and ROXHAM_HOME ask for, without its releases laid out yet.

    Raises:
        WrongRunMode: when they contradict each other or the home.
    """
    try:
        wanted = RunSettings()
    except ValueError as error:
        raise WrongRunMode(str(error)) from None
    if wanted.releases and wanted.live:
        message = "RELEASES and LIVE exclude each other: a folder of releases, or the agencies themselves"
        raise WrongRunMode(message)
    folders = [Path(each).expanduser().resolve() for each in wanted.releases.split(os.pathsep) if each]
    for folder in folders:
        if not folder.is_dir():
            message = f"RELEASES={wanted.releases}: {folder} is no folder"
            raise WrongRunMode(message)
    mode = run_mode_of("live" if wanted.live else "folder" if folders else "sample")
    return replace(mode, folders=tuple(folders))


def run_mode_of(kind: Kind, folder: Path | None = None) -> RunMode:
    """The mode of that kind in the home that ``ROXHAM_HOME`` names, without its releases laid out yet.

    Raises:
        WrongRunMode: when the home was made over another kind.
    """
    return RunMode(kind, _home_for(kind), folders=(folder,) if folder else ())


def set_up(mode: RunMode) -> RunMode:
    """Lay the sample out where it is asked for, and read what the folder holds; claims the home for this kind.

    Raises:
        WrongRunMode: when the folder holds no release of a source that Roxham knows.
    """
    mode.home.claim(mode.kind)
    if mode.kind == "live":
        let_run(mode.home)
        _plan(mode)
        return mode
    folder = _one_folder(mode)
    days = known_days(folder)
    if not days:
        message = f"{folder} holds no dated release of {', '.join(load_sources())}: nothing to run over"
        raise WrongRunMode(message)
    hold(mode.home, days[-1])
    ready = replace(mode, folder=folder, last_day=days[-1], has_earlier=len(days) > 1, offered=offered_sources(folder))
    _plan(ready)
    return ready


def _plan(mode: RunMode) -> None:
    """The home remembers which sources are collected in it; what nobody asks is not called late."""
    known = load_sources()
    plan_to_collect(mode.home, [each for each in mode.offered if known[each].is_polled])


def _one_folder(mode: RunMode) -> Path:
    laid_out = mode.home.root / "sandbox"
    if not mode.folders:
        return lay_out(laid_out / "releases")
    return mode.folders[0] if len(mode.folders) == 1 else merged(mode.folders, laid_out / "merged")


def offered_sources(folder: Path) -> tuple[str, ...]:
    """The sources of which the folder holds at least one file of data, in the order of ``load_sources``."""
    held = {each.source_id for each in read_folder(folder) if each.role == "data" and each.published}
    return tuple(each for each in load_sources() if each in held)


def known_days(folder: Path) -> list[dt.date]:
    """The days on which the folder's releases of known sources became known, in order."""
    sources = load_sources()
    files = [each for each in read_folder(folder) if each.source_id in sources and each.role == "data"]
    return sorted({each.published.known_on for each in files if each.published})


@contextmanager
def agency(mode: RunMode) -> Iterator[str | None]:
    """The stand-in agency of this mode while it is needed; None on the live agencies."""
    if mode.folder is None:
        yield None
        return
    with Sandbox(mode.folder, date=mode.last_day) as sandbox:
        yield sandbox.address


def _home_for(kind: Kind) -> Home:
    """The home asked for; below the default one when that belongs to another kind already."""
    home = Home.from_environment()
    if home.made_over in (None, kind):
        return home
    if home.root != DEFAULT_HOME.resolve():
        message = (
            f"{home.root} was made over the kind {home.made_over!r}, this run is {kind!r}: their figures must not mix. "
            "Give another ROXHAM_HOME."
        )
        raise WrongRunMode(message)
    return Home(DEFAULT_HOME / f"over-{kind}")
