"""Runs one thing in a process of its own and says what it cost."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.core.home import REPOSITORY


@dataclass(frozen=True)
class Cost:
    """Wall seconds and peak memory of the largest process in MiB."""

    seconds: float
    peak_mib: float


def cost_of(work: str, *arguments: str) -> Cost:
    """Run ``bench.work`` 's function of that name in a fresh interpreter.

    Raises:
        RuntimeError: when it failed; a measurement of a failure is none.
    """
    command = [sys.executable, "-m", "bench.work", work, *arguments]
    began = time.monotonic()
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, said = process.communicate() if process.stderr else (b"", b"")
    seconds = time.monotonic() - began
    if process.returncode:
        message = f"{work} failed: {said.decode()[-2000:]}"
        raise RuntimeError(message)
    return Cost(seconds, _peak(said))


def _peak(said: bytes) -> float:
    return float(said.decode().strip().splitlines()[-1]) / 1024


def in_turn(works: Sequence[Sequence[str]], rounds: int) -> list[Cost]:
    """The median cost of several works, run A B C A B C …, so that a machine that slows down slows all of them."""
    runs: list[list[Cost]] = [[] for _ in works]
    for _ in range(rounds):
        for position, work in enumerate(works):
            runs[position].append(cost_of(*work))
    return [Cost(statistics.median(one.seconds for one in each), max(one.peak_mib for one in each)) for each in runs]


def machine() -> str:
    """What the figures were measured on."""
    return f"{os.cpu_count()} cores, Python {sys.version.split()[0]}"
