"""Makes a kept build again, from what the archive knew then, and says whether it comes out the same, byte for byte.

A build keeps the archive's manifest as it was (``archive.sqlite``); the bytes are in the archive for ever. With the code
of its commit that is all that a build is made of.
"""

from __future__ import annotations

import filecmp
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from ingest.core.builds import BuildError, CandidateInfo
from ingest.core.home import Home
from warehouse.candidate import ARCHIVE_THEN, code_fingerprint

# What readers get of a build; the warehouse holds the same in DuckDB's own pages, whose bytes are no promise.
COMPARED = ("exports", "site", "revisions", "feed.xml", "datapackage.json")


@dataclass(frozen=True)
class Rebuilt:
    """How many files of the build were compared with the build made again, and which of them differ."""

    build_id: str
    files: int
    differing: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """Plain data for ``--json``."""
        return asdict(self)


def rebuild(home: Home, build_id: str, build: Callable[[Home], CandidateInfo | None]) -> Rebuilt:
    """Build again what that build was made of, in a scratch home, and compare.

    Args:
        home: whose build.
        build_id: a kept build.
        build: makes a finished candidate in a home.

    Raises:
        BuildError: when the build is not kept, does not say what it was made of, or was made by other code.
    """
    kept = home.builds / build_id
    _refuse_other_code(kept)
    scratch = Home(home.work / f"rebuild-{build_id}")
    shutil.rmtree(scratch.root, ignore_errors=True)
    try:
        _archive_as_it_was(home, kept, scratch)
        if build(scratch) is None:
            message = f"{build_id} cannot be made again: what it was made of is what was served before it"
            raise BuildError(message)
        return _compared(build_id, kept, scratch.candidate)
    finally:
        shutil.rmtree(scratch.root, ignore_errors=True)


def _refuse_other_code(kept: Path) -> None:
    if not (kept / "release.json").exists():
        known = ", ".join(sorted(path.name for path in kept.parent.glob("*"))) or "none"
        message = f"no build {kept.name!r} is kept; kept are: {known}"
        raise BuildError(message)
    said = json.loads((kept / "release.json").read_text())
    if not (kept / ARCHIVE_THEN).exists() or "code" not in said:
        message = f"{kept.name} was made by an earlier Roxham, which kept no record of what the archive knew then"
        raise BuildError(message)
    if said["code"] != code_fingerprint():
        named = (
            f"check out {said['commit']}" if said["commit"] else "get the code that it was made by (no commit is known)"
        )
        message = (
            f"{kept.name} was made by other code than this checkout: {named}, then run it again (code {said['code'][:12]} "
            f"there, {code_fingerprint()[:12]} here); nothing was changed"
        )
        raise BuildError(message)


def _archive_as_it_was(home: Home, kept: Path, scratch: Home) -> None:
    """The manifest of then over the bytes of now, and before the readers the build against which it was audited."""
    home.parsed.mkdir(parents=True, exist_ok=True)
    scratch.manifest.parent.mkdir(parents=True)
    scratch.objects.symlink_to(home.objects)
    scratch.parsed.symlink_to(home.parsed)
    shutil.copyfile(kept / ARCHIVE_THEN, scratch.manifest)
    scratch.manifest.chmod(0o644)
    before = json.loads((kept / "release.json").read_text())["audited_against"]
    if before and (home.builds / before).exists():
        scratch.current.symlink_to(home.builds / before)


def _compared(build_id: str, kept: Path, made: Path) -> Rebuilt:
    names = sorted(_files(kept) | _files(made))
    differing = [name for name in names if not _same(kept / name, made / name)]
    return Rebuilt(build_id, len(names), tuple(differing))


def _files(build: Path) -> set[str]:
    found = [path for name in COMPARED for path in ([build / name], (build / name).rglob("*"))[(build / name).is_dir()]]
    return {path.relative_to(build).as_posix() for path in found if path.is_file()}


def _same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and filecmp.cmp(one, other, shallow=False)
