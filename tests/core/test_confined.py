"""What reads foreign bytes cannot hang, take all memory, or bring Roxham down; what our own machine does is no verdict."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from ingest.core import confined
from ingest.core.confined import CallFailed, Killed, Limits
from ingest.core.trouble import MachineTrouble

HERE = "tests.core.test_confined"
SMALL = Limits(cpu_seconds=1, wall_seconds=60, memory_bytes=256 << 20, file_bytes=1 << 20)


def spin() -> None:
    while True:
        pass


def doze() -> None:
    time.sleep(600)


def nest(depth: int = 0) -> int:
    return nest(depth + 1) + 1


def fill() -> int:
    return len(bytearray(8 << 30))


def chatter() -> str:
    return "a" * (confined.REPLY_BYTES + 1)


def pour(path: str) -> None:
    Path(path).write_bytes(bytes(2 << 20))


def refuse(words: str) -> None:
    raise LookupError(words)


def no_room() -> None:
    raise OSError(28, "No space left on device")


def who() -> int:
    print("a library that prints does not get among the answers")
    return os.getpid()


@pytest.mark.parametrize(
    ("function", "arguments", "limits", "said"),
    [
        ("spin", {}, SMALL, "more than 1 s of the processor"),
        ("doze", {}, Limits(wall_seconds=1), "no answer in time"),
        ("nest", {}, SMALL, "nests deeper than can be read"),
        ("fill", {}, SMALL, "takes more memory than is given"),
        ("chatter", {}, SMALL, "an answer without end"),
    ],
)
def test_a_call_that_would_not_end_is_ended(
    function: str, arguments: dict[str, object], limits: Limits, said: str
) -> None:
    """A time-out of the task once did not reach a parser: it ran in a thread."""
    with pytest.raises(Killed, match=said):
        confined.call(f"{HERE}:{function}", arguments, limits)
    assert confined.call("os.path:basename", {"p": "/a/b"}, SMALL) == "b", "the next one goes on"


def test_a_process_that_brings_itself_down_is_told_by_its_signal() -> None:
    """A workbook's reader asked for 549 GB and was aborted, and the whole night with it."""
    with pytest.raises(Killed, match="SIGABRT"):
        confined.call("os:abort", {}, SMALL)


def test_more_output_than_is_given_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Killed, match="writes more than is given"):
        confined.call(f"{HERE}:pour", {"path": str(tmp_path / "x")}, SMALL)


def test_what_the_function_raises_comes_back_by_name() -> None:
    with pytest.raises(CallFailed, match="no such label") as failed:
        confined.call(f"{HERE}:refuse", {"words": "no such label"}, SMALL)
    assert failed.value.kind == "LookupError"


def test_a_full_disk_is_trouble_of_our_own_machine() -> None:
    with pytest.raises(MachineTrouble, match="No space left"):
        confined.call(f"{HERE}:no_room", {}, SMALL)


def test_a_child_killed_by_somebody_else_says_nothing_of_the_bytes() -> None:
    """The kernel that runs out of memory kills whom it likes."""
    confined.end_children()
    pid = confined.call(f"{HERE}:who", {}, SMALL)
    killer = threading.Timer(0.5, lambda: os.kill(pid, signal.SIGKILL))
    killer.start()
    with pytest.raises(MachineTrouble, match="ended from outside"):
        confined.call(f"{HERE}:doze", {}, Limits(wall_seconds=60))
    killer.join()


def test_a_child_is_kept_warm_for_the_next_call() -> None:
    confined.end_children()
    assert confined.call(f"{HERE}:who", {}, SMALL) == confined.call(f"{HERE}:who", {}, SMALL) != os.getpid()
