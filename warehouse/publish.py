"""Publishes a finished candidate: one rename puts the build in place, one symlink swap shows it to readers.

A kill between the two leaves the old build served and the new one complete; publishing again finishes the swap.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from ingest.core.builds import BuildError, CandidateInfo, PublishedBuild, current, current_inputs
from ingest.core.home import Home
from warehouse import kept_builds
from warehouse.candidate import code_commit, code_fingerprint, describe_candidate, read_candidate

# What release.json says of each exported mart.
IN_RELEASE = ("table", "rows", "parquet", "parquet_sha256", "csv", "csv_sha256")


def finish(home: Home, exports: list[dict[str, Any]], checks: dict[str, int]) -> None:
    """Write ``release.json``, the mark that the candidate is complete and audited."""
    info = read_candidate(home)
    content = {
        **info.as_dict(),
        "commit": code_commit(),
        "code": code_fingerprint(),
        "audited_against": _served_build(home),
        "stamp": "SAMPLE" if info.sample else None,
        "checks": checks,
        "exports": {str(entry["table"]): {key: entry[key] for key in IN_RELEASE} for entry in exports},
    }  # fmt: skip
    (home.candidate / "release.json").write_text(json.dumps(content, indent=2) + "\n")


def _served_build(home: Home) -> str | None:
    return home.current.resolve().name if home.current.exists() else None


def publish(home: Home) -> PublishedBuild:
    """Put the finished candidate, or a build that an interrupted publication left behind, before the readers.

    Raises:
        BuildError: when no finished candidate is there, or the archive has moved on and a newer build is served.
    """
    if not (home.candidate / "release.json").exists():
        return swap_left_behind(home)
    info = read_candidate(home)
    if (home.candidate / "warehouse.duckdb.wal").exists():
        message = (
            "the candidate was written to after its audit: build again (roxham build); what is served is untouched"
        )
        raise BuildError(message)
    _refuse_superseded(home, info)
    target = home.builds / info.build_id
    home.builds.mkdir(parents=True, exist_ok=True)
    if target.exists():
        shutil.rmtree(home.candidate)  # the same inputs were built before: the finished one stays
    else:
        home.candidate.replace(target)
    return _show(home, target)


def swap_left_behind(home: Home) -> PublishedBuild:
    """Finish a publication that was killed between its rename and its swap.

    Raises:
        BuildError: when there is none.
    """
    if not left_behind(home):
        message = "no finished candidate to publish: run `roxham build`; what is served is untouched"
        raise BuildError(message)
    return _show(home, home.builds / _build_due(home))


def _show(home: Home, target: Path) -> PublishedBuild:
    (target / "candidate.json").unlink(missing_ok=True)
    served = home.current.resolve()
    if served.is_dir() and served != target.resolve():
        kept_builds.share_unchanged(target, served)
    _make_read_only(target)
    _point_current_at(home, target)
    kept_builds.prune(home)
    return current(home)


def _make_read_only(build: Path) -> None:
    """No file of a published build can be written to: a BI tool may open the warehouse read-write without being asked.

    Folders stay as they are, so that builds that are no longer kept can be deleted.
    """
    for path in build.rglob("*"):
        if path.is_file() and not path.is_symlink():
            path.chmod(0o444)


def left_behind(home: Home) -> bool:
    """Whether a complete build of the archive as it stands lies among the builds, published or not."""
    return (home.builds / _build_due(home) / "release.json").exists()


def _build_due(home: Home) -> str:
    info = describe_candidate(home)
    return info.build_id if info else "none"


def _refuse_superseded(home: Home, candidate: CandidateInfo) -> None:
    now = describe_candidate(home)
    if now and now.inputs != candidate.inputs and now.inputs == current_inputs(home):
        message = (
            f"candidate {candidate.build_id} is older than the archive, and {now.build_id}, which is newer, is served "
            "already; the candidate is not published, nothing was lost"
        )
        raise BuildError(message)


def _point_current_at(home: Home, target: Path) -> None:
    swap = home.root / f".current-{os.getpid()}"
    swap.unlink(missing_ok=True)
    swap.symlink_to(target.relative_to(home.root))
    swap.replace(home.current)
