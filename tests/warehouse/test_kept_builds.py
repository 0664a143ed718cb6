"""Builds that follow each other lie on disk once where they are the same; what was quoted can be kept."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ingest.core.builds import BuildError
from ingest.core.home import Home
from warehouse.kept_builds import kept_builds, pin, prune, share_unchanged


def build(home: Home, name: str, files: dict[str, str], age: int = 0) -> Path:
    folder = home.builds / name
    for file, content in {"release.json": name, **files}.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        path.chmod(0o444)
    os.utime(folder, (1_000_000 - age, 1_000_000 - age))
    return folder


def test_files_that_are_the_same_are_one_file_and_all_others_stay_as_they_are(tmp_path: Path) -> None:
    home = Home(tmp_path)
    before = build(home, "b1", {"exports/a.csv": "1,2", "exports/b.csv": "3,4", "gone.html": "x"})
    after = build(home, "b2", {"exports/a.csv": "1,2", "exports/b.csv": "3,5", "new.html": "y"})
    assert share_unchanged(after, before) == 1
    assert (after / "exports/a.csv").samefile(before / "exports/a.csv")
    assert [(after / name).read_text() for name in ("exports/a.csv", "exports/b.csv", "new.html", "release.json")] == [
        "1,2", "3,5", "y", "b2",
    ]  # fmt: skip
    assert (before / "exports/b.csv").read_text() == "3,4"
    assert not list(after.rglob(".*")), "nothing is left beside them"
    assert share_unchanged(after, before) == 0, "what is shared already is no news"


def test_a_damaged_file_of_the_served_build_does_not_spread(tmp_path: Path) -> None:
    """Two files of one size and one date are not the same for that."""
    home = Home(tmp_path)
    before, after = (build(home, name, {"exports/a.csv": "227547"}) for name in ("b1", "b2"))
    damaged = before / "exports/a.csv"
    damaged.chmod(0o644)
    damaged.write_text("235547")
    os.utime(damaged, (after / "exports/a.csv").stat()[7:9])
    assert share_unchanged(after, before) == 0
    assert (after / "exports/a.csv").read_text() == "227547"


def test_a_publication_that_was_killed_while_it_shared_goes_on(tmp_path: Path) -> None:
    home = Home(tmp_path)
    before, after = (build(home, name, {"a.csv": "1"}) for name in ("b1", "b2"))
    os.link(before / "a.csv", after / ".a.csv.shared")
    assert share_unchanged(after, before) == 1 and not list(after.glob(".*"))


def test_a_file_that_two_builds_share_outlives_either(tmp_path: Path) -> None:
    home = Home(tmp_path)
    before = build(home, "b1", {"a.csv": "1"}, age=10)
    after = build(home, "b2", {"a.csv": "1"})
    share_unchanged(after, before)
    [newest, oldest] = kept_builds(home)
    assert (newest.build_id, newest.bytes, newest.own_bytes, oldest.own_bytes) == ("b2", 3, 2, 2)
    assert prune(home, keep=1) == ["b1"]
    assert (after / "a.csv").read_text() == "1"


def test_what_is_served_or_pinned_is_never_deleted(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for age in range(4):
        build(home, f"b{age}", {}, age=age)
    home.current.symlink_to("builds/b3")
    pin(home, "b2")
    assert prune(home, keep=1) == ["b1"]
    assert {each.build_id: (each.is_served, each.is_pinned) for each in kept_builds(home)} == {
        "b0": (False, False), "b2": (False, True), "b3": (True, False),
    }  # fmt: skip
    pin(home, "b2", pinned=False)
    assert prune(home, keep=1) == ["b2"]


def test_a_build_that_is_not_kept_cannot_be_pinned(tmp_path: Path) -> None:
    home = Home(tmp_path)
    build(home, "b1", {})
    with pytest.raises(BuildError, match="no build 'b9' is kept; kept are b1"):
        pin(home, "b9")
