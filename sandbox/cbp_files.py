"""The sample's CBP Nationwide Encounters files, laid out from small tables in the agency's own CSV format.

Format as on https://www.cbp.gov/document/stats/nationwide-encounters: CRLF, ASCII, `Month Grouping` (`FYTD` up to
the month reached, else `Remaining`), `2024 (FYTD)` while the year is open, `UAC` for `UC / Single Minors` since 2025,
no row where nobody was counted. Counts are summed over citizenship (and, in the southwest, over demographic), and the
labels say so: they are Roxham's, not the agency's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sandbox import tables
from sandbox.folder import LaidOutFile

SOURCE = "cbp_nationwide_encounters"
LISTING_ADDRESS = "https://www.cbp.gov/document/stats/nationwide-encounters"
CITIZENSHIP = "ALL CITIZENSHIPS (SAMPLE)"
FISCAL_YEAR_MONTHS = 12

HEADERS = {
    "state": "Fiscal Year,Month Grouping,Month (abbv),Land Border Region,State,Demographic,Citizenship,"
    "Title of Authority,Encounter Count",
    "aor": "Fiscal Year,Month Grouping,Month (abbv),Component,Land Border Region,Area of Responsibility,AOR (Abbv),"
    "Demographic,Citizenship,Title of Authority,Encounter Type,Encounter Count",
}
KEYS = {
    "state": ("region", "state", "demographic", "authority"),
    "aor": ("component", "region", "area", "abbv", "demographic", "authority", "encounter_type"),
}
# Columns of the printed row after the three of time, before the count; None stands for the citizenship label.
PRINTED = {
    "state": ("region", "state", "demographic", None, "authority"),
    "aor": ("component", "region", "area", "abbv", "demographic", None, "authority", "encounter_type"),
}

Key = tuple[str, ...]
Cells = dict[tuple[int, str, Key], str]


@dataclass(frozen=True)
class Vintage:
    """One file of the listing: its window of fiscal years and the month reached in the last of them."""

    vintage: str
    published: str
    precision: str
    cut: str
    file_name: str
    first_year: int
    last_year: int
    through: str
    minors_label: str

    @property
    def months_reached(self) -> int:
        """How many months of the last fiscal year the file covers, 1 to 12."""
        return tables.FISCAL_MONTHS.index(self.through) + 1

    @property
    def covers_to(self) -> str:
        """The last reference month, calendar, `YYYY-MM`."""
        month = (self.months_reached + 8) % 12 + 1
        year = self.last_year - 1 if self.months_reached <= 3 else self.last_year
        return f"{year}-{month:02d}"

    def covers(self, fiscal_year: int, month: str) -> bool:
        """Whether the file's window reaches this month."""
        if not self.first_year <= fiscal_year <= self.last_year:
            return False
        return fiscal_year < self.last_year or tables.FISCAL_MONTHS.index(month) < self.months_reached


def vintages() -> list[Vintage]:
    """The sample's vintages, each cut's in order of publication."""
    return [
        Vintage(
            row["vintage"],
            row["published"],
            row["precision"],
            row["cut"],
            row["file_name"],
            int(row["first_year"]),
            int(row["last_year"]),
            row["through"],
            row["minors_label"],
        )
        for row in tables.rows("cbp_vintages")
    ]


def files() -> Iterator[LaidOutFile]:
    """Every CBP file of the sample."""
    known = vintages()
    for vintage in known:
        order = [v.vintage for v in known if v.cut == vintage.cut]
        yield laid_out(vintage, render(vintage, cells_of(vintage, order)), "northern border and southwest totals")


def laid_out(vintage: Vintage, body: bytes, note: str) -> LaidOutFile:
    """The file of one vintage with its line of releases.csv."""
    return LaidOutFile(
        source=SOURCE,
        vintage=vintage.vintage,
        file_name=vintage.file_name,
        agency_url=LISTING_ADDRESS,
        published=vintage.published,
        precision=vintage.precision,
        covers_to=vintage.covers_to,
        body=body,
        note=note,
    )


def newest_cells(cut: str) -> Cells:
    """Every printed count of a cut by fiscal year, month and key, as the newest vintage that covers it prints it."""
    cells: Cells = {}
    for row in tables.rows(f"cbp_{cut}"):
        key = tuple(row[name] for name in KEYS[cut])
        for month in tables.FISCAL_MONTHS:
            if row[month]:  # an empty cell is no row in the agency's file; a printed 0 is "0"
                cells[int(row["fiscal_year"]), month, key] = row[month]
    return cells


def cells_of(vintage: Vintage, order: list[str]) -> Cells:
    """What one vintage prints: the newest counts inside its window, with the earlier printed ones put back.

    Args:
        vintage: the file wanted.
        order: the vintages of its cut in order of publication, to read the spans of `cbp_<cut>_earlier`.
    """
    cells = {at: count for at, count in newest_cells(vintage.cut).items() if vintage.covers(at[0], at[1])}
    here = order.index(vintage.vintage)
    for row in tables.rows(f"cbp_{vintage.cut}_earlier"):
        at = (int(row["fiscal_year"]), row["month"], tuple(row[name] for name in KEYS[vintage.cut]))
        if not order.index(row["first_vintage"]) <= here <= order.index(row["last_vintage"]):
            continue
        if row["printed"]:
            cells[at] = row["printed"]
        else:
            cells.pop(at, None)
    return cells


def render(vintage: Vintage, cells: Cells) -> bytes:
    """The file's bytes: header, rows sorted as text column by column like the agency's, CRLF throughout."""
    lines = (",".join(parts) for parts in sorted(_lines(vintage, cells)))
    return "".join(f"{line}\r\n" for line in (HEADERS[vintage.cut], *lines)).encode("ascii")


def _lines(vintage: Vintage, cells: Cells) -> Iterable[tuple[str, ...]]:
    open_year = vintage.months_reached < FISCAL_YEAR_MONTHS
    reached = set(tables.FISCAL_MONTHS[: vintage.months_reached])
    for (fiscal_year, month, key), count in cells.items():
        label = f"{fiscal_year} (FYTD)" if open_year and fiscal_year == vintage.last_year else str(fiscal_year)
        grouping = "FYTD" if month in reached else "Remaining"
        yield label, grouping, month, *_labels(vintage, key), count


def _labels(vintage: Vintage, key: Key) -> Iterator[str]:
    named = dict(zip(KEYS[vintage.cut], key, strict=True))
    for name in PRINTED[vintage.cut]:
        if name is None:
            yield CITIZENSHIP
        elif named[name] == "UC / Single Minors":
            yield vintage.minors_label
        else:
            yield named[name]
