"""Sweeps a whole archive: every object against its name, every row of the manifest against its ledger.

Reading checks what it reads; this finds what nobody reads: ``roxham verify``, and every night the check of freshness.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from ingest.archive.manifest import Manifest
from ingest.core.home import Home
from ingest.core.locks import exclusive_lock

Kind = Literal["object", "manifest"]
RESTORE = "restore it from a backup"


@dataclass(frozen=True)
class Fault:
    """One thing in the archive that is not as it was archived; ``name`` is an object's sha256 or path."""

    kind: Kind
    name: str
    what: str

    def as_dict(self) -> dict[str, object]:
        """Plain data for ``--json``."""
        return asdict(self)


@dataclass(frozen=True)
class Sweep:
    """What a sweep looked at, and what it found."""

    objects: int
    faults: tuple[Fault, ...]


def sweep(home: Home) -> Sweep:
    """Hash every object anew and read the whole ledger.

    Raises:
        FileNotFoundError: when there is no archive.
    """
    if not home.manifest.exists():
        message = f"no archive in {home.root}: {home.manifest} is not there"
        raise FileNotFoundError(message)
    files = _object_files(home)
    known = _known(home)
    if _strangers(files, known):  # what a poll archives gets its row a moment later
        known |= _known_after_polls(home)
    with Manifest(home.manifest) as manifest:
        rows = [Fault("manifest", fault.split(" was ")[0], fault) for fault in manifest.ledger_faults()]
    faults = [*_changed(files), *_missing(home, known), *_extra(home, files, known), *rows]
    return Sweep(len(files), tuple(faults))


def _object_files(home: Home) -> list[Path]:
    """All that lies among the objects but running downloads, which have no name in the archive yet."""
    found = home.objects.rglob("*") if home.objects.exists() else iter(())
    return sorted(path for path in found if not path.is_dir() and not path.name.startswith(".incoming-"))


def _known(home: Home) -> set[str]:
    with Manifest(home.manifest) as manifest:
        return manifest.archived_hashes()


def _known_after_polls(home: Home) -> set[str]:
    """The hashes in the manifest once whatever is being polled or replayed now has written its rows."""
    running = [path.name for path in home.locks.glob("*") if path.name.startswith(("fetch-", "process_release-"))]
    for work in sorted(running):
        with exclusive_lock(home, work):
            pass
    return _known(home)


def _strangers(files: list[Path], known: set[str]) -> list[Path]:
    return [path for path in files if path.name not in known]


def _changed(files: list[Path]) -> Iterator[Fault]:
    for path in files:
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        if found != path.name:
            yield Fault("object", path.name, f"object {path.name} is changed: its bytes hash to {found}; {RESTORE}")


def _missing(home: Home, known: set[str]) -> Iterator[Fault]:
    for sha256 in sorted(known):
        if not (home.objects / sha256[:2] / sha256).is_file():
            yield Fault("object", sha256, f"object {sha256} is missing: the manifest has rows of it; {RESTORE}")


def _extra(home: Home, files: list[Path], known: set[str]) -> Iterator[Fault]:
    for path in files:
        inside = path.relative_to(home.objects).as_posix()
        if inside != f"{path.name[:2]}/{path.name}" or path.name not in known:
            what = f"object {inside} is extra: no row of the manifest knows it; move it out of the archive"
            yield Fault("object", inside, what)
