"""The three workbooks: read by name, as printed, cell by cell; what is shaped otherwise is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ingest.core.records import Rows, StructureError
from ingest.releases import workbooks
from ingest.releases.parsers import parser_for
from tests.support.workbooks import BASE, FRONTEX, KHSM, MONTHLY, NAMES, bytes_of, changed


def rows_of(
    folder: Path, source: str, sheets: dict[str, Any] | None = None, table: str = "cells"
) -> list[dict[str, str]]:
    path = folder / NAMES[source]
    path.write_bytes(bytes_of(source, sheets or BASE[source]()))
    [parsed] = [each for each in parser_for(source).parse(path, path.name) if each.table == table]
    assert isinstance(parsed, Rows)
    return [dict(zip(parsed.columns, row, strict=True)) for row in parsed]


def test_columns_are_found_by_their_heads_wherever_they_stand(tmp_path: Path) -> None:
    """Between vintages OHSS moves its columns; the sample has Quantity first in two sheets."""
    rows = rows_of(tmp_path, KHSM)
    swanton = [row for row in rows if row["sheet"] == "Annual Sector" and row["sector"] == "Swanton, VT"]
    assert [(row["fiscal_year"], row["printed"], row["_locator"]) for row in swanton] == [
        ("2023", "770", "Annual Sector!A2"), ("2024", "140", "Annual Sector!A4"),
    ]  # fmt: skip
    moved = BASE[KHSM]()
    moved["Monthly Rgn and Citp"] = [list(reversed(row)) for row in moved["Monthly Rgn and Citp"]]
    plain = {tuple(row.values())[:-1] for row in rows}
    assert {tuple(row.values())[:-1] for row in rows_of(tmp_path, KHSM, moved)} == plain


def test_whole_numbers_are_printed_without_a_point_and_labels_without_line_breaks(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, KHSM)
    assert {row["fiscal_year"] for row in rows} == {"2023", "2024"}
    assert all(row["printed"].isdigit() for row in rows)
    assert workbooks.text_of(12.5) == "12.5"
    assert workbooks.text_of(" two\n words ") == "two words"


def test_a_fiscal_year_holds_for_its_block_and_merged_heads_for_their_columns(tmp_path: Path) -> None:
    rows = {row["_locator"]: row for row in rows_of(tmp_path, MONTHLY)}
    tucson = rows["SWB Enc by Sector+Field Ofc!G10"]
    assert (tucson["group_head"], tucson["head"]) == ("OFO", "Tucson, AZ")
    assert (tucson["fiscal_year"], tucson["month_label"], tucson["printed"]) == ("2024 YTD", "November", "50")
    assert rows["SWB Enc by Sector+Field Ofc!C10"]["group_head"] == ""
    assert rows["CBP One Appointments!C5"]["printed"] == "X"
    assert rows["SWB Encounters by Family Status!F7"]["printed"] == "NA"


def test_a_head_merged_downwards_is_one_head(tmp_path: Path) -> None:
    """Some vintages merge Fiscal Year, Month and Total over both rows of heads."""
    sheets = BASE[MONTHLY]()
    name = "SWB Enc by Sector+Field Ofc"
    for column in range(3):
        sheets[name][2][column], sheets[name][3][column] = sheets[name][3][column], None
    path = tmp_path / NAMES[MONTHLY]
    path.write_bytes(workbooks_with(sheets, {name: ("A3:A4", "B3:B4", "C3:C4", "D3:E3", "F3:G3")}))
    [cells, _] = parser_for(MONTHLY).parse(path, path.name)
    assert isinstance(cells, Rows)
    heads = {(row[2], row[3]) for row in cells if row[0] == name}
    assert heads == {("", "Total CBP"), ("USBP", "Total USBP"), ("USBP", "Tucson, AZ"), ("OFO", "Total OFO"),
                     ("OFO", "Tucson, AZ")}  # fmt: skip


def workbooks_with(sheets: dict[str, Any], merged: dict[str, Any]) -> bytes:
    from tests.support.workbooks import MERGED, pack

    return pack(sheets, {**MERGED, **merged})


def test_every_sheet_is_read_also_those_that_nothing_is_served_from(tmp_path: Path) -> None:
    assert {row["sheet"] for row in rows_of(tmp_path, MONTHLY)} == set(BASE[MONTHLY]()) - {"TOC"}
    assert len(rows_of(tmp_path, MONTHLY, table="contents")) == 6


def test_a_printed_zero_is_a_cell_and_an_empty_cell_is_an_empty_one(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, FRONTEX, changed(FRONTEX, ("Detections_of_IBC", 5, 4, None)))
    assert [row["printed"] for row in rows if row["nationality"] == "Kosovo*"] == ["", "0", "0"]


def test_the_day_of_the_data_is_read_and_is_no_day_of_publication(tmp_path: Path) -> None:
    notes = [row["note"] for row in rows_of(tmp_path, FRONTEX, table="notes")]
    assert "Source: FRAN data as of 03MAY24" in notes
    assert parser_for(FRONTEX).published(tmp_path / NAMES[FRONTEX]) is None


@pytest.mark.parametrize("source", [KHSM, MONTHLY, FRONTEX])
def test_bytes_that_are_no_workbook_are_refused(tmp_path: Path, source: str) -> None:
    """Guards against the HTML error page saved as xlsx."""
    path = tmp_path / NAMES[source]
    path.write_bytes(b"<html><body>Service unavailable</body></html>")
    with pytest.raises(StructureError, match="not readable as a workbook"):
        parser_for(source).parse(path, path.name)


@pytest.mark.parametrize("source", [KHSM, MONTHLY, FRONTEX])
def test_a_locator_that_leads_nowhere_is_an_error(tmp_path: Path, source: str) -> None:
    path = tmp_path / NAMES[source]
    path.write_bytes(bytes_of(source, BASE[source]()))
    with pytest.raises(LookupError, match="no cell at Nowhere!A1"):
        parser_for(source).cells(path, ["Nowhere!A1"])


@pytest.mark.parametrize(
    ("column", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (198, "GQ"), (702, "AAA")]
)
def test_columns_are_named_as_a_spreadsheet_names_them(column: int, letters: str) -> None:
    assert workbooks.letters_of(column) == letters


def test_detections_without_the_sheets_of_words_are_read(tmp_path: Path) -> None:
    sheets = BASE[FRONTEX]()
    figures = {"Detections_of_IBC": sheets["Detections_of_IBC"]}
    assert rows_of(tmp_path, FRONTEX, figures) == rows_of(tmp_path, FRONTEX, sheets)
    assert rows_of(tmp_path, FRONTEX, figures, "notes") == []
