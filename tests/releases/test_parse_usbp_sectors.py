"""The Border Patrol document is read cell by cell; what is not shaped as it promises is refused in clear words."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from ingest.catalog.lookups import resolve
from ingest.catalog.source import load_sources
from ingest.core.clock import FixedClock
from ingest.core.home import Home
from ingest.core.records import StructureError
from ingest.releases.intake import ReleaseOutcome, inspect
from ingest.releases.parsers import usbp_sector_monthly as parser
from pipeline import steps
from sandbox import sector_pdf

SOURCE = load_sources()["usbp_sector_monthly"]
MONTHS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12")


def small_page(year: int = 2018, total: str = "78") -> sector_pdf.SectorPage:
    rows = [("Swanton", *MONTHS, total), ("Northern Border", *MONTHS, total), ("Monthly Total", *MONTHS, total)]
    return sector_pdf.SectorPage(year, rows)


def written(folder: Path, *pages: sector_pdf.SectorPage) -> Path:
    file = folder / sector_pdf.FILE_NAME
    file.write_bytes(sector_pdf.render(pages))
    return file


def looked_at(home: Home, file: Path) -> ReleaseOutcome:
    return inspect(home, SOURCE, file, FixedClock.on(dt.date(2024, 5, 22)), steps.validate_load)


def test_every_cell_carries_its_page_title_notes_and_a_locator(tmp_path: Path) -> None:
    [table] = parser.parse(written(tmp_path, small_page(), small_page(2019)), sector_pdf.FILE_NAME)
    rows = list(table)  # type: ignore[call-overload]
    assert len(rows) == 2 * 3 * 13
    assert rows[39][:2] == ("2", "Total Illegal Alien Apprehensions By Month - FY 2019")
    assert rows[39][-3:] == ("October", "1", 'page 2 · row "Swanton" · column "October"')


def test_a_row_head_of_two_lines_is_one_label(tmp_path: Path) -> None:
    page = sector_pdf.SectorPage(2018, [("Big Bend\n(formerly Marfa)", *MONTHS, "78")])
    [table] = parser.parse(written(tmp_path, page), sector_pdf.FILE_NAME)
    assert {row[3] for row in table} == {"Big Bend (formerly Marfa)"}  # type: ignore[union-attr]


def test_a_cell_is_found_again_and_one_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    file = written(tmp_path, small_page())
    [cell] = parser.cells(file, ['page 1 · row "Swanton" · column "September"'])
    assert (cell.printed, cell.row_head, cell.column_head) == ("12", "Swanton", "September")
    for locator in ('page 1 · row "Atlantis" · column "May"', 'page 7 · row "Swanton" · column "May"', "line 3"):
        with pytest.raises(LookupError, match="no cell at"):
            parser.cells(file, [locator])


def test_a_document_of_hundreds_of_pages_is_refused_before_it_is_read(tmp_path: Path) -> None:
    pdf = sector_pdf.document()
    for _ in range(parser.MOST_PAGES + 1):
        pdf.add_page()
    file = tmp_path / "long.pdf"
    file.write_bytes(bytes(pdf.output()))
    with pytest.raises(StructureError, match="101 pages"):
        parser.parse(file, file.name)


def test_renamed_sectors_are_the_sectors_that_they_became() -> None:
    place = SOURCE.lookups["place"]
    assert resolve(place, "Big Bend (formerly Marfa)") == resolve(place, "Big Bend") == "usbp-sector-big-bend"
    assert resolve(place, "Rio Grande Valley (formerly McAllen)") == "usbp-sector-rio-grande-valley"
    assert resolve(place, "Livermore*") == "usbp-sector-livermore"
    assert resolve(place, "Marfa") is None


def test_the_sample_document_is_the_same_bytes_every_time() -> None:
    assert sector_pdf.render(sector_pdf.pages()) == sector_pdf.render(sector_pdf.pages())


@pytest.mark.slow
def test_totals_that_do_not_add_up_are_told_and_do_not_stop_the_document(home: Home, tmp_path: Path) -> None:
    rows = [
        ("Swanton", *MONTHS, "78"),
        ("Northern Border", "2", *MONTHS[1:], "79"),
        ("Monthly Total", "2", *MONTHS[1:], "80"),
    ]
    outcome = looked_at(home, written(tmp_path, sector_pdf.SectorPage(2018, rows)))
    assert outcome.release.state == "accepted"
    told = {check.check: check.observed or "" for check in outcome.failed_checks}
    assert set(told) == {"rows_sum_to_total", "months_sum_to_year"}
    assert "Northern Border, October: parts sum to 1, printed 2" in told["rows_sum_to_total"]
    assert "Monthly Total, Yearly Total: parts sum to 79, printed 80" in told["rows_sum_to_total"]
    assert "Monthly Total: months sum to 79, the yearly total prints 80" in told["months_sum_to_year"]


@pytest.mark.slow
def test_the_sample_document_passes_without_a_warning(home: Home, tmp_path: Path) -> None:
    outcome = looked_at(home, written(tmp_path, *sector_pdf.pages()))
    assert (outcome.release.state, outcome.failed_checks) == ("accepted", [])
    assert (outcome.release.first_month, outcome.release.last_month) == (dt.date(2016, 10, 1), dt.date(2020, 9, 1))
