"""Every wrong document of the shared folders, laid in as if it were a release of the source, is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ingest.core.home import Home
from pipeline import steps
from pipeline.replay import replay
from tests.support.folders import ReleasesFolder
from tests.support.real_releases import FOLDERS, listed

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.xdist_group("real")]

REFUSED = {"quarantined", "set_aside", "refused"}


def archive_only(home: Home, root: Path) -> Home:
    """The same archive without the builds; objects are never written to, so that they are linked."""
    copy = Home(root)
    shutil.copytree(home.objects, copy.objects, copy_function=lambda one, two: Path(two).hardlink_to(one))
    shutil.copytree(home.manifest.parent / "parsed", copy.manifest.parent / "parsed")
    for file in home.manifest.parent.glob(f"{home.manifest.name}*"):
        shutil.copyfile(file, copy.manifest.parent / file.name)
    return copy


def wrong_documents(root: Path) -> ReleasesFolder:
    """All files with the role `bad`, listed as data."""
    folder = ReleasesFolder(root)
    for shared in FOLDERS:
        for row in listed(shared):
            if row["role"] == "bad":
                folder.add(row["source"], row["published"], Path(row["file"]).name, (shared / row["file"]).read_bytes())
    return folder


def test_no_wrong_document_is_taken_in_beside_the_real_ones(real_home: Home, tmp_path: Path) -> None:
    """Other tables, other subjects, altered copies, lost rows: whatever stands in their names, no figure is served of them."""
    folder = wrong_documents(tmp_path / "releases")
    done = replay(archive_only(real_home, tmp_path / "home"), folder.root, steps.validate_load)
    assert len(done) == sum(row["role"] == "bad" for shared in FOLDERS for row in listed(shared)) >= 12
    assert {each.file: each.outcome for each in done if each.outcome not in REFUSED} == {}
    assert all(each.message for each in done), "a person must be told why"
    other_documents = {Path(each.file).name for each in done if each.outcome == "set_aside"}
    assert other_documents >= {"nationwide-drugs-fy21-fy24.csv", "EN_ODP-PR-ProvImmCat.xlsx", "2410005301_MetaData.csv"}
