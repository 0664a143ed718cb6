"""A full disk, no memory, a clock set back: trouble of our own machine is told, and never a verdict on a release."""

from __future__ import annotations

import datetime as dt
import errno
from collections.abc import Callable

import duckdb
import pytest

from expectations import runner
from ingest.archive.home_clock import ClockSetBack
from ingest.archive.manifest import Manifest
from ingest.catalog.source import load_sources
from ingest.core import confined
from ingest.core.clock import FixedClock
from ingest.core.home import Home
from ingest.core.trouble import MachineTrouble, is_ours, tells_of_us
from ingest.releases import raw_tables
from ingest.releases.intake import process_release
from pipeline import steps
from tests.support.folders import IRCC
from tests.support.pages import NIGHT, archived, page

FULL = OSError(errno.ENOSPC, "No space left on device")
TROUBLES = [
    FULL,
    OSError(errno.EIO, "Input/output error"),
    MemoryError(),
    duckdb.IOException("IO Error: Could not write file: No space left on device"),
    duckdb.OutOfMemoryException("Out of Memory Error: could not allocate block"),
]


def raising(error: BaseException) -> Callable[..., object]:
    def broken(*_: object, **__: object) -> object:
        raise error

    return broken


def states(home: Home) -> list[str]:
    return [each.release.state for each in process_release(home, load_sources()[IRCC], lambda *_: [])]


def nothing_was_judged(home: Home) -> bool:
    with Manifest(home.manifest) as manifest:
        return manifest.releases() == [] and len(manifest.pending_files(IRCC)) == 1


@pytest.mark.parametrize("error", TROUBLES, ids=lambda each: type(each).__name__)
def test_trouble_while_a_release_is_loaded_leaves_its_files_pending(
    home: Home, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """A disk that was full for a night once quarantined a good release for good."""
    archived(home, page(), 0)
    with monkeypatch.context() as full:
        full.setattr(raw_tables, "load_lookups", raising(error))
        with pytest.raises(MachineTrouble, match=r"could not take .* in .*stay pending"):
            states(home)
    assert nothing_was_judged(home)
    assert states(home) == ["accepted"]


def test_trouble_while_a_file_is_read_leaves_it_pending(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    archived(home, page(), 0)
    with monkeypatch.context() as full:
        full.setattr(confined, "call", raising(MachineTrouble("OSError: [Errno 28] No space left on device")))
        with pytest.raises(MachineTrouble, match="No space left"):
            states(home)
    assert nothing_was_judged(home)
    assert states(home) == ["accepted"]


def test_an_object_that_is_damaged_or_gone_is_no_verdict(home: Home) -> None:
    archived(home, page(), 0)
    [path] = home.objects.glob("??/*")
    true = path.read_bytes()
    path.unlink()
    with pytest.raises(OSError, match=path.name):
        states(home)
    path.write_bytes(true + b"!")
    with pytest.raises(OSError, match="damaged on disk"):
        states(home)
    path.write_bytes(true)
    assert states(home) == ["accepted"]


def test_an_error_of_the_bytes_is_still_a_verdict(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    archived(home, page(), 0)
    monkeypatch.setattr(raw_tables, "load_lookups", raising(ValueError("a label that no code foresaw")))
    assert states(home) == ["quarantined"]


def test_what_a_library_passes_on_only_in_words_is_known_as_ours() -> None:
    """Great Expectations gives no exception of a check that broke, only its message."""
    assert tells_of_us('(duckdb.IOException) IO Error: Could not write file ".tmp": No space left on device')
    assert not tells_of_us("(duckdb.BinderException) Binder Error: no column named total")
    assert runner.tells_of_us is tells_of_us
    assert not is_ours(OSError("not a gzipped file"))


def test_a_clock_set_back_is_told_and_dates_nothing(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that woke up in 2019 had a revision quarantined as one of 2019, and nobody was told."""
    archived(home, page(), 0)
    asked: list[object] = []
    monkeypatch.setattr(steps, "fetch_source", lambda *_, **__: asked.append(1))
    back = FixedClock(NIGHT - dt.timedelta(days=1700))
    for step in (lambda: steps.fetch(home, IRCC, back), lambda: steps.check_freshness(home, back)):
        with pytest.raises(ClockSetBack, match=r"2019-09-05.*polled at 2024-05-01"):
            step()
    assert asked == []
    steps.check_freshness(home, FixedClock(NIGHT - dt.timedelta(minutes=10)))
