"""A damaged archive is seen: by whoever reads it, by the next build, and every night by a sweep that names what is wrong."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner

from ingest.archive.manifest import Manifest
from ingest.archive.objects import Archive, DamagedObject
from ingest.archive.verify import sweep
from ingest.catalog.source import load_sources
from ingest.core.clock import FixedClock
from ingest.core.home import Home
from ingest.core.records import Release
from ingest.releases.intake import process_release
from pipeline import steps
from pipeline.cli import main
from tests.support.folders import IRCC
from tests.support.pages import NIGHT, archived, page
from warehouse.candidate import describe_candidate, prepare

CLOCK = FixedClock(NIGHT)


@pytest.fixture
def accepted(home: Home) -> Release:
    """The release of a page of 2023, accepted by a suite that has no doubts."""
    archived(home, page(), 0)
    [outcome] = process_release(home, load_sources()[IRCC], lambda *_: [])
    assert outcome.release.state == "accepted"
    return outcome.release


def object_of(home: Home, release: Release) -> Path:
    return Archive(home).path(release.files[0].sha256)


def damage(path: Path) -> bytes:
    """One figure more than the agency printed; returns the bytes as they were."""
    true = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(true.replace(b"<td>120</td>", b"<td>128</td>"))
    return true


def edit(home: Home, statement: str) -> None:
    """What anybody can do to a file of SQLite."""
    with sqlite3.connect(home.manifest) as connection:
        connection.execute(statement)


def faults(home: Home) -> list[str]:
    return [each.what for each in sweep(home).faults]


def test_a_whole_archive_has_no_fault(home: Home, accepted: Release) -> None:
    assert faults(home) == []
    assert sweep(home).objects == 1


def test_a_damaged_object_is_read_by_nobody(home: Home, accepted: Release) -> None:
    """227,547 became 235,547 on the site: the page was parsed again, and nobody had asked whether it was the same page."""
    path = object_of(home, accepted)
    assert Archive(home).verified(path.name) == path
    damage(path)
    with pytest.raises(DamagedObject, match=f"{path.name} is damaged on disk"):
        Archive(home).verified(path.name)
    with pytest.raises(DamagedObject, match=path.name):
        prepare(home)


def test_damaged_bytes_are_another_input_and_restored_ones_the_first_again(home: Home, accepted: Release) -> None:
    """After the object was restored the build once said "unchanged" and went on serving what the damaged one had given."""
    before = describe_candidate(home)
    path = object_of(home, accepted)
    true = damage(path)
    damaged = describe_candidate(home)
    path.write_bytes(true)
    restored = describe_candidate(home)
    assert before and damaged and restored
    assert damaged.inputs != before.inputs
    assert restored.inputs == before.inputs


def test_a_sweep_names_each_changed_missing_and_extra_object(home: Home, accepted: Release) -> None:
    archived(home, page(year=2022), 1, "asylum-claims-2022.html")
    archived(home, page(year=2021), 2, "asylum-claims-2021.html")
    [changed, missing] = sorted(set(home.objects.glob("??/*")) - {object_of(home, accepted)})
    damage(changed)
    missing.unlink()
    (home.objects / "00" / "note.txt").parent.mkdir(exist_ok=True)
    (home.objects / "00" / "note.txt").write_text("a stray")
    found = faults(home)
    assert any(f"object {changed.name} is changed" in each for each in found)
    assert any(f"object {missing.name} is missing" in each for each in found)
    assert any("object 00/note.txt is extra" in each for each in found)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("update releases set published_text = '2024-04-21'", "was changed after it was written"),
        ("update releases set state = 'quarantined'", "was changed after it was written"),
        ("update release_files set sha256 = 'aa'", "was changed after it was written"),
        ("update attempts set retrieved_at = '2020-01-01T00:00:00+00:00'", "attempt 1 was changed"),
        ("delete from attempts", "attempt 1 is missing"),
        ("update decisions set decision = 'rejected'", "decision 1 was changed"),
        ("delete from decisions", "decision 1 is missing"),
        ("update check_results set success = 0", "was changed after it was written"),
        ("update check_results set cells = '[[\"aa\", \"line 2\"]]' where position = 0", "was changed after it was written"),
        ("insert into decisions select 9, release_id, 'rejected', reason, decided_by, decided_at from decisions",
         "decision 9 was added behind the ledger"),
        ("update ledger set digest = 'aa' where entry_id = 1", "ledger entry 1 (attempt 1) does not follow"),
        ("delete from ledger where entry_id = 2", "ledger entry 2 is missing"),
    ],
)  # fmt: skip
def test_a_row_edited_behind_roxhams_back_is_named(home: Home, accepted: Release, statement: str, said: str) -> None:
    steps.decide(home, accepted.release_id, "accepted", "seen on the agency's page", "MB", CLOCK)
    assert faults(home) == []
    edit(home, statement)
    assert any(said in each for each in faults(home)), faults(home)


def test_marks_of_work_are_no_part_of_what_a_release_says(home: Home, accepted: Release) -> None:
    with Manifest(home.manifest) as manifest:
        manifest.mark_emitted([accepted.release_id])
    assert faults(home) == []


def test_a_manifest_of_an_earlier_roxham_is_watched_from_the_day_it_is_opened(home: Home, accepted: Release) -> None:
    """Archives that exist have no ledger: what they hold is entered as it stands."""
    edit(home, "drop table ledger")
    for column in ("about", "overridable"):
        edit(home, f"alter table check_results drop column {column}")
    edit(home, "alter table attempts drop column via")
    assert faults(home) == []
    with Manifest(home.manifest) as manifest:
        assert manifest.release(accepted.release_id) == accepted
    edit(home, "update releases set retrieved_at = '2020-01-01T00:00:00+00:00'")
    assert faults(home) == [f"release {accepted.release_id} was changed after it was written"]


def test_a_damaged_archive_opens_one_alert_that_only_a_good_sweep_closes(home: Home, accepted: Release) -> None:
    path = object_of(home, accepted)
    true = damage(path)
    for _night in range(2):
        steps.check_freshness(home, CLOCK)
    [alert] = [each for each in steps.alerts(home) if each.finding.alert == "incomplete"]
    assert alert.finding.source_id is None and path.name in alert.finding.what
    assert (alert.severity, alert.version) == ("critical", 1)
    path.write_bytes(true)
    steps.process_release(home, IRCC, CLOCK)
    assert [each for each in steps.alerts(home) if each.finding.alert == "incomplete"]
    steps.check_freshness(home, CLOCK)
    assert not [each for each in steps.alerts(home) if each.finding.alert == "incomplete"]


def test_verify_says_so_by_its_exit_code(home: Home, accepted: Release) -> None:
    def verify() -> tuple[int, str]:
        result = CliRunner().invoke(main, ["--home", str(home.root), "verify"])
        return result.exit_code, result.output

    assert verify()[0] == 0
    damage(object_of(home, accepted))
    code, said = verify()
    assert code == 3 and object_of(home, accepted).name in said


def test_a_home_without_an_archive_cannot_be_verified(home: Home) -> None:
    assert CliRunner().invoke(main, ["--home", str(home.root), "verify"]).exit_code == 1
