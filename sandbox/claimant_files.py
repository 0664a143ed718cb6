"""The sample's workbooks of asylum claimants, laid out from small tables in the form of IRCC's open-data files.

Form as on https://open.canada.ca/data/en/dataset/b6cbcf4d-f763-4924-a2fb-8cc4a06e3de4: one sheet, text cells without
shared strings, years merged over their months in row 3, a block's label on its last row only, the as-of date in the
last footnote. Figures are those published; the years before 2022 (before 2024 by citizenship) are left out.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from sandbox import tables
from sandbox.folder import LaidOutFile

SOURCE = "ircc_asylum_claimants"
ADDRESS = "https://www.ircc.canada.ca/opendata-donneesouvertes/data/"
NAME_BEGINS = "EN_ODP-Asylum-"
# As-of date (also the vintage): when it was published, and how the footnote prints it.
VINTAGES = {"2024-02-29": ("2024-04-02", "February 29, 2024"), "2025-07-31": ("2025-10-18", "July 31, 2025")}
FIRST_VINTAGE = "2024-02-29"
TITLE_ROWS = 2
LABEL_COLUMNS = 2
# A zip member's earliest date, and one for the document's properties: the bytes are a function of the tables.
ZIP_DATE = (1980, 1, 1, 0, 0, 0)
MOMENT = "2000-01-01T00:00:00Z"
NOTE = (
    "ROXHAM SAMPLE: figures as published by Immigration, Refugees and Citizenship Canada, in a file written by Roxham.\n"
    "Values between 0 and 5 are shown as “--”; all others are rounded to the closest multiple of 5."
)

Heads = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class BodyRow:
    """One row of figures: its block's label, its own ('' on the block's last row, which is its total), the figures."""

    block: str
    label: str
    figures: Sequence[str]


@dataclass(frozen=True)
class Layout:
    """What a workbook is about: its sample table, its file's name, its sheet, its title and its corner."""

    table: str
    stem: str
    sheet: str
    title: str
    corner: tuple[str, str]


OFFICE = Layout(
    "asylum_office", "OfficeType_Prov", "Asylum Claimants - Office Type",
    "Canada - Asylum Claimants by Claim Office Type, Province/Territory* of Claim and Claim Year",
    ("Claim Office Type and Province/Territory of Claim", ""),
)  # fmt: skip
GENDER = Layout(
    "asylum_gender", "PT_Gender", "Asylum Claimants - Gender",
    "Canada - Asylum Claimants by Province/Territory* of Claim, Gender and Claim Year",
    ("Province/Territory and Gender", ""),
)  # fmt: skip
MIGRATION = Layout(
    "asylum_migration", "secondary_migration", "Asylum Claimants - Migration",
    "Canada - Canada - Asylum Claimants by Province/Territory of Claim Received*, Province/Territory of Last Known "
    "Address and Claim Year",
    ("Province/Territory of Claim ", "Province/Territory of Last Known Address"),
)  # fmt: skip


def _by_citizenship(second: str, words: str, kind: str, ranking: str) -> Layout:
    stem = {"office": "Office_Type", "province": "prov"}[second]
    sheet = {"office": "Office", "province": "PT"}[second]
    return Layout(
        f"asylum_citizenship_{second}_{kind}", f"Top_25_CITZ_{stem}_last_{kind}", f"Asylum Claimants - {sheet} {kind}",
        f"Canada - Asylum Claimants by Top Twenty-Five Countries of Citizenship ({ranking} ranking), {words} and "
        "Claim Year",
        (f"Country of Citizenship and {words}", ""),
    )  # fmt: skip


BY_CITIZENSHIP = (
    _by_citizenship("office", "Office Type", "month", "February"),
    _by_citizenship("office", "Office Type", "year", "2023"),
    _by_citizenship("province", "Province/Territory", "month", "February"),
    _by_citizenship("province", "Province/Territory", "year", "2023"),
)


def files() -> Iterator[LaidOutFile]:
    """Every workbook of the sample: seven of the first vintage, that by office again of the second."""
    for vintage in VINTAGES:
        lines = [line for line in tables.rows(OFFICE.table) if line["vintage"] == vintage]
        yield laid_out(OFFICE, vintage, monthly(OFFICE, lines, vintage))
    for layout in (GENDER, *BY_CITIZENSHIP):
        yield laid_out(layout, FIRST_VINTAGE, monthly(layout, tables.rows(layout.table), FIRST_VINTAGE))
    yield laid_out(MIGRATION, FIRST_VINTAGE, yearly(MIGRATION, tables.rows(MIGRATION.table), FIRST_VINTAGE))


