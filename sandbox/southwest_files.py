"""The sample's southwest border files: CBP's own tables, and what a bot scraped from its dashboard.

Forms as on https://www.cbp.gov/document/stats/southwest-land-border-encounters (October 2022: unsorted, counts as
`9584.0`, Title 42 of the Border Patrol as `Apprehensions`; May 2023: a workbook with a title above the table) and as in
the scrapes of https://www.cbp.gov/newsroom/stats/southwest-land-border-encounters (subtotals named `all` among the
detail; in September 2022 counts as `172,508`). Counts are summed over demographic and citizenship, and the labels say so.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterator
from itertools import product

from sandbox import tables
from sandbox.folder import LaidOutFile
from sandbox.workbook import Value, workbook

ENCOUNTERS, DASHBOARD = "cbp_southwest_encounters", "cbp_southwest_dashboard"
LISTING_ADDRESS = "https://www.cbp.gov/document/stats/southwest-land-border-encounters"
DASHBOARD_ADDRESS = "https://www.cbp.gov/newsroom/stats/southwest-land-border-encounters"
DEMOGRAPHIC, CITIZENSHIP = "ALL DEMOGRAPHICS (SAMPLE)", "ALL CITIZENSHIPS (SAMPLE)"
SUMMED = "totals by component and authority, summed over demographic and citizenship"

HEADER = (
    "Fiscal Year", "Month Grouping", "Month (abbv)", "Component", "Demographic", "Citizenship Grouping",
    "Title of Authority", "Encounter Type", "Encounter Count",
)  # fmt: skip
SCRAPED_HEADER = (
    "Fiscal Year-value", "Fiscal Year-alias", "Month (abbv)-value", "Month (abbv)-alias", "SUM(Encounter Count)-alias",
    "Citizenship Grouping", "Component", "Demographic", "Title of Authority",
)  # fmt: skip
# File name and last reference month by vintage.
FILES = {
    "2022-10": ("sbo-encounters-fy22-fy22.csv", "2022-09"),
    "2023-05": ("sbo-encounters-fy22-fy23-apr.xlsx", "2023-04"),
    "2024-12": ("sbo-encounters-fy22-fy23.csv", "2023-09"),
}
SCRAPES = {"2022-07-15": "2022-06", "2022-09-14": "2022-08", "2022-10-21": "2022-09"}
# The vintage in which the dashboard's table had counts with commas.
WITH_COMMAS = "2022-09-14"

Line = tuple[str, ...]


def files() -> Iterator[LaidOutFile]:
    """Every southwest border file of the sample, both sources."""
    for vintage, (name, covers_to) in FILES.items():
        yield LaidOutFile(
            ENCOUNTERS, vintage, name, LISTING_ADDRESS, vintage, "month", covers_to, _file(vintage), SUMMED
        )
    for vintage, covers_to in SCRAPES.items():
        body = _csv([SCRAPED_HEADER, *scraped_lines(vintage)], "\n")
        yield LaidOutFile(
            DASHBOARD, vintage, "encounters.csv", DASHBOARD_ADDRESS, vintage, "day", covers_to, body, SUMMED
        )


def lines(vintage: str) -> list[Line]:
    """The rows of one file, in the agency's order: sorted as text, in October 2022 not at all."""
    found = []
    for row, month, count in _counts("southwest_encounters", vintage):
        running = _reached(vintage, row["fiscal_year"]) < len(tables.FISCAL_MONTHS)
        year = f"{row['fiscal_year']} (FYTD)" if running else row["fiscal_year"]
        grouping = "FYTD" if tables.FISCAL_MONTHS.index(month) < _newest_reached(vintage) else "Remaining"
        labels = (row["component"], DEMOGRAPHIC, CITIZENSHIP, row["authority"], row["encounter_type"])
        found.append((year, grouping, month, *labels, f"{count}.0" if vintage == "2022-10" else count))
    shuffled = vintage == "2022-10"
    return sorted(found, key=lambda line: hashlib.sha256("".join(line).encode()).hexdigest() if shuffled else line)


def scraped_lines(vintage: str) -> Iterator[Line]:
    """The rows of one scrape: per month the detail and every subtotal that folds some of its breakdowns into `all`."""
    cube: Counter[tuple[str, str, Line]] = Counter()
    for row, month, count in _counts("southwest_dashboard", vintage):
        year = row["fiscal_year"] if _reached(vintage, row["fiscal_year"]) == 12 else f"{row['fiscal_year']} (FYTD)"
        labels = (CITIZENSHIP, row["component"], DEMOGRAPHIC, row["authority"])
        for folded in product((True, False), repeat=len(labels)):
            shown = tuple("all" if fold else label for fold, label in zip(folded, labels, strict=True))
            cube[year, month, shown] += int(count)
    for (year, month, shown), total in cube.items():
        yield year, year, month, month, f"{total:,}" if vintage == WITH_COMMAS else str(total), *shown


def _file(vintage: str) -> bytes:
    name, _ = FILES[vintage]
    if not name.endswith(".xlsx"):
        return _csv([HEADER, *lines(vintage)], "\r\n")
    title = name.removesuffix(".xlsx")
    rows: list[list[Value]] = [[title], list(HEADER)]
    rows += [[int(value) if value.isdigit() else value for value in line] for line in lines(vintage)]
    return workbook(f"Sheet 1 - {title}"[:31], rows)


def _csv(rows: list[Line], line_end: str) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=line_end).writerows(rows)
    return out.getvalue().encode("ascii")


def _counts(table: str, vintage: str) -> Iterator[tuple[dict[str, str], str, str]]:
    """Table row, month and count; an empty cell is a month that the vintage does not reach, or a row it lacks."""
    for row in tables.rows(table):
        for month in tables.FISCAL_MONTHS:
            if row["vintage"] == vintage and row[month]:
                yield row, month, row[month]


def _reached(vintage: str, fiscal_year: str) -> int:
    """How many months of that fiscal year the vintage covers."""
    last = FILES[vintage][1] if vintage in FILES else SCRAPES[vintage]
    year, month = int(last[:4]), int(last[5:])
    months = (year - int(fiscal_year)) * 12 + month + 3
    return min(months, len(tables.FISCAL_MONTHS))


def _newest_reached(vintage: str) -> int:
    """How many months of its newest fiscal year a file covers; the agency calls those months FYTD in every year."""
    return _reached(
        vintage, max(row["fiscal_year"] for row in tables.rows("southwest_encounters") if row["vintage"] == vintage)
    )
