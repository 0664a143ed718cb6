"""What readers open cannot be changed by opening it, and old builds can still be deleted."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ingest.core.home import Home
from warehouse import kept_builds, publish


def finished_build(home: Home, name: str) -> Path:
    build = home.builds / name
    (build / "exports").mkdir(parents=True)
    for file in ("release.json", "candidate.json", "warehouse.duckdb", "exports/a.csv"):
        (build / file).write_text(json.dumps({}))
    return build


def test_the_files_of_a_published_build_are_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dashboard tool lost `access_mode=read_only` on import and opened the warehouse read-write."""
    home = Home(tmp_path)
    build = finished_build(home, "b1")
    monkeypatch.setattr(publish, "current", lambda home: home.current.resolve())
    assert publish._show(home, build) == build
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in build.rglob("*") if path.is_file()}
    assert modes == dict.fromkeys(("release.json", "warehouse.duckdb", "a.csv"), "0o444")
    assert os.access(build / "exports", os.W_OK), "folders stay writable"


def test_builds_that_are_no_longer_kept_are_deleted_although_their_files_are_read_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path)
    monkeypatch.setattr(publish, "current", lambda home: home.current.resolve())
    for number in range(kept_builds.KEPT_BUILDS + 2):
        build = finished_build(home, f"b{number}")
        os.utime(build, (number, number))
        publish._show(home, build)
    assert len(list(home.builds.iterdir())) == kept_builds.KEPT_BUILDS