def laid_out(layout: Layout, vintage: str, body: bytes) -> LaidOutFile:
    """The workbook of one vintage with its line of releases.csv."""
    name = f"{NAME_BEGINS}{layout.stem}.xlsx"
    published, _ = VINTAGES[vintage]
    note = "first years left out; published = no later than"
    return LaidOutFile(SOURCE, vintage, name, ADDRESS + name, published, "day", vintage[:7], body, note)


def monthly(layout: Layout, lines: Sequence[dict[str, str]], vintage: str) -> bytes:
    """A workbook by month from table lines, one per row and year.

    Args:
        layout: which workbook.
        lines: two label columns (after `vintage`, where there is one), `year`, and a column per month or total; a
            column that is empty throughout a year is not printed.
        vintage: the as-of date.
    """
    outer, inner, _, *columns = [name for name in lines[0] if name != "vintage"]
    years = list(dict.fromkeys(line["year"] for line in lines))
    heads = [
        (year, column)
        for year in years
        for column in columns
        if any(line[column] for line in lines if line["year"] == year)
    ]
    rows = []
    for (block, label), of_row in groupby(lines, key=lambda line: (line[outer], line[inner])):
        by_year = {line["year"]: line for line in of_row}
        rows.append(BodyRow(block, label, [by_year[year][column] for year, column in heads]))
    return render(layout, heads, rows, vintage)


def yearly(layout: Layout, lines: Sequence[dict[str, str]], vintage: str) -> bytes:
    """The workbook of secondary migration: two label columns, then a column per year."""
    outer, inner, *columns = lines[0]
    rows = [BodyRow(line[outer], line[inner], [line[column] for column in columns]) for line in lines]
    return render(layout, [("", column) for column in columns], rows, vintage)


def render(layout: Layout, heads: Heads, rows: Sequence[BodyRow], vintage: str) -> bytes:
    """The workbook's bytes, the same every time.

    Args:
        layout: sheet name, title and corner.
        heads: year and label of each column; no year where the label is one itself.
        rows: in the order of the sheet.
        vintage: the as-of date, a key of `VINTAGES`.
    """
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = layout.sheet
    sheet.append([layout.title])
    sheet.append([])
    _write_heads(sheet, layout, heads)
    for row in rows:
        # The last row of a block has the block's label and none of its own.
        sheet.append(["" if row.label else row.block, row.label, *row.figures])
    for line in ([], [NOTE], [], [f"Source: IRCC, {VINTAGES[vintage][1]}"]):
        sheet.append(line)
    book.properties.creator = "Roxham sample"
    packed = io.BytesIO()
    book.save(packed)
    return _without_clock(packed.getvalue())


def _write_heads(sheet: Worksheet, layout: Layout, heads: Heads) -> None:
    """One to three rows: years, quarters where the workbook has them, months; merged as the agency's are."""
    years = [year for year, _ in heads]
    if not any(years):
        sheet.append([*layout.corner, *(label for _, label in heads)])
        return
    with_quarters = any(label.startswith("Q") for _, label in heads)
    top = TITLE_ROWS + 1
    sheet.append([*layout.corner, *(year if year not in years[:at] else "" for at, year in enumerate(years))])
    totals = [f"{year} Total" if label == "Total" else "" for year, label in heads]
    labels = [label if label != "Total" else "" for _, label in heads]
    if with_quarters:
        firsts = {"Jan": "Q1", "Apr": "Q2", "Jul": "Q3", "Oct": "Q4"}
        sheet.append(["", "", *(total or firsts.get(label, "") for total, label in zip(totals, labels, strict=True))])
        sheet.append(["", "", *labels])
    else:
        sheet.append(["", "", *(total or label for total, label in zip(totals, labels, strict=True))])
    sheet.merge_cells(start_row=top, end_row=top + 1 + with_quarters, start_column=1, end_column=LABEL_COLUMNS)
    for year in dict.fromkeys(years):
        first = LABEL_COLUMNS + 1 + years.index(year)
        last = first + years.count(year) - 1
        sheet.merge_cells(start_row=top, end_row=top, start_column=first, end_column=last)


def _without_clock(packed: bytes) -> bytes:
    """The same container with fixed dates instead of today's."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            content = before.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", MOMENT.encode(), content)
            after.writestr(zipfile.ZipInfo(name, ZIP_DATE), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
