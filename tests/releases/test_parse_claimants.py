"""IRCC's asylum-claimant workbooks: blocks, merged heads, and what is refused."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from ingest.core.records import StructureError
from ingest.releases.parsers import ircc_asylum_claimants as parser
from ingest.releases.parsers import parser_for
from sandbox import claimant_files
from sandbox.claimant_files import BodyRow
from tests.support.real_releases import RELEASES

REAL = RELEASES / "ircc_asylum_claimants"
NAME = "EN_ODP-Asylum-OfficeType_Prov.xlsx"
HEADS = [("2023", "Dec"), ("2023", "Total"), ("2024", "Jan"), ("2024", "Total")]
ROWS = [
    BodyRow("Airport - Total", "Quebec", ["1,005", "1,005", "--", "--"]),
    BodyRow("Airport - Total", "", ["1,005", "1,005", "--", "--"]),
    BodyRow("Other Offices", "", ["0", "0", "5", "5"]),
    BodyRow("Total ", "", ["1,005", "1,005", "5", "5"]),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / NAME
    path.write_bytes(claimant_files.render(claimant_files.OFFICE, HEADS, ROWS, "2024-02-29"))
    return path


def rows(path: Path) -> list[dict[str, str]]:
    [table] = parser.parse(path, path.name)
    return [dict(zip(table.columns, row, strict=True)) for row in table]


def change(path: Path, edits: dict[str, object]) -> None:
    book = load_workbook(path)
    assert isinstance(book.active, Worksheet)
    for reference, value in edits.items():
        book.active[reference] = value
    out = io.BytesIO()
    book.save(out)
    path.write_bytes(out.getvalue())


def test_a_block_s_rows_take_the_label_that_stands_on_its_last_row(path: Path) -> None:
    read = rows(path)
    assert list(dict.fromkeys((row["office"], row["province"]) for row in read)) == [
        ("Airport - Total", "Quebec"), ("Airport - Total", ""), ("Other Offices", ""), ("Total ", ""),
    ]  # fmt: skip
    assert {(row["gender"], row["citizenship"], row["rank"]) for row in read} == {("", "", "")}


def test_a_year_stands_over_its_months_up_to_the_next_year(path: Path) -> None:
    read = [row for row in rows(path) if row["province"] == "Quebec"]
    assert [(row["year"], row["column_label"], row["printed"], row["_locator"][-2:]) for row in read] == [
        ("2023", "Dec", "1,005", "C5"), ("2023", "2023 Total", "1,005", "D5"), ("2024", "Jan", "--", "E5"),
        ("2024", "2024 Total", "--", "F5"),
    ]  # fmt: skip
    assert {row["as_of"] for row in read} == {"February 29, 2024"}


def test_numbers_that_were_saved_again_as_numbers_are_read_without_a_fraction(path: Path) -> None:
    change(path, {"C3": 2023, "C5": 1005, "D5": 1005.0})
    assert [row["printed"] for row in rows(path)][:2] == ["1005", "1005"]
    assert rows(path)[0]["year"] == "2023"


def test_a_cell_is_found_again_with_the_labels_of_its_row_and_column(path: Path) -> None:
    sheet = "Asylum Claimants - Office Type"
    found = parser.cells(path, [f"{sheet}!E5", f"{sheet}!D8"])
    assert [(cell.printed, cell.row_head, cell.column_head, cell.where) for cell in found] == [
        ("--", "Airport - Total | Quebec", "2024 Jan", sheet), ("1,005", "Total ", "2023 Total", sheet),
    ]  # fmt: skip
    with pytest.raises(LookupError, match="no cell at Asylum Claimants - Office Type!B5"):
        parser.cells(path, [f"{sheet}!B5"])


def test_the_as_of_date_is_no_date_of_publication(path: Path) -> None:
    assert parser_for("ircc_asylum_claimants").published(path) is None


def test_the_place_in_the_ranking_is_kept_apart_from_the_country(tmp_path: Path) -> None:
    [layout, *_] = claimant_files.BY_CITIZENSHIP
    path = tmp_path / f"EN_ODP-Asylum-{layout.stem}.xlsx"
    named = [BodyRow("(14) China, People's Republic of", "Airport", ["5"]),
             BodyRow("(14) China, People's Republic of", "", ["5"]), BodyRow("Total", "", ["5"])]  # fmt: skip
    path.write_bytes(claimant_files.render(layout, [("2024", "Jan")], named, "2024-02-29"))
    assert [(row["rank"], row["citizenship"], row["office"], row["ranking"]) for row in rows(path)] == [
        ("14", "China, People's Republic of", "Airport", "February"),
        ("14", "China, People's Republic of", "", "February"),
        ("", "Total", "", "February"),
    ]
    assert rows(path)[0]["workbook"] == "citizenship_office_month"


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        ({"E3": None}, 'headed "2024 Total" under 2023: a year\'s head is missing'),
        ({"C3": None}, "no year above column C"),
        ({"E4": None}, "column E has figures and no head"),
        ({"E3": None, "F4": "Feb", "E4": "Dec"}, "two columns headed 2023 Dec"),
        ({"A5": "Airport"}, "row 5 has two labels"),
        ({"A8": None, "B8": "Total"}, "does not end with its total row"),
        ({"A3": "Province/Territory and Immigration Category"}, "no table whose corner names a known breakdown"),
        ({"A12": None}, "0 footnotes"),
        ({"C10": "1"}, "cells below the end of the table"),
    ],
)
def test_a_sheet_of_another_shape_is_refused_in_clear_words(path: Path, edits: dict[str, object], words: str) -> None:
    change(path, edits)
    with pytest.raises(StructureError, match=words.replace("(", r"\(")):
        parser.parse(path, path.name)


@pytest.mark.parametrize("body", [b"<!doctype html><h1>Error 404</h1>", b"", b"PK\x03\x04 cut off"])
def test_what_is_no_workbook_is_refused(path: Path, body: bytes) -> None:
    """An HTML error page saved as xlsx, seen in public code."""
    path.write_bytes(body)
    with pytest.raises(StructureError, match="not readable as a workbook"):
        parser.parse(path, path.name)


def test_a_workbook_under_another_one_s_name_is_refused(path: Path) -> None:
    with pytest.raises(StructureError, match="named for the workbook province_gender"):
        parser.parse(path, "EN_ODP-Asylum-PT_Gender.xlsx")


def test_a_workbook_under_any_other_name_is_read(path: Path) -> None:
    assert parser.parse(path, "download (1).xlsx")
    assert parser.part("EN_ODP-Asylum-PT_Gender.xlsx") == "province_gender"


@pytest.mark.real
@pytest.mark.parametrize(
    ("file", "count", "masked", "zeros"),
    [
        ("2024-02-29/EN_ODP-Asylum-OfficeType_Prov.xlsx", 38 * 120, 572, 1725),
        ("2025-07-31/EN_ODP-Asylum-OfficeType_Prov.xlsx", 39 * 138, 660, 2039),
        ("2024-02-29/EN_ODP-Asylum-PT_Gender.xlsx", 53 * 157, 1288, 3777),
        ("2024-02-29/EN_ODP-Asylum-Top_25_CITZ_Office_Type_last_month.xlsx", 118 * 120, 2135, 3128),
        ("2024-02-29/EN_ODP-Asylum-Top_25_CITZ_Office_Type_last_year.xlsx", 116 * 157, 2475, 3553),
        ("2024-02-29/EN_ODP-Asylum-Top_25_CITZ_prov_last_month.xlsx", 265 * 120, 4606, 17463),
        ("2024-02-29/EN_ODP-Asylum-Top_25_CITZ_prov_last_year.xlsx", 267 * 157, 6183, 22260),
        ("2024-02-29/EN_ODP-Asylum-secondary_migration.xlsx", 118 * 10, 268, 405),
    ],
)
def test_every_cell_of_a_real_workbook_is_read_and_found_again(file: str, count: int, masked: int, zeros: int) -> None:
    read = rows(REAL / file)
    printed = Counter(row["printed"] for row in read)
    assert (len(read), printed["--"], printed["0"], printed[""]) == (count, masked, zeros, 0)
    some = read[:: max(len(read) // 50, 1)]
    again = parser.cells(REAL / file, [row["_locator"] for row in some])
    assert [cell.printed for cell in again] == [row["printed"] for row in some]


@pytest.mark.parametrize(
    ("note", "as_of"),
    [
        ("Source: IRCC, 31 July 2025", "31 July 2025"),
        ("Source : IRCC, July 31, 2025.", "July 31, 2025"),
        ("Source: Immigration, Refugees and Citizenship Canada (IRCC), July 31, 2025", "July 31, 2025"),
    ],
)
def test_the_as_of_date_is_found_in_other_words(path: Path, note: str, as_of: str) -> None:
    book = load_workbook(path)
    assert isinstance(book.active, Worksheet)
    [cell] = [
        cell for row in book.active.iter_rows() for cell in row if str(cell.value or "").startswith("Source: IRCC")
    ]
    change(path, {cell.coordinate: note})
    assert {row["as_of"] for row in rows(path)} == {as_of}
