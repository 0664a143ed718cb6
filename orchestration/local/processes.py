"""Processes that end wholly: each in a session of its own, recorded, so that none is left behind even after a crash."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

GRACE_SECONDS = 6.0
SAME_START_SECONDS = 1.0
KILLED_WITHIN_SECONDS = 3.0


class ProcessDied(RuntimeError):
    """A process that should go on running ended; the message holds the tail of its log."""


class Process:
    """One command in its own session, its output in a log file."""

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
        """Its process id, which is its session's id too."""
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


def end_sessions(leaders: Sequence[int], grace: float = GRACE_SECONDS) -> None:
    """End whole sessions: the leaders' groups politely first, then every member for certain.

    Sessions, because Airflow puts each task into a process group of its own: ending the scheduler's group alone would
    leave a running dbt behind, writing into the next candidate.
    """
    for leader in leaders:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, signal.SIGTERM)
    _wait_for_end(leaders, grace)
    for pid in members(leaders):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    _wait_for_end(leaders, KILLED_WITHIN_SECONDS)


def members(leaders: Sequence[int]) -> list[int]:
    """Every living process of these sessions."""
    return [pid for pid in psutil.pids() if _session_of(pid) in leaders and _lives(pid)]


def _wait_for_end(leaders: Sequence[int], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while members(leaders) and time.monotonic() < deadline:
        time.sleep(0.1)


def _session_of(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return None


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


class SessionRecord:
    """The sessions of a home on disk: what a run that was killed left behind can be found and ended."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, leaders: Sequence[int]) -> None:
        """Record the sessions that run now, each with the time at which it was started."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".draft")
        draft.write_text(json.dumps({str(leader): _started_at(leader) for leader in leaders}))
        draft.replace(self.path)

    def end_leftovers(self) -> int:
        """End recorded sessions that still run and are ours, at once: nobody waits for them; returns how many."""
        if not self.path.exists():
            return 0
        recorded = json.loads(self.path.read_text())
        ours = [int(leader) for leader, started in recorded.items() if _is_ours(int(leader), started)]
        end_sessions(ours, grace=0)
        self.path.unlink()
        return len(ours)


def _started_at(pid: int) -> float | None:
    try:
        started: float = psutil.Process(pid).create_time()
    except psutil.Error:
        return None
    return started


def _is_ours(leader: int, started: float | None) -> bool:
    """Process ids are used again: a session is ours when its leader was started when ours was.

    Neither its command nor its environment would tell, since Airflow's servers overwrite both with a title. A dead
    leader's id is not given away while members of its session live, so those are ours too.
    """
    living = members([leader])
    if not living or started is None:
        return False
    now = _started_at(leader) if leader in living else started
    return now is not None and abs(now - started) < SAME_START_SECONDS
