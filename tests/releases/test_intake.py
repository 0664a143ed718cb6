"""What becomes a release of its own: pages that change, go back, or break, night by night."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from openpyxl import load_workbook

from ingest.archive.manifest import Manifest
from ingest.archive.objects import Archive
from ingest.catalog.source import Source, load_sources
from ingest.core.home import Home
from ingest.core.records import Attempt, CheckResult, Published, Release
from ingest.releases import raw_tables
from ingest.releases.intake import judge_again, process_release
from monitoring.alerts import of_quarantine
from tests.support.folders import IRCC
from tests.support.pages import archived, page, rcmp_rows, table


def taken_in(home: Home) -> list[Release]:
    return [each.release for each in process_release(home, load_sources()[IRCC], lambda *_: [])]


def test_a_page_that_goes_back_to_its_earlier_bytes_is_a_release_of_the_day_it_was_seen(home: Home) -> None:
    """It once had the first release's id and turned that one from accepted to quarantined."""
    first, second = page(), page([table("RCMP Interceptions", rcmp_rows("11", "1", "12"))])
    for night, text in enumerate((first, second, first)):
        archived(home, text, night)
        [release] = taken_in(home)
        assert release.state == "accepted"
    with Manifest(home.manifest) as manifest:
        releases = manifest.releases(IRCC, "accepted")
    assert [each.published.basis for each in releases] == ["document", "document", "first_seen"]
    assert releases[0].files[0].sha256 == releases[2].files[0].sha256


def test_two_edits_of_a_page_under_one_date_are_two_releases_in_the_order_of_the_nights(home: Home) -> None:
    archived(home, page([table("RCMP Interceptions", rcmp_rows("12", "1", "13"))]), 0)
    archived(home, page(), 1)
    assert [len(each.files) for each in taken_in(home)] == [1, 1]
    with Manifest(home.manifest) as manifest:
        assert [each.retrieved_at.day for each in manifest.releases(IRCC)] == [1, 2]


def test_a_table_without_rows_is_quarantined_and_the_other_release_goes_on(home: Home) -> None:
    """It once ended the whole replay with "not enough values to unpack"."""
    archived(
        home,
        page([table("RCMP Interceptions", rcmp_rows()), "<table><caption>Air Ports of Entry</caption></table>"]),
        0,
    )
    archived(home, page(year=2022), 1, "asylum-claims-2022.html")
    assert {each.state for each in taken_in(home)} == {"accepted", "quarantined"}


