"""Trouble of our own machine: a full disk, damaged bytes, no memory. It is never a verdict on what an agency published.

Whatever judges foreign bytes lets such an error pass: the step fails with its words, the files stay pending, and the next
run judges them.
"""

from __future__ import annotations

import errno
import os
import sqlite3

import duckdb

# What the machine says when it cannot do its work; an OSError without one of these comes from the bytes that were read.
_MACHINE = frozenset({
    errno.EACCES, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOENT, errno.ENOMEM,
    errno.ENOSPC, errno.EPERM, errno.EROFS, errno.ESTALE,
})  # fmt: skip


_WORDS = (
    *(os.strerror(each) for each in (errno.EDQUOT, errno.EIO, errno.ENOMEM, errno.ENOSPC, errno.EROFS)),
    "IO Error: ", "Out of Memory Error: ", "MemoryError",
)  # fmt: skip


class MachineTrouble(OSError):
    """Our own machine cannot do its work; the message says what is safe and what to do."""


def tells_of_us(words: str) -> bool:
    """Whether an error's words, all that a library passed on of it, tell of our own machine."""
    return any(each in words for each in _WORDS)


def is_ours(error: BaseException) -> bool:
    """Whether an error tells of our own machine, not of the bytes that were being read."""
    if isinstance(error, MachineTrouble):
        return True
    if isinstance(error, OSError):
        return error.errno in _MACHINE
    # DuckDB says so, too, when the disk is full, a file is not to be had, or its file was closed on it for such a reason.
    machine = (MemoryError, sqlite3.Error, duckdb.IOException, duckdb.OutOfMemoryException, duckdb.FatalException)
    return isinstance(error, machine)
