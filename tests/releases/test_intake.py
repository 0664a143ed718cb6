"""What becomes a release of its own: pages that change, go back, or break, night by night."""

from __future__ import annotations

from ingest.archive.manifest import Manifest
from ingest.catalog.source import load_sources
from ingest.core.home import Home
from ingest.core.records import Release
from ingest.releases.intake import process_release
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
