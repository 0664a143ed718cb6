"""The child that ``confined`` speaks to: one line of JSON in, one function called within its limits, one line out."""

from __future__ import annotations

import errno
import importlib
import json
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import duckdb

from ingest.core.trouble import is_ours

# A child that has grown by so much holds what earlier files left behind, and is replaced.
WORN_AFTER_BYTES = 256 << 20
STATM = Path("/proc/self/statm")


def main() -> None:
    """Answer requests until there are no more. What a library prints must not get among the answers."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    began = None
    for line in sys.stdin.buffer:
        request = json.loads(line)
        function = _function(request["function"])
        began = began or _resident()
        reply = _limited(function, request["arguments"], request["limits"])
        reply["is_worn"] = _resident() - began > WORN_AFTER_BYTES
        _send(answers, reply)


def _send(answers: BinaryIO, reply: dict[str, Any]) -> None:
    left = memoryview(json.dumps(reply).encode() + b"\n")
    while left:
        left = left[answers.write(left) :]


def _function(name: str) -> Callable[..., Any]:
    module, _, function = name.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


def _limited(function: Callable[..., Any], arguments: dict[str, Any], limits: dict[str, Any]) -> dict[str, Any]:
    _limit(limits)
    try:
        return {"outcome": "returned", "value": function(**arguments)}
    except (MemoryError, RecursionError, duckdb.OutOfMemoryException) as error:
        # Within these limits it is the bytes that took the memory, not our machine that has none.
        what = (
            "nests deeper than can be read" if isinstance(error, RecursionError) else "takes more memory than is given"
        )
        return {
            "outcome": "exhausted",
            "message": f"{what} ({type(error).__name__}, limit {limits['memory_bytes']:,} bytes)",
        }
    except Exception as error:  # noqa: BLE001  told to the other end, which judges it
        words = str(error)[:10_000]
        if _wrote_too_much(error):
            return {
                "outcome": "exhausted",
                "message": f"writes more than is given (limit {limits['file_bytes']:,} bytes)",
            }
        if is_ours(error):
            return {"outcome": "machine", "message": f"{type(error).__name__}: {words}"}
        return {"outcome": "raised", "kind": type(error).__name__, "message": words}
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def _wrote_too_much(error: Exception) -> bool:
    """Beyond the limit of a file the kernel says EFBIG, which DuckDB gives only in words."""
    if isinstance(error, OSError):
        return error.errno == errno.EFBIG
    return isinstance(error, duckdb.IOException) and os.strerror(errno.EFBIG) in str(error)


def _limit(limits: dict[str, Any]) -> None:
    """Soft limits, counted from here: at the one of the processor the kernel ends this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = int(used.ru_utime + used.ru_stime) + 1 + int(limits["cpu_seconds"])
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits["file_bytes"], resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    if STATM.exists():  # elsewhere than on Linux a process cannot say how much it has
        most = _address_space() + int(limits["memory_bytes"])
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))


def _address_space() -> int:
    return _pages(0) * resource.getpagesize()


def _resident() -> int:
    return _pages(1) * resource.getpagesize()


def _pages(which: int) -> int:
    return int(STATM.read_text().split()[which]) if STATM.exists() else 0


if __name__ == "__main__":
    main()
