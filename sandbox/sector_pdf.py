"""The sample's Border Patrol document: a PDF of our own writing in the layout of the agency's, northern sectors only.

Layout as on https://www.cbp.gov/document/stats/us-border-patrol-monthly-encounters-fy-2000-fy-2020: a page a fiscal
year, a ruled table of sectors, border subtotals and the monthly total, notes above or below. The bytes are a function
of the table `usbp_sectors` alone: the date inside the file is fixed and nothing is compressed by a clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from fpdf import FPDF
from fpdf.enums import MethodReturnValue

from sandbox import tables
from sandbox.folder import LaidOutFile

SOURCE = "usbp_sector_monthly"
LISTING_ADDRESS = "https://www.cbp.gov/document/stats/us-border-patrol-monthly-encounters-fy-2000-fy-2020"
FILE_NAME = "us_border_patrol_monthly_encounters_fy2000-fy2020-508.pdf"
PUBLISHED = "2021-08-09"
WRITTEN = dt.datetime(2021, 8, 9, tzinfo=dt.UTC)
HEADING = "United States Border Patrol"
SAMPLE_NOTE = "ROXHAM SAMPLE, not the agency's document."
LIVERMORE_NOTE = "*Livermore Sector was closed after FY 2004"
TITLE_42_NOTE = (
    "Beginning in March FY20, USBP encounters statistics include both Title 8 apprehensions and Title 42 expulsions."
)
HEADS = (
    "SECTOR", "October", "November", "December", "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "Yearly Total",
)  # fmt: skip
FIRST_YEAR_OF_ENCOUNTERS = 2020
ROW_HEIGHT = 6
WIDTHS = (38, *(17.5,) * 12, 21)


@dataclass(frozen=True)
class SectorPage:
    """One page: a fiscal year, its rows as printed (row head, twelve months, yearly total) and the words around it."""

    fiscal_year: int
    rows: Sequence[Sequence[str]]
    above: Sequence[str] = ()
    below: Sequence[str] = ()
    heads: Sequence[str] = field(default=HEADS)

    @property
    def title(self) -> str:
        """The page's title; from fiscal 2020 on the document counts encounters."""
        counted = "Encounters by" if self.fiscal_year >= FIRST_YEAR_OF_ENCOUNTERS else "Illegal Alien Apprehensions By"
        return f"Total {counted} Month - FY {self.fiscal_year}"


def files() -> Iterator[LaidOutFile]:
    """The document of the sample."""
    yield LaidOutFile(
        source=SOURCE,
        vintage=PUBLISHED,
        file_name=FILE_NAME,
        agency_url=LISTING_ADDRESS,
        published=PUBLISHED,
        precision="day",
        covers_to="2020-09",
        body=render(pages()),
        note="fiscal 2017 to 2020, northern sectors and the printed subtotals",
    )


def pages() -> list[SectorPage]:
    """The sample's pages, in order of fiscal year."""
    by_year: dict[int, list[list[str]]] = {}
    for row in tables.rows("usbp_sectors"):
        _, *printed = row.values()
        by_year.setdefault(int(row["fiscal_year"]), []).append(printed)
    return [_page(year, rows) for year, rows in sorted(by_year.items())]


def _page(year: int, rows: Sequence[Sequence[str]]) -> SectorPage:
    above = (SAMPLE_NOTE, TITLE_42_NOTE) if year >= FIRST_YEAR_OF_ENCOUNTERS else (SAMPLE_NOTE,)
    marked = any(row[0].endswith("*") for row in rows)
    return SectorPage(year, rows, above, (LIVERMORE_NOTE,) if marked else ())


def render(wanted: Sequence[SectorPage]) -> bytes:
    """The PDF's bytes, the same every time."""
    pdf = document()
    for page in wanted:
        pdf.add_page()
        for line in (HEADING, page.title, *page.above):
            pdf.cell(0, ROW_HEIGHT, line, align="C", new_x="LMARGIN", new_y="NEXT")
        _table(pdf, [page.heads, *page.rows])
        for line in page.below:
            pdf.cell(0, ROW_HEIGHT, line, new_x="LMARGIN", new_y="NEXT")
    return bytes(pdf.output())


def document() -> FPDF:
    """An empty PDF with nothing of the clock in it."""
    pdf = FPDF(orientation="landscape", unit="mm", format="letter")
    pdf.set_creation_date(WRITTEN)
    pdf.set_title("Border Patrol encounters by sector, written by Roxham")
    pdf.set_producer("Roxham sandbox")
    pdf.set_margins(10, 10)
    pdf.set_auto_page_break(False)
    pdf.set_font("helvetica", size=8)
    return pdf


def _table(pdf: FPDF, rows: Sequence[Sequence[str]]) -> None:
    for row in rows:
        lines = max(len(_wrapped(pdf, width, text)) for width, text in zip(WIDTHS, row, strict=False))
        top, left = pdf.get_y(), pdf.l_margin
        for width, text in zip(WIDTHS, row, strict=False):
            pdf.rect(left, top, width, ROW_HEIGHT * lines)
            pdf.set_xy(left, top)
            pdf.multi_cell(width, ROW_HEIGHT, text, align="C")
            left += width
        pdf.set_xy(pdf.l_margin, top + ROW_HEIGHT * lines)


def _wrapped(pdf: FPDF, width: float, text: str) -> list[str]:
    lines = pdf.multi_cell(width, ROW_HEIGHT, text, dry_run=True, output=MethodReturnValue.LINES)
    return lines if isinstance(lines, list) else [text]
