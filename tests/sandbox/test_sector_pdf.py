"""The Border Patrol document is offered on a listing page of its own, and found there as on the agency's."""

from __future__ import annotations

from ingest.agency.fetch import fetch_source
from ingest.agency.http import AgencySession
from ingest.archive.manifest import Manifest
from ingest.archive.objects import Archive
from ingest.catalog.source import load_sources
from ingest.core.clock import FixedClock
from ingest.core.home import Home
from sandbox import Sandbox, sector_pdf

SOURCE = load_sources()["usbp_sector_monthly"]


def test_the_document_is_discovered_on_its_listing_page_and_dated_by_it(agency: Sandbox, home: Home) -> None:
    agency.set_date("2025-10-15")
    with Manifest(home.manifest) as manifest, AgencySession(SOURCE.resources.domains, agency=agency.address) as session:
        report = fetch_source(SOURCE, Archive(home), manifest, FixedClock.on(agency.date), session=session)
        again = fetch_source(SOURCE, Archive(home), manifest, FixedClock.on(agency.date), session=session)
    assert [(each.role, each.outcome) for each in report.attempts] == [("listing", "archived"), ("data", "archived")]
    found = report.attempts[1]
    assert (found.file_name, found.sniffed_type) == (sector_pdf.FILE_NAME, "pdf")
    assert found.published is not None
    assert (found.published.text, found.published.basis) == (sector_pdf.PUBLISHED, "listing")
    assert {each.outcome for each in again.attempts} == {"unchanged"}
