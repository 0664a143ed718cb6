"""Runs what reads foreign bytes in a child process with limits of time, memory and output, killed from outside.

A file can be made so that its reader never ends, takes all memory, or brings the process down; a thread cannot be killed,
a child can. Children are kept warm and used again, as starting one costs more than reading most files. The protocol is a
line of JSON each way; ``child`` is the other end.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import IO, Any, Literal, cast

from ingest.core.trouble import MachineTrouble

REPLY_BYTES = 16 << 20


@dataclass(frozen=True)
class Limits:
    """What one call may take.

    Attributes:
        cpu_seconds: of the processor; a busy machine takes none of it away. The longest true file (21 pages of PDF) needs two.
        wall_seconds: of the clock on the wall, for what waits instead of working.
        memory_bytes: of address space, beyond what the child had before.
        file_bytes: of any file that it writes.
    """

    cpu_seconds: int = 6
    wall_seconds: float = 120
    memory_bytes: int = 1 << 30
    file_bytes: int = 1 << 30


class Killed(RuntimeError):
    """The call went over a limit or brought its process down; the message says which."""


class CallFailed(RuntimeError):
    """The called function raised; ``kind`` is the name of its exception's class."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def call(function: str, arguments: dict[str, Any], limits: Limits) -> Any:  # noqa: ANN401  JSON
    """Call ``module:function`` with these arguments (plain data) in a confined child; returns what it returns.

    Raises:
        Killed: when it went over a limit, or its process died of the bytes.
        CallFailed: when it raised.
        MachineTrouble: when our own machine could not do it; that says nothing of the bytes.
    """
    with _child() as child:
        reply = child.ask({"function": function, "arguments": arguments, "limits": asdict(limits)}, limits)
    outcome: Literal["returned", "raised", "exhausted", "machine"] = reply["outcome"]
    if outcome == "returned":
        return reply["value"]
    if outcome == "exhausted":
        raise Killed(reply["message"])
    if outcome == "machine":
        raise MachineTrouble(reply["message"])
    raise CallFailed(reply["kind"], reply["message"])


class _Child:
    """One warm process; whoever holds it is alone with it."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ingest.core.confined_child"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
        )  # fmt: skip
        self.requests, self.answers = cast(IO[bytes], self.process.stdin), cast(IO[bytes], self.process.stdout)
        self.is_worn = False

    def ask(self, request: dict[str, Any], limits: Limits) -> dict[str, Any]:
        """The reply to one request; the child is dead when this raises."""
        started = time.monotonic()
        try:
            self._send(json.dumps(request).encode() + b"\n")
            reply: dict[str, Any] = json.loads(self._line(started + limits.wall_seconds))
        except _TookTooLong as error:
            self.end()
            raise Killed(f"{error} (limit {limits.wall_seconds:.0f} s, {REPLY_BYTES:,} bytes)") from None
        except (EOFError, BrokenPipeError, ValueError):
            raise self._died(limits) from None
        self.is_worn = bool(reply["is_worn"])
        return reply

    def _send(self, line: bytes) -> None:
        self.requests.write(line)

    def _line(self, until: float) -> bytes:
        pieces: list[bytes] = []
        descriptor, size = self.answers.fileno(), 0
        while not pieces or not pieces[-1].endswith(b"\n"):
            left = until - time.monotonic()
            if left <= 0 or not select.select([descriptor], [], [], left)[0]:
                raise _TookTooLong("no answer in time")
            piece = os.read(descriptor, 1 << 16)
            size += len(piece)
            if not piece:
                raise EOFError
            if size > REPLY_BYTES:
                raise _TookTooLong("an answer without end")
            pieces.append(piece)
        return b"".join(pieces)

    def _died(self, limits: Limits) -> Exception:
        """Why there is no answer: of the bytes, or of something else on this machine."""
        try:
            ended = self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.end()
            return Killed("the reader's answer cannot be read")
        if ended == -signal.SIGXCPU:
            return Killed(f"the reader took more than {limits.cpu_seconds} s of the processor")
        if ended in (-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS, -signal.SIGILL, -signal.SIGFPE, -signal.SIGTRAP):
            return Killed(f"the reader's process died of it ({signal.Signals(-ended).name})")
        # Killed by somebody else: a person, or the kernel that has no memory left for all that runs here.
        return MachineTrouble(f"the process that reads files was ended from outside (exit code {ended}): run it again")

    def end(self) -> None:
        """Kill it."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.requests, self.answers):
            with contextlib.suppress(OSError):
                pipe.close()


class _TookTooLong(Exception):
    """No whole answer within the limits."""


_idle: list[_Child] = []


@contextmanager
def _child() -> Iterator[_Child]:
    """A child for one call; it goes back to the others unless the call ended it."""
    try:
        child = _idle.pop()
    except IndexError:
        child = _Child()
    try:
        yield child
    except BaseException:
        child.end()
        raise
    if child.is_worn:
        child.end()
    else:
        _idle.append(child)


def end_children() -> None:
    """End the children that wait for work."""
    while _idle:
        _idle.pop().end()


atexit.register(end_children)
# A forked process has children of its own; it must not use those of its parent.
os.register_at_fork(after_in_child=_idle.clear)