def test_a_file_over_which_our_own_code_breaks_is_told_as_a_fault_of_ours(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was told as `structure_changed`: the agency's page was blamed for a mistake in the code that loads it."""

    def broken(*_: object) -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(raw_tables, "load_lookups", broken)
    archived(home, page(), 0)
    [outcome] = process_release(home, load_sources()[IRCC], lambda *_: [])
    [check] = [each for each in outcome.checks if each.blocks]
    assert (check.check, check.about, outcome.release.state) == ("broken_check:parse", "check", "quarantined")
    [finding] = of_quarantine(IRCC, [outcome.release], {outcome.release.release_id: outcome.checks})
    assert finding.alert == "load_quarantined" and "Roxham's own code broke over it" in finding.what


CLAIMANTS = "ircc_asylum_claimants"
KNOWN = ("EN_ODP-Asylum-PT_Age.xlsx", "EN_ODP-Asylum-PT_Gender.xlsx")
GOLDEN = Path(__file__).parents[1] / "golden"


def workbooks_of_one_night(home: Home, contents: dict[str, Path]) -> None:
    archive = Archive(home)
    with Manifest(home.manifest) as manifest:
        for name, file in contents.items():
            manifest.record_attempt(
                Attempt(
                    source_id=CLAIMANTS, resource_id="workbook", url=f"https://example.org/{name}", outcome="archived",
                    retrieved_at=dt.datetime(2024, 4, 2, 12, tzinfo=dt.UTC), sha256=archive.put_file(file),
                    bytes=file.stat().st_size, published=Published("2024-04-02", "day", "listing"), file_name=name,
                )
            )  # fmt: skip


@pytest.mark.parametrize("times", [1, 2])
def test_an_unknown_workbook_is_set_aside_and_its_siblings_are_taken_in(home: Home, tmp_path: Path, times: int) -> None:
    """One workbook that no parser knew once quarantined its seven siblings, each blamed for a head that only it had."""
    known = {name: GOLDEN / CLAIMANTS / name for name in KNOWN}
    unknown = tmp_path / "EN_ODP-Asylum-PT_Height.xlsx"
    book = load_workbook(known[KNOWN[0]])
    book.worksheets[0]["A3"] = "Province/Territory and Height"
    book.save(unknown)
    workbooks_of_one_night(home, known | {unknown.name: unknown})
    source = load_sources()[CLAIMANTS]
    for _ in range(times):
        outcomes = process_release(home, source, lambda *_: [])
        judge_again(home, source, lambda *_: [])
    with Manifest(home.manifest) as manifest:
        taken, aside = manifest.releases(CLAIMANTS, "accepted"), manifest.releases(CLAIMANTS, "set_aside")
        assert [[file.file_name for file in each.files] for each in taken] == [list(KNOWN)]
        assert [[file.file_name for file in each.files] for each in aside] == [[unknown.name]]
        [why] = [each for each in manifest.check_results(aside[0].release_id) if each.blocks]
        assert why.check == "known_file" and unknown.name in (why.observed or "")
        assert manifest.pending_files(CLAIMANTS) == manifest.ledger_faults() == []
    if times == 1:
        assert [each.release.state for each in outcomes] == ["accepted", "set_aside"]


def refusing(*names: str) -> Callable[..., list[CheckResult]]:
    """A validation that stops every release which holds one of these files."""

    def validate(warehouse: Path, source: Source, release_id: str) -> list[CheckResult]:
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            asked = "select file_name from raw.release_files where release_id = ?"
            held = {name for (name,) in connection.execute(asked, [release_id]).fetchall()}
        stopped = not held.isdisjoint(names)
        return [CheckResult("any", "critical", not stopped, "it", "that", "a test", source.id, release_id)]

    return validate


def test_a_release_that_was_stopped_whole_is_parted_by_a_retry_and_the_ledger_knows_it(home: Home) -> None:
    """The parts take the place of the whole, which leaves no row behind: `roxham verify` must not call that a loss."""
    workbooks_of_one_night(home, {name: GOLDEN / CLAIMANTS / name for name in KNOWN})
    source = load_sources()[CLAIMANTS]
    [whole] = process_release(home, source, refusing(*KNOWN))
    assert (whole.release.state, len(whole.release.files)) == ("quarantined", 2)
    parted = judge_again(home, source, refusing(KNOWN[0]))
    assert [(each.release.state, each.release.files[0].file_name) for each in parted] == [
        ("accepted", KNOWN[1]), ("quarantined", KNOWN[0]),
    ]  # fmt: skip
    with Manifest(home.manifest) as manifest:
        assert {each.release_id for each in manifest.releases(CLAIMANTS)} == {
            each.release.release_id for each in parted
        }
        assert manifest.ledger_faults() == manifest.pending_files(CLAIMANTS) == []
        manifest.connection.execute("pragma foreign_keys = off")
        manifest.connection.execute("delete from releases where state = 'accepted'")
        assert any("is missing: the manifest had it" in each for each in manifest.ledger_faults())


def test_a_file_that_changed_its_shape_is_quarantined_alone(home: Home, tmp_path: Path) -> None:
    changed = tmp_path / KNOWN[0]
    book = load_workbook(GOLDEN / CLAIMANTS / KNOWN[0])
    book.worksheets[0].delete_cols(2)
    book.save(changed)
    workbooks_of_one_night(home, {KNOWN[0]: changed, KNOWN[1]: GOLDEN / CLAIMANTS / KNOWN[1]})
    outcomes = process_release(home, load_sources()[CLAIMANTS], lambda *_: [])
    assert [(each.release.state, each.release.files[0].file_name) for each in outcomes] == [
        ("accepted", KNOWN[1]), ("quarantined", KNOWN[0]),
    ]  # fmt: skip
