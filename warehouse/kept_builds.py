"""The builds that are kept: which there are, which go, and what two of them share on disk.

A build that came after another is mostly the same files again: each that is equal byte for byte is one file on disk under
two names, read-only in both.
"""

from __future__ import annotations

import filecmp
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from ingest.core.builds import BuildError, kept
from ingest.core.home import Home

KEPT_BUILDS = 7
PINNED = ".pinned"


@dataclass(frozen=True)
class KeptBuild:
    """One build on disk: ``own_bytes`` are those that no other build shares."""

    build_id: str
    is_served: bool
    is_pinned: bool
    bytes: int
    own_bytes: int

    def as_dict(self) -> dict[str, object]:
        """Plain data for ``--json``."""
        return asdict(self)


def kept_builds(home: Home) -> list[KeptBuild]:
    """All builds that are kept, the newest first."""
    return [_described(home, build) for build in kept(home)]


def pin(home: Home, build_id: str, *, pinned: bool = True) -> None:
    """Keep a build until it is unpinned, however many come after it: one that was quoted, or is evidence.

    Raises:
        BuildError: when no such build is kept.
    """
    known = [each.name for each in kept(home)]
    if build_id not in known:
        message = f"no build {build_id!r} is kept; kept are {', '.join(known) or 'none'}"
        raise BuildError(message)
    mark = _mark(home, build_id)
    if pinned:
        mark.touch()
    else:
        mark.unlink(missing_ok=True)


def prune(home: Home, keep: int = KEPT_BUILDS) -> list[str]:
    """Delete all but the newest ``keep`` builds; one that is served or pinned stays. Returns the ids of those deleted.

    A reader that holds a file of one open keeps that file.
    """
    gone = [
        each for each in kept(home)[max(keep, 1) :] if not (_is_served(home, each) or _mark(home, each.name).exists())
    ]
    for build in gone:
        shutil.rmtree(build)
    return [each.name for each in gone]


def share_unchanged(build: Path, before: Path) -> int:
    """Make each file of a build that equals the earlier build's, byte for byte, the same file on disk.

    What differs in one byte, a damaged file included, is left alone, so damage does not spread. Where the file system has
    no second names for a file, all stays as it is.

    Returns:
        How many files are shared.
    """
    shared = 0
    for path, other in _pairs(build, before):
        if path.samefile(other) or not filecmp.cmp(path, other, shallow=False):
            continue
        twin = path.with_name(f".{path.name}.shared")
        twin.unlink(missing_ok=True)  # of a publication that was killed here
        try:
            os.link(other, twin)
        except OSError:
            return shared
        twin.replace(path)
        shared += 1
    return shared


def _pairs(build: Path, before: Path) -> Iterator[tuple[Path, Path]]:
    """The files of a build that the earlier one has, too, with as many bytes."""
    for path in sorted(each for each in build.rglob("*") if each.is_file() and not each.is_symlink()):
        other = before / path.relative_to(build)
        if other.is_file() and not other.is_symlink() and other.stat().st_size == path.stat().st_size:
            yield path, other


def _described(home: Home, build: Path) -> KeptBuild:
    stats = [each.stat() for each in build.rglob("*") if each.is_file()]
    return KeptBuild(
        build.name,
        is_served=_is_served(home, build),
        is_pinned=_mark(home, build.name).exists(),
        bytes=sum(each.st_size for each in stats),
        own_bytes=sum(each.st_size for each in stats if each.st_nlink == 1),
    )


def _is_served(home: Home, build: Path) -> bool:
    return home.current.exists() and home.current.resolve() == build.resolve()


def _mark(home: Home, build_id: str) -> Path:
    return home.builds / f"{build_id}{PINNED}"
