"""Nights in a world small enough to be read: two sources, two vintages each, served by the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ingest.agency import http
from ingest.agency.fetch import FetchReport
from ingest.agency.http import Limits
from ingest.archive.manifest import Manifest
from ingest.archive.objects import Archive
from ingest.core.clock import FixedClock
from ingest.core.home import Home
from ingest.core.records import Attempt
from ingest.releases.intake import ReleaseOutcome
from pipeline import steps
from sandbox import Sandbox
from tests.support.folders import CBP, IRCC, ReleasesFolder
from tests.support.pages import AOR_HEADER, csv_file, page, rcmp_rows, state_line, table

FIRST, SECOND = "2023-11-20", "2023-12-20"
PAGE = "asylum-claims-2022.html"
PAGE_URL = f"https://www.canada.ca/en/immigration-refugees-citizenship/services/refugees/asylum-claims/{PAGE}"
LISTING_URL = "https://www.cbp.gov/document/stats/nationwide-encounters"
QUICK = Limits(connect_seconds=2, read_seconds=0.5, retries=1, backoff_seconds=0, pause_seconds=0)


def aor_line(
    count: object = 5, month: str = "OCT", area: str = "Buffalo Field Office", year: str = "2024 (FYTD)"
) -> str:
    """One line of the -aor cut, the sibling of ``state_line``."""
    abbreviation = area.removesuffix(" Field Office")
    return (
        f"{year},FYTD,{month},Office of Field Operations,Northern Land Border,{area},{abbreviation},Single Adults,"
        f"CANADA,Title 8,Inadmissibles,{count}"
    )


def cuts(month: str, **counts: object) -> dict[str, str]:
    """Both files of one CBP release: a count a month of the running fiscal year."""
    name = f"nationwide-encounters-fy24-fy24-{month}"
    state = [state_line(count, month=label) for label, count in counts.items()]
    aor = [aor_line(count, month=label) for label, count in counts.items()]
    return {f"{name}-state.csv": csv_file(*state), f"{name}-aor.csv": csv_file(*aor, header=AOR_HEADER)}


def rcmp_page(modified: str, december: str = "10", total: str = "11") -> str:
    """The page of 2022; ``december`` is what it prints for Quebec in that month, ``total`` in its total row."""
    quebec, elsewhere, printed = rcmp_rows()
    quebec[12], printed[12] = december, total
    return page([table("RCMP Interceptions", [quebec, elsewhere, printed])], year=2022, modified=modified)


def two_vintages(root: Path) -> Path:
    """November and December of both sources; the later ones revise a figure each."""
    folder = ReleasesFolder(root)
    for published, month, counts in ((FIRST, "oct", {"OCT": 5}), (SECOND, "nov", {"OCT": 6, "NOV": 7})):
        for name, text in cuts(month, **counts).items():
            folder.add(CBP, published, name, text)
    folder.add(IRCC, FIRST, PAGE, rcmp_page(FIRST))
    folder.add(IRCC, SECOND, PAGE, rcmp_page(SECOND, december="12", total="13"))
    for row in folder.rows:
        row["agency_url"] = PAGE_URL if row["source"] == IRCC else LISTING_URL
    folder.write_index()
    return root


@dataclass
class Nights:
    """A home whose agency is the sandbox; the sandbox's clock is the only one."""

    home: Home
    agency: Sandbox

    @property
    def clock(self) -> FixedClock:
        return FixedClock.on(self.agency.date)

    def fetch(self, source_id: str) -> FetchReport:
        return steps.fetch(self.home, source_id, self.clock)

    def process_release(self, source_id: str) -> list[ReleaseOutcome]:
        return steps.process_release(self.home, source_id, self.clock)

    def attempts(self, source_id: str) -> list[Attempt]:
        with Manifest(self.home.manifest) as manifest:
            return manifest.attempts(source_id)

    def archived(self) -> set[str]:
        """The hash of everything that the archive holds, each read back and checked."""
        archive = Archive(self.home)
        hashes = {path.name for path in self.home.objects.glob("??/*")}
        for sha256 in hashes:
            archive.read(sha256)
        return hashes


@contextmanager
def quick_agency(address: str, limits: Limits = QUICK) -> Iterator[None]:
    """All agency traffic goes to that address, with limits that a test can wait for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROXHAM_AGENCY", address)
        patch.setattr(http, "Limits", lambda: limits)
        yield
