"""Small workbooks of our own writing, shaped like the agencies': for golden rows, cases that must fail, and tests.

`python -m tests.support.workbooks` writes those that are kept as files. The same words give the same bytes: openpyxl stamps the
time of writing into a workbook and its container, so both are packed again with a fixed one.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

HERE = Path(__file__).resolve().parents[1]
Table = list[list[Any]]
Sheets = dict[str, Table]
FIXED = "2024-01-01T00:00:00Z"
KHSM, MONTHLY, FRONTEX = "ohss_khsm_usbp_encounters", "ohss_monthly_tables", "frontex_detections"
NAMES = {
    KHSM: "KHSM-Encounters-USBP-fy24m11.xlsx",
    MONTHLY: "2024_0115_ohss_immigration-enforcement-and-legal-processes-tables-november-2023.xlsx",
    FRONTEX: "Monthly_detections_of_IBC.xlsx",
}


def pack(sheets: Mapping[str, Table], merged: Mapping[str, Sequence[str]] | None = None) -> bytes:
    """The sheets as the bytes of an XLSX workbook."""
    workbook = Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
        for cells in (merged or {}).get(name, ()):
            sheet.merge_cells(cells)
    raw, packed = io.BytesIO(), io.BytesIO()
    workbook.save(raw)
    with zipfile.ZipFile(raw) as before, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as after:
        for member in before.namelist():
            content = before.read(member)
            if member == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", FIXED.encode(), content)
            after.writestr(zipfile.ZipInfo(member, (2024, 1, 1, 0, 0, 0)), content)
    return packed.getvalue()


# Border Patrol encounters: fiscal year, month, region, sector, citizenship, family status, exact count.
ENCOUNTERS = [
    (2023, "11 August", "Northern Land Border", "Swanton, VT", "Mexico", "Single Adults", 336),
    (2023, "12 September", "Northern Land Border", "Swanton, VT", "Mexico", "Single Adults", 424),
    (2023, "12 September", "Northern Land Border", "Swanton, VT", "Canada", "Family Unit Individuals", 13),
    (
        2023,
        "11 August",
        "Southwest Land Border",
        "Tucson, AZ",
        "China, People's Republic",
        "Unaccompanied Children",
        508,
    ),
    (2023, "12 September", "Southwest Land Border", "Tucson, AZ", "Mexico", "Single Adults", 1204),
    (2024, "01 October", "Southwest Land Border", "Tucson, AZ", "Mexico", "Single Adults", 777),
    (2024, "01 October", "Northern Land Border", "Swanton, VT", "Mexico", "Single Adults", 55),
    (2024, "02 November", "Southwest Land Border", "Tucson, AZ", "Mexico", "Single Adults", 641),
    (2024, "02 November", "Northern Land Border", "Swanton, VT", "Canada", "Family Unit Individuals", 81),
]
HEADS = ("Fiscal\nYear", "Month", "Region", "Sector", "Citizenship", "Family Status")
LISTS = {
    "Count": (), "Citizenship": (4,), "Region": (2,), "Family Status": (5,), "Sector": (3,), "Rgn and Citp": (2, 4),
    "Rgn and Fam Status": (2, 5), "Rgn and Sector": (2, 3),
}  # fmt: skip


def khsm() -> Sheets:
    """The sixteen lists of OHSS's workbook, rounded to ten one by one; a count that rounds to nothing has no row."""
    sheets: Sheets = {}
    for name, by in LISTS.items():
        sheets[f"Annual {name}"] = _list((0, *by))
        sheets[f"Monthly {name}"] = _list((0, 1, *by))
    # Another vintage has its columns in another order.
    for moved in ("Annual Sector", "Monthly Region"):
        sheets[moved] = [[row[-1], *row[:-1]] for row in sheets[moved]]
    return sheets


