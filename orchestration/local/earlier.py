"""Brings in, without Airflow, what was published before the last vintage of a sample or a folder."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Callable

from ingest.catalog.source import load_sources
from ingest.core.builds import current_inputs
from ingest.core.home import REPOSITORY, Home
from orchestration.run_mode import RunMode
from pipeline import steps

# `roxham replay`: done, and done although something waits for a person.
DONE = (0, 3)


def replay_earlier(mode: RunMode, say: Callable[[str], None]) -> None:
    """Replay the earlier vintages of the mode's folder into a home that serves nothing yet, and publish them.

    Raises:
        subprocess.CalledProcessError: when the replay failed.
    """
    if mode.last_day is None or not mode.has_earlier or current_inputs(mode.home) is not None:
        return
    until = mode.last_day - dt.timedelta(days=1)
    say(f"replay: the vintages until {until}")
    command = [sys.executable, "-m", "pipeline.cli", "--home", str(mode.home.root), "replay",
               "--releases", str(mode.folder), "--until", until.isoformat(), "--jobs", "2"]  # fmt: skip
    code = subprocess.run(command, cwd=REPOSITORY, check=False).returncode
    if code not in DONE:
        raise subprocess.CalledProcessError(code, command)
    _is_no_news(mode.home)


def _is_no_news(home: Home) -> None:
    """What was taken in as history is in a published build already: no event is due for it, and no message.

    Its alerts stay open, in `roxham alerts` and on the site; what waits for a person is told all the same.
    """
    for source_id in load_sources():
        ids = [each.release.release_id for each in steps.releases_without_event(home, source_id)]
        steps.mark_emitted(home, ids)
    steps.mark_told(home, [each for each in steps.alerts(home, closed=True) if each.severity != "critical"])
