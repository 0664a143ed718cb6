"""What lies in a releases folder and is no file of it: refused by name, and the replay goes on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ingest.archive.manifest import Manifest
from ingest.core.home import Home
from pipeline import steps
from pipeline.replay import read_folder, replay, unfit_files
from sandbox.catalogue import Catalogue
from sandbox.folder import merged
from tests.support.folders import CBP, ReleasesFolder
from tests.support.pages import csv_file, state_line

NAME = "nationwide-encounters-fy21-fy24-nov-state.csv"
PRIVATE = b"-----BEGIN PRIVATE KEY-----\n"


@pytest.fixture
def folder(tmp_path: Path) -> ReleasesFolder:
    return ReleasesFolder(tmp_path / "releases").add(CBP, "2023-12-15", NAME, csv_file(state_line()))


@pytest.fixture
def private(tmp_path: Path) -> Path:
    private = tmp_path / "private" / "id_rsa"
    private.parent.mkdir()
    private.write_bytes(PRIVATE)
    return private


def archived(home: Home) -> set[bytes]:
    return {path.read_bytes() for path in home.objects.glob("??/*")}


@pytest.mark.parametrize("whole_folder", [False, True])
def test_a_symlink_that_leads_out_is_refused_and_its_bytes_are_not_archived(
    home: Home, folder: ReleasesFolder, private: Path, whole_folder: bool
) -> None:
    """A symlink in a releases folder copied a private file into the archive."""
    if whole_folder:
        (folder.root / "linked").symlink_to(private.parent)
    else:
        (folder.root / CBP / "2023-12-15" / "more.csv").symlink_to(private)
    done = replay(home, folder.root, steps.validate_load)
    refused = [each for each in done if each.outcome == "refused"]
    assert [each.file.rsplit("/", 1)[-1] for each in refused] == (["id_rsa"] if whole_folder else ["more.csv"])
    assert all("leads out of the releases folder" in each.message for each in refused)
    assert PRIVATE not in archived(home)
    assert NAME in {Path(each.file).name for each in done if each.outcome != "refused"}


def test_a_symlink_within_the_folder_is_a_file_and_one_to_nothing_is_named(folder: ReleasesFolder) -> None:
    (folder.root / CBP / "2023-12-16").mkdir()
    (folder.root / CBP / "2023-12-16" / NAME).symlink_to(folder.root / CBP / "2023-12-15" / NAME)
    (folder.root / CBP / "2023-12-16" / "broken.csv").symlink_to("nowhere.csv")
    assert [each.vintage for each in read_folder(folder.root)] == ["2023-12-15", "2023-12-16"]
    assert [each.message for each in unfit_files(folder.root)] == ["a symlink that leads to no file"]


def test_a_name_that_is_no_utf_8_is_told_and_the_rest_is_taken_in(home: Home, folder: ReleasesFolder) -> None:
    """One such name ended the replay with a UnicodeEncodeError."""
    bad = os.fsencode(folder.root / CBP / "2023-12-15") + b"/encount\xe9es.csv"
    with open(bad, "wb") as stream:
        stream.write(b"a,b\n")
    lines: list[str] = []
    done = replay(home, folder.root, steps.validate_load, progress=lines.append)
    assert [(each.file, each.message) for each in done if "renam" in each.message] == [
        (f"{CBP}/2023-12-15/encount\\xe9es.csv", "its name is no UTF-8: rename it")
    ]
    assert len(done) == 2
    assert "\n".join(lines).encode()


@pytest.mark.parametrize("listed", ["../private/id_rsa", "/etc/hostname", f"{CBP}/2023-12-15/link.csv"])
def test_the_stand_in_agency_serves_nothing_from_outside_its_folder(
    folder: ReleasesFolder, private: Path, listed: str
) -> None:
    (folder.root / CBP / "2023-12-15" / "link.csv").symlink_to(private)
    folder.rows.append({**folder.rows[0], "file": listed, "agency_url": "https://www.cbp.gov/x.csv"})
    folder.write_index()
    assert {item.path.name for item in Catalogue(folder.root).items} == {NAME}


def test_a_file_that_is_cut_off_is_refused_as_truncated(home: Home, folder: ReleasesFolder) -> None:
    folder.add(CBP, "2024-01-15", NAME, csv_file(state_line(), state_line(5), state_line(6))[:-3])
    done = replay(home, folder.root, steps.validate_load)
    (cut,) = [each for each in done if "2024-01-15" in each.file]
    assert (cut.outcome, cut.message) == ("refused", "truncated: the document is cut off: its last line does not end")


@pytest.mark.parametrize("published", ["2024-04-2\x0b2", "２０２４-04-22", " 2024-04-22", "2024-4-22"])
def test_a_releases_csv_dates_by_the_pattern_or_not_at_all(folder: ReleasesFolder, published: str) -> None:
    folder.rows[0]["published"] = published
    folder.write_index()
    (file,) = read_folder(folder.root)
    assert file.published is None


OTHER = "nationwide-encounters-fy21-fy24-dec-state.csv"


@pytest.fixture
def second(tmp_path: Path) -> ReleasesFolder:
    return ReleasesFolder(tmp_path / "releases_2").add(CBP, "2024-01-15", OTHER, csv_file(state_line()))


def test_several_folders_are_brought_in_in_the_order_of_publication(
    home: Home, folder: ReleasesFolder, second: ReleasesFolder, private: Path
) -> None:
    (second.root / CBP / "2024-01-15" / "more.csv").symlink_to(private)
    done = replay(home, [second.root, folder.root], lambda *_: [])
    assert {(each.outcome, Path(each.file).name) for each in done} == {
        ("accepted", NAME), ("accepted", OTHER), ("refused", "more.csv"),
    }  # fmt: skip
    with Manifest(home.manifest) as manifest:
        assert [each.published.text for each in manifest.releases(CBP)] == ["2023-12-15", "2024-01-15"]


def test_several_folders_are_laid_out_as_one_and_no_symlink_leads_out_of_it(
    tmp_path: Path, folder: ReleasesFolder, second: ReleasesFolder, private: Path
) -> None:
    (second.root / CBP / "2024-01-15" / "more.csv").symlink_to(private)
    second.add(CBP, "2023-12-15", NAME, "another file of that name")
    for _ in range(2):  # what an earlier run laid out is not in the way
        one = merged([folder.root, second.root], tmp_path / "merged")
    assert [(each.vintage, each.path.name) for each in read_folder(one)] == [
        ("2023-12-15", NAME),
        ("2024-01-15", OTHER),
    ]
    assert (one / CBP / "2023-12-15" / NAME).read_bytes() == csv_file(state_line()).encode()
    assert {each.role for each in read_folder(one)} == {"data"}


def test_a_file_that_was_listed_as_no_data_comes_in_when_it_is_listed_as_data(
    home: Home, folder: ReleasesFolder
) -> None:
    """It was called unchanged, as its bytes lay in the archive already."""
    for row in folder.rows:
        row["role"] = "bad"
    folder.write_index()
    assert [each.outcome for each in replay(home, folder.root, lambda *_: [])] == ["not_data"]
    for row in folder.rows:
        row["role"] = "data"
    folder.write_index()
    assert [each.outcome for each in replay(home, folder.root, lambda *_: [])] == ["accepted"]
    assert [each.outcome for each in replay(home, folder.root, lambda *_: [])] == ["unchanged"]
