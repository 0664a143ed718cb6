"""The archive keeps bytes by their hash, whole or not at all, and the manifest forgets nothing."""

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from ingest.archive.manifest import Manifest
from ingest.archive.objects import Archive, DamagedObject
from ingest.core.home import Home
from ingest.core.records import Attempt, AttemptOutcome, CheckResult, Published, Release, ReleaseFile
from ingest.releases import raw_tables

NOON = dt.datetime(2024, 4, 22, 12, tzinfo=dt.UTC)


def attempt(sha256: str | None, url: str = "https://a/1", outcome: AttemptOutcome = "archived") -> Attempt:
    return Attempt(
        source_id="s", resource_id="r", url=url, outcome=outcome, retrieved_at=NOON, sha256=sha256, file_name="f",
        published=Published("2024-04", "month", "listing"),
    )  # fmt: skip


def release(sha256: str, state: str = "accepted") -> Release:
    return Release(
        "s@2024-04~1", "s", Published("2024-04", "month", "listing"), NOON, state, "folder",  # type: ignore[arg-type]
        (ReleaseFile(sha256, "r", "f", "https://a/1", 3),),
    )  # fmt: skip


def test_the_same_bytes_are_one_write_once_object(home: Home, tmp_path: Path) -> None:
    archive = Archive(home)
    first = archive.put(b"abc")
    (tmp_path / "x").write_bytes(b"abc")
    assert archive.put_file(tmp_path / "x") == first
    assert archive.read(first) == b"abc"
    assert len([path for path in home.objects.rglob("*") if path.is_file()]) == 1
    assert archive.path(first).stat().st_mode & 0o222 == 0


def test_damaged_bytes_are_never_given_out(home: Home) -> None:
    archive = Archive(home)
    sha256 = archive.put(b"abc")
    archive.path(sha256).chmod(0o644)
    archive.path(sha256).write_bytes(b"abd")
    with pytest.raises(DamagedObject, match="damaged on disk"):
        archive.read(sha256)


def test_every_attempt_is_one_row_with_all_it_learned(home: Home) -> None:
    with Manifest(home.manifest) as manifest:
        manifest.record_attempt(attempt("aa"))
        manifest.record_attempt(attempt(None, outcome="timeout"))
    with Manifest(home.manifest) as manifest:
        assert manifest.attempts("s") == [attempt("aa"), attempt(None, outcome="timeout")]


def test_a_page_that_goes_back_to_an_earlier_text_has_changed(home: Home) -> None:
    """A revision can be taken back: the bytes are known, the change is still news."""
    with Manifest(home.manifest) as manifest:
        manifest.record_attempt(attempt("aa"))
        assert manifest.has_bytes("s", "https://a/1", "aa")
        manifest.record_attempt(attempt("bb"))
        assert not manifest.has_bytes("s", "https://a/1", "aa")


def test_a_file_that_moved_to_another_address_is_no_news(home: Home) -> None:
    with Manifest(home.manifest) as manifest:
        manifest.record_attempt(attempt("aa"))
        assert manifest.has_bytes("s", "https://a/moved", "aa")
        assert not manifest.has_bytes("s", "https://a/moved", "bb")


def test_a_file_stays_pending_until_its_release_is_recorded(home: Home) -> None:
    """A kill between archiving and accepting must not make the next night say "unchanged" for ever."""
    with Manifest(home.manifest) as manifest:
        manifest.record_attempt(attempt("aa"))
        assert [each.sha256 for each in manifest.pending_files("s")] == ["aa"]
        manifest.record_release(release("aa"), [])
        assert manifest.pending_files("s") == []


def test_a_decision_is_added_and_shown_never_written_over(home: Home) -> None:
    check = CheckResult("rows", "critical", False, "0", "1", "why", "s", "s@2024-04~1")
    with Manifest(home.manifest) as manifest:
        manifest.record_attempt(attempt("aa"))
        manifest.record_release(release("aa", "quarantined"), [check])
        manifest.decide("s@2024-04~1", "accepted", "checked by phone", "MB", NOON)
        found = manifest.releases("s")[0]
        assert (found.state, found.decided_by, found.decision_reason) == ("accepted", "MB", "checked by phone")
        assert manifest.check_results("s@2024-04~1") == [check]
        assert [each.release_id for each in manifest.releases_without_event("s")] == ["s@2024-04~1"]
        manifest.mark_emitted(["s@2024-04~1"])
        assert manifest.releases_without_event("s") == []


def test_the_cells_that_a_check_put_in_doubt_are_kept_and_flagged_in_the_warehouse(home: Home) -> None:
    doubtful = CheckResult(
        "cell_against_last_release:cells", "warning", False, "10 became 100", "0.1", "why", "s", "s@2024-04~1",
        about="plausibility", cells=(("aa", "line 2"), ("aa", "line 9")),
    )  # fmt: skip
    untouched = CheckResult("rows", "warning", False, "few", "many", "why", "s", "s@2024-04~1", about="completeness")
    with Manifest(home.manifest) as manifest:
        manifest.record_release(release("aa"), [doubtful, untouched])
        kept = manifest.check_results()
    assert kept == [doubtful, untouched]
    with duckdb.connect() as connection:
        raw_tables.create_schema(connection, [])
        raw_tables.load_flagged_cells(connection, kept)
        rows = connection.execute("select * from raw.flagged_cells order by locator").fetchall()
    assert rows == [("s@2024-04~1", "aa", f"line {line}", "implausible") for line in (2, 9)]
