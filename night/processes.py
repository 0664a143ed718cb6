"""Processes that end wholly: each in a group of its own, recorded, so that none is left behind even after a crash."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

GRACE_SECONDS = 10.0


class ProcessDied(RuntimeError):
    """A process that should go on running ended; the message holds the tail of its log."""


class Process:
    """One command in its own process group, its output in a log file."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as stream:
            self._popen = subprocess.Popen(
                list(command), env=dict(environment), stdin=subprocess.DEVNULL, stdout=stream,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    @property
    def pid(self) -> int:
        """Its process id, which is its group's id too."""
        return self._popen.pid

    @property
    def alive(self) -> bool:
        """Whether the process itself still runs."""
        return self._popen.poll() is None

    def require_alive(self) -> None:
        """Raise when it ended.

        Raises:
            ProcessDied: with the exit code and the last lines of the log.
        """
        if not self.alive:
            message = (
                f"{self.name} ended with exit code {self._popen.returncode}; last lines of {self.log}:\n{self.tail()}"
            )
            raise ProcessDied(message)

    def tail(self, lines: int = 25) -> str:
        """The last lines of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def wait(self, timeout: float) -> int:
        """Wait for its end and return its exit code."""
        return self._popen.wait(timeout)


def end_groups(group_ids: Sequence[int], grace: float = GRACE_SECONDS) -> None:
    """End whole process groups: politely first, then for certain."""
    remaining = [group for group in group_ids if _signal_group(group, signal.SIGTERM)]
    deadline = time.monotonic() + grace
    while remaining and time.monotonic() < deadline:
        time.sleep(0.1)
        remaining = [group for group in remaining if _group_lives(group)]
    for group in remaining:
        _signal_group(group, signal.SIGKILL)


def _signal_group(group: int, number: int) -> bool:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _group_lives(group: int) -> bool:
    # Reap our own dead child first: a zombie still counts as a member of its group.
    with contextlib.suppress(ChildProcessError):
        os.waitpid(group, os.WNOHANG)
    return _signal_group(group, 0)


class GroupRecord:
    """The process groups of a home on disk: what a run that was killed left behind can be found and ended."""

    def __init__(self, path: Path, marker: str) -> None:
        self.path = path
        self.marker = marker

    def write(self, groups: Sequence[int]) -> None:
        """Record the groups that run now."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".draft")
        draft.write_text(json.dumps(list(groups)))
        draft.replace(self.path)

    def end_leftovers(self) -> int:
        """End recorded groups that still run and are ours; returns how many there were."""
        if not self.path.exists():
            return 0
        ours = [group for group in json.loads(self.path.read_text()) if self._is_ours(group)]
        end_groups(ours)
        self.path.unlink()
        return len(ours)

    def _is_ours(self, group: int) -> bool:
        """Process ids are used again: only a process whose command or environment names this home is ended."""
        if not _signal_group(group, 0):
            return False
        environment = Path(f"/proc/{group}/environ")
        if environment.exists():
            return self.marker.encode() in environment.read_bytes()
        command = subprocess.run(["ps", "eww", "-o", "command=", "-p", str(group)], capture_output=True, text=True)
        return self.marker in command.stdout
