"""The past can be made again: from a backup of the archive alone, and of each kept build, byte for byte."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ingest.archive.verify import sweep
from ingest.core.home import Home
from pipeline import rebuild, steps
from pipeline.cli import main
from tests.support.builds import exports_of, replay_and_publish, small_sample
from tests.support.folders import IRCC

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("rebuild")]
VINTAGES = {"2023-09-25", "2024-04-22"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with one small build; read only."""
    home = Home(tmp_path_factory.mktemp("built") / "home")
    releases = small_sample(tmp_path_factory.mktemp("small") / "releases", sources={IRCC}, vintages=VINTAGES)
    replay_and_publish(home, releases)
    return home


def roxham(home: Home, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--home", str(home.root), *arguments])


def build_id(home: Home) -> str:
    return home.current.resolve().name


def test_a_backup_of_the_archive_gives_the_same_build_in_a_new_home(built: Home, tmp_path: Path) -> None:
    """README tells to copy archive/ and nothing else; what was parsed need not come along."""
    restored = Home(tmp_path / "restored")
    shutil.copytree(built.root / "archive", restored.root / "archive", ignore=shutil.ignore_patterns("parsed"))
    assert sweep(restored).faults == ()
    published = steps.build_and_publish(restored)
    assert published and published.build_id == build_id(built)
    assert exports_of(restored) == exports_of(built)


def test_a_kept_build_is_made_again_byte_for_byte_whatever_the_archive_has_learned_since(built: Home) -> None:
    newest = steps.last_accepted(built, IRCC)
    assert newest
    before = (built.manifest.read_bytes(), build_id(built))
    steps.decide(built, newest.release_id, "rejected", "a later thought", "MB", steps.clock_of(built))
    result = roxham(built, "rebuild", build_id(built), "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.output[result.output.index("{") :])
    assert told["differing"] == [] and told["files"] > 20
    assert build_id(built) == before[1] and not list(built.work.glob("rebuild-*"))


def test_a_build_of_other_code_is_refused_with_the_commit_to_check_out(
    built: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = json.loads((built.current / "release.json").read_text())
    monkeypatch.setattr(rebuild, "code_fingerprint", lambda: "f" * 64)
    result = roxham(built, "rebuild", build_id(built))
    assert result.exit_code == 1
    assert (said["commit"] or "no commit is known") in result.stderr.replace("\n", " ")


def test_a_build_that_is_not_kept_is_refused_by_name(built: Home) -> None:
    result = roxham(built, "rebuild", "1999-01-01-0000000000")
    assert result.exit_code == 1 and build_id(built) in result.stderr
