"""A new source in five places, proven: a made-up one is added to a copy of the repository and run to a traced figure."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.catalog.source import load_sources
from ingest.core.home import REPOSITORY
from pipeline.new_source import write_source
from tests.support.folders import ReleasesFolder

ID = "ferry_landings"
# What a founder writes. One place a line: YAML, parser, suite, sample with golden rows, staging model with its yml.
FIVE_PLACES = {
    f"ingest/catalog/sources/{ID}.yaml",
    f"ingest/releases/parsers/{ID}.py",
    f"expectations/{ID}.py",
    f"tests/golden/{ID}",
    f"dbt_project/models/staging/{ID}",
}
# What `roxham new-source` and a build write by themselves, held true by tests/dbt/test_marts.py.
WRITTEN_LIST = "dbt_project/macros/observation_models.sql"


def tracked() -> list[str]:
    """The repository's own files: tracked, or about to be."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return [name for name in done.stdout.split("\0") if name and (REPOSITORY / name).is_file()]


class Copy:
    """A copy of the repository whose own code runs, not the installed one."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in tracked():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(REPOSITORY / name, root / name)

    def run(self, *arguments: str) -> str:
        """One command of the copy's Python; its standard output."""
        ours = {
            "PYTHONPATH": f"{self.root}{os.pathsep}{self.root / 'web'}", "PYTHONDONTWRITEBYTECODE": "1",
            "ROXHAM_HOME": str(self.root.parent / "home"),
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.root,
            env=os.environ | ours,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def roxham(self, *arguments: str) -> str:
        """One ``roxham`` command of the copy."""
        return self.run("-m", "pipeline.cli", *arguments)

    def changes(self) -> tuple[set[str], set[str]]:
        """The places that were added, and the files of the repository that are no longer as they were."""
        ours = set(tracked())
        ignored = {"__pycache__", ".pytest_cache", ".user.yml", ".hypothesis"}
        there = {
            path.relative_to(self.root) for path in self.root.rglob("*")
            if path.is_file() and not ignored & set(path.parts)
        }  # fmt: skip
        added = {
            (path.parent if ID in path.parent.parts else path).as_posix()
            for path in there if path.as_posix() not in ours
        }  # fmt: skip
        changed = {
            name for name in ours
            if not (self.root / name).is_file() or (self.root / name).read_bytes() != (REPOSITORY / name).read_bytes()
        }  # fmt: skip
        return added, changed


@pytest.mark.slow
def test_a_source_in_five_places_is_accepted_built_and_traced_to_its_cell(tmp_path: Path) -> None:
    """`frontex_detections` stood in twelve files. Who writes the five by hand may leave even dbt's list to the build."""
    copy = Copy(tmp_path / "repository")
    copy.roxham("new-source", ID)
    assert copy.changes() == (FIVE_PLACES, {WRITTEN_LIST})
    shutil.copyfile(REPOSITORY / WRITTEN_LIST, copy.root / WRITTEN_LIST)
    [sample] = (each for each in (copy.root / "tests" / "golden" / ID).iterdir() if ".golden" not in each.name)
    releases = ReleasesFolder(tmp_path / "releases").add(ID, "2024-03-05", sample.name, sample.read_bytes())
    said = copy.roxham("replay", "--releases", str(releases.root), "--json")
    # A library has printed a line of its own before the JSON once, at its first start in a new home.
    replayed = json.loads(said[said.index("{") :])
    assert [each["outcome"] for each in replayed["files"] if each["source_id"] == ID] == ["accepted"]
    assert replayed["published"]
    for month, place, printed in (("2024-01", "CA", "1,035"), ("2024-01", "CA-QC", "0")):
        traced = json.loads(copy.roxham("trace", ID, month, place, "--json"))
        assert traced["fact"]["value"] == int(printed.replace(",", ""))
        [cell] = traced["releases"][0]["cells"]
        assert (cell["printed"], cell["locator"].split(",")[0]) == (printed, cell["where"])
    added, changed = copy.changes()
    assert added == FIVE_PLACES
    assert changed == {WRITTEN_LIST}


@pytest.mark.slow
def test_no_test_has_to_be_told_of_a_new_source(tmp_path: Path) -> None:
    """Lists of sources in tests were places to touch as well; these are the tests that go over every source."""
    copy = Copy(tmp_path / "repository")
    copy.roxham("new-source", ID)
    told = copy.run(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/golden", "tests/catalog/test_sources.py",
        "tests/sandbox/test_every_source.py", "tests/failed_cases/test_failed_cases.py", "tests/test_readme.py",
        "tests/dbt/test_marts.py", "-m", "not slow", "-k",
        f"{ID} or every_source or every_folder or readme or the_list_that_dbt",
    )  # fmt: skip
    assert " passed" in told


def test_a_source_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "expectations" / f"{ID}.py"
    path.parent.mkdir()
    path.write_text("a suite that somebody has written")
    with pytest.raises(ValueError, match=rf"is there already: expectations/{ID}\.py"):
        write_source(ID, tmp_path)
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == [path]
    with pytest.raises(ValueError, match="is there already"):
        write_source(next(iter(load_sources())))


@pytest.mark.parametrize("word", ["", "Ferries", "2024_ferries", "ferry-landings", "../ferries", "ferries\n"])
def test_a_word_that_names_no_module_is_no_id(tmp_path: Path, word: str) -> None:
    with pytest.raises(ValueError, match="is no id"):
        write_source(word, tmp_path)
    assert not list(tmp_path.iterdir())