def _list(columns: Sequence[int]) -> Table:
    sums: dict[tuple[Any, ...], int] = {}
    for each in ENCOUNTERS:
        key = tuple(each[column] for column in columns)
        sums[key] = sums.get(key, 0) + each[-1]
    rounded = [(key, (total + 5) // 10 * 10) for key, total in sorted(sums.items())]
    rows = [[*map(str.strip, map(str, key[1:])), total] for key, total in rounded]
    return [
        [*(HEADS[column] for column in columns), "Quantity"],
        *([key[0], *row] for (key, total), row in zip(rounded, rows, strict=True) if total),
    ]


BACK = ["Return to Table of Contents.", None, '* Please click on the "plus" sign to the left of the years.']
NOTES = [
    ["Notes: To protect privacy, table cells are rounded to the nearest ten."],
    ["Source: Office of Homeland Security Statistics Persist Dataset."],
]
SPAN = ": Fiscal Years 2023 to 2024 YTD (November 2023)"
TITLES = {
    "CBP Encounter by Type + Region": ("Encounters", "Nationwide CBP Encounters by Encounter Type and Region"),
    "SWB Encounters by Family Status": ("Encounters", "CBP SW Border Encounters by Agency and Family Status"),
    "SWB Enc by Sector+Field Ofc": ("Encounters", "CBP SW Border Encounters by Agency and Sector or Field Office"),
    "CBP One Appointments": ("CBP One", "CBP One Appointments"),
    "DHS Repats by Type": ("DHS Repatriations", "DHS Repatriations by Type"),
    "ICE Book-Ins by Arrest Agency": ("Detentions", "Book-Ins to ICE Detention by Initial Arresting Agency"),
}


def monthly() -> Sheets:
    """Six of the Monthly Tables: merged heads, a label on a block's first row only, X and NA, notes below."""
    sheets = {
        "TOC": [["Table of Contents"], [], ["Category", "Table", "Starting Date"],
                *([category, title, 2023] for category, title in TITLES.values()), ["Note: see the glossary."]],
        "CBP Encounter by Type + Region": [
            [None, None, "Total CBP", None, None, "Enforcement Encounters1", None],
            ["Fiscal Year", "Month", "Total", "SW Land Border", "Northern Land Border", "SW Land Border", "Total"],
            [2023, "Total", 5210, 5000, 210, 4400, 4400], [None, "August", 2510, 2400, 100, 2100, 2100],
            [None, "September", 2700, 2600, 110, 2300, 2300],
            ["2024 YTD", "Total", 1900, 1800, 100, 1500, 1500], [None, "October", 900, 850, 50, 700, 700],
            [None, "November", 1000, 950, 50, 800, 800],
        ],
        "SWB Encounters by Family Status": [
            [None, None, "Total CBP", None, "OFO", None],
            ["Fiscal Year", "Month", "Total", "Single Adults1", "Total", "Accompanied Minors (OFO)4"],
            [2023, "Total", 5000, 4500, 500, "NA"], [None, "August", 2400, 2200, 200, "NA"],
            [None, "September", 2600, 2300, 300, "NA"],
            ["2024 YTD", "Total", 1800, 1700, 100, 10], [None, "October", 850, 800, 50, 0],
            [None, "November", 950, 900, 50, 10],
        ],
        "SWB Enc by Sector+Field Ofc": [
            [None, None, None, "USBP", None, "OFO", None],
            ["Fiscal Year", "Month", "Total CBP", "Total USBP", "Tucson, AZ", "Total OFO", "Tucson, AZ"],
            [2023, "Total", 5000, 4500, 4500, 500, 500], [None, "August", 2400, 2200, 2200, 200, 200],
            [None, "September", 2600, 2300, 2300, 300, 300],
            ["2024 YTD", "Total", 1800, 1700, 1700, 100, 100], [None, "October", 850, 800, 800, 50, 50],
            [None, "November", 950, 900, 900, 50, 50],
        ],
        "CBP One Appointments": [
            ["Fiscal Year", "Month", "Total", "Haiti", "Other"],
            [2023, "Total", 60, 40, 20], [None, "August", "X", "X", "X"], [None, "September", 60, 40, 20],
            ["2024 YTD", "Total", 150, 100, 50], [None, "October", 70, 50, 20], [None, "November", 80, 50, 30],
        ],
        "DHS Repats by Type": [
            [None, None, "Total Repatriations", None, "DHS Removals1", None],
            ["Fiscal Year", "Month", "Total Repatriations3", "Title 42 Expulsions6", "Total Removals", "Other Removals"],
            [2023, "Total", 900, 100, 500, 500], [None, "August", 400, 100, 200, 200],
            [None, "September", 500, 0, 300, 300],
            ["2024 YTD", "Total", 800, "X", 400, 400], [None, "October", 400, "X", 200, 200],
            [None, "November", 400, "X", 200, 200],
        ],
        "ICE Book-Ins by Arrest Agency": [
            ["Fiscal Year", "Month", "Total", "CBP"],
            [2023, "Total", 210, 110], [None, "August", 100, 50], [None, "September", 110, 60],
            ["2024 YTD", "Total", 30, 20], [None, "October", 10, 10], [None, "November", 20, 10],
        ],
    }  # fmt: skip
    return {
        name: rows if name == "TOC" else [list(BACK), [TITLES[name][1] + SPAN], *rows, *map(list, NOTES)]
        for name, rows in sheets.items()
    }


MERGED = {
    "CBP Encounter by Type + Region": ("C3:E3", "F3:G3"), "SWB Encounters by Family Status": ("C3:D3", "E3:F3"),
    "SWB Enc by Sector+Field Ofc": ("D3:E3", "F3:G3"), "DHS Repats by Type": ("C3:D3", "E3:F3"),
}  # fmt: skip


def frontex() -> Sheets:
    """Frontex's three sheets, zeros printed, with the mark behind Palestine and the star behind Kosovo."""
    return {
        "Detections_of_IBC": [
            ["Route", "Border type or inland", "Nationality", "FEB2024", "MAR2024", "APR2024"],
            ["Central Mediterranean Route", "Sea", "Bangladesh", 41, 0, 7],
            ["Central Mediterranean Route", "Sea", "Palestine^", 0, 2, 1],
            ["Western Balkan Route", "Land", "Türkiye", 120, 98, 101],
            ["Western Balkan Route", "Land", "Kosovo*", 0, 0, 0],
        ],
        "Notes": [["Definition: detections on entry."], [None], ["Source: FRAN data as of 03MAY24"], ["Notes:"]],
        "Dictionary": [["Route", "Zones included"], ["Central Mediterranean", "Italy and Malta sea borders"]],
    }


BASE: dict[str, Callable[[], Sheets]] = {KHSM: khsm, MONTHLY: monthly, FRONTEX: frontex}


def changed(source: str, *changes: tuple[str, int, int, Any]) -> Sheets:
    """The source's small workbook with cells (sheet, row and column from 1) set to something else."""
    sheets = BASE[source]()
    for name, row, column, value in changes:
        cells = sheets[name][row - 1]
        cells.extend([None] * (column - len(cells)))
        cells[column - 1] = value
    return sheets


def without(source: str, *sheets: str) -> Sheets:
    """The source's small workbook without those sheets."""
    return {name: rows for name, rows in BASE[source]().items() if name not in sheets}


TYPE, DETECTIONS = "CBP Encounter by Type + Region", "Detections_of_IBC"
# Each is wrong in one way; tests/failed_cases/index.csv says which check refuses it, and in what words.
FAILED: dict[str, dict[str, Callable[[], Sheets]]] = {
    KHSM: {
        "column_nobody_reads": lambda: changed(KHSM, ("Monthly Count", 1, 4, "Title")),
        "quantity_renamed": lambda: changed(KHSM, ("Annual Count", 1, 2, "Encounters")),
        "region_left_empty": lambda: changed(KHSM, ("Annual Region", 2, 2, None)),
        "sheet_unknown": lambda: BASE[KHSM]() | {"Monthly Age": BASE[KHSM]()["Monthly Count"]},
        "sheet_lost": lambda: without(KHSM, "Monthly Sector"),
        "sector_unknown": lambda: changed(KHSM, ("Monthly Sector", 2, 3, "Atlantis, AT")),
        "count_is_a_word": lambda: changed(KHSM, ("Monthly Count", 2, 3, "many")),
        "line_printed_twice": lambda: BASE[KHSM]() | {
            "Monthly Count": [*BASE[KHSM]()["Monthly Count"], BASE[KHSM]()["Monthly Count"][-1]]},
    },
    MONTHLY: {
        "contents_missing": lambda: without(MONTHLY, "TOC"),
        "head_missing": lambda: changed(MONTHLY, (TYPE, 4, 5, None)),
        "figure_below_the_notes": lambda: changed(MONTHLY, (TYPE, 12, 4, 99)),
        "block_without_a_year": lambda: changed(MONTHLY, (TYPE, 5, 1, None)),
        "title_missing": lambda: changed(MONTHLY, (TYPE, 2, 1, None)),
        "table_unknown": lambda: changed(MONTHLY, (TYPE, 2, 1, "CBP Encounters by Weather" + SPAN)),
        "head_unknown": lambda: changed(MONTHLY, (TYPE, 4, 5, "Lunar Border")),
        "mask_unknown": lambda: changed(MONTHLY, (TYPE, 6, 3, "D")),
        "year_label_lost": lambda: changed(MONTHLY, (TYPE, 8, 1, None)),
    },
    FRONTEX: {
        "sheet_unknown": lambda: BASE[FRONTEX]() | {"Detections_of_overstay": [["Route"]]},
        "route_column_missing": lambda: changed(FRONTEX, (DETECTIONS, 1, 1, "Path")),
        "nationality_left_empty": lambda: changed(FRONTEX, (DETECTIONS, 2, 3, None)),
        "month_doubled": lambda: changed(FRONTEX, (DETECTIONS, 1, 5, "FEB2024")),
        "month_unknown": lambda: changed(FRONTEX, (DETECTIONS, 1, 5, "SMA2024")),
        "route_unknown": lambda: changed(FRONTEX, (DETECTIONS, 4, 1, "Northern Route")),
        "cell_left_empty": lambda: changed(FRONTEX, (DETECTIONS, 2, 5, None)),
        "month_of_zeros_to_come": lambda: changed(
            FRONTEX, *((DETECTIONS, row, 6, 0) for row in range(2, 6))),
    },
}  # fmt: skip


def bytes_of(source: str, sheets: Sheets) -> bytes:
    """A workbook of that source; ranges are merged where the sheet is there."""
    return pack(sheets, MERGED if source == MONTHLY else None)


def write_all() -> list[Path]:
    """Write every workbook that is kept as a file: the golden ones and those that must fail."""
    wanted = {HERE / "golden" / source / NAMES[source]: bytes_of(source, base()) for source, base in BASE.items()}
    for source, cases in FAILED.items():
        for case, sheets in cases.items():
            wanted[HERE / "failed_cases" / source / case / NAMES[source]] = bytes_of(source, sheets())
    for path, content in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return list(wanted)


if __name__ == "__main__":
    for path in write_all():
        print(f"written {path.relative_to(HERE)}")
