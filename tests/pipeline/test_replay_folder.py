"""What lies in a releases folder and is no file of it: refused by name, and the replay goes on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ingest.core.home import Home
from pipeline import steps
from pipeline.replay import read_folder, replay, unfit_files
from sandbox.catalogue import Catalogue
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
