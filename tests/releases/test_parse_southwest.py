"""The parsers of CBP's southwest border sources, against files of our own writing."""

from pathlib import Path

import duckdb
import pytest

from ingest.archive.objects import Archive
from ingest.catalog.source import load_sources
from ingest.core.home import Home
from ingest.core.records import ReleaseFile, StructureError
from ingest.releases.parsers import cbp_southwest_dashboard, cbp_southwest_encounters
from ingest.releases.raw_tables import create_schema, load_file
from sandbox.southwest_files import HEADER, SCRAPED_HEADER
from sandbox.workbook import workbook

ROW = ("2023 (FYTD)", "FYTD", "OCT", "U.S. Border Patrol", "FMUA", "Mexico", "Title 42", "Expulsions")
REST = ROW[1:]


def loaded(home: Home, source_id: str, content: bytes, name: str) -> tuple[duckdb.DuckDBPyConnection, Path]:
    archive, source = Archive(home), load_sources()[source_id]
    sha256 = archive.put(content)
    connection = duckdb.connect()
    create_schema(connection, [source])
    load_file(connection, archive, source, "r", ReleaseFile(sha256, source.resources.items[0].id, name, "u", 1))
    return connection, archive.path(sha256)


def csv_of(*rows: tuple[str, ...]) -> bytes:
    return "".join(",".join(row) + "\r\n" for row in rows).encode()


def test_a_csv_and_a_workbook_of_the_same_table_give_the_same_rows(home: Home) -> None:
    """A spreadsheet keeps 1330 as a float: its text is 1330, not 1330.0."""
    text, _ = loaded(
        home, "cbp_southwest_encounters", csv_of(HEADER, (*ROW, "1330")), "sbo-encounters-fy23-fy23-oct.csv"
    )
    book = workbook("Sheet 1 - sbo", [["sbo-encounters"], HEADER, (*ROW, 1330)])
    sheet, _ = loaded(home, "cbp_southwest_encounters", book, "sbo-encounters-fy23-fy23-oct.xlsx")
    rows = "select * exclude (_sha256, _locator) from raw.cbp_southwest_encounters__encounters"
    assert text.execute(rows).fetchall() == sheet.execute(rows).fetchall() == [(*ROW, "1330", "r")]


def test_a_locator_of_a_workbook_names_sheet_and_cell_and_leads_back(home: Home) -> None:
    book = workbook("Sheet 1 - sbo", [["sbo-encounters"], HEADER, (*ROW, 7), (2022, *REST, 8)])
    connection, path = loaded(home, "cbp_southwest_encounters", book, "x.xlsx")
    rows = connection.execute("select _locator, fiscal_year from raw.cbp_southwest_encounters__encounters").fetchall()
    assert rows == [("Sheet 1 - sbo!I3", "2023 (FYTD)"), ("Sheet 1 - sbo!I4", "2022")]
    [cell] = cbp_southwest_encounters.cells(path, ["Sheet 1 - sbo!I4"])
    assert (cell.printed, cell.row_head.split(" | ")[0]) == ("8", "2022")
    with pytest.raises(LookupError, match="Sheet 1 - sbo!I9"):
        cbp_southwest_encounters.cells(path, ["Sheet 1 - sbo!I9"])


def test_a_fraction_in_a_workbook_stays_a_fraction_for_the_checks_to_refuse(home: Home) -> None:
    book = workbook("S", [HEADER, (*ROW, "74.5")])
    connection, _ = loaded(home, "cbp_southwest_encounters", book, "x.xlsx")
    rows = connection.execute("select encounter_count from raw.cbp_southwest_encounters__encounters").fetchall()
    assert rows == [("74.5",)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (csv_of((*HEADER, "Mode"), (*ROW, "5", "Land")), "unread Mode"),
        (csv_of((*HEADER[:-1], "Fiscal Year"), (*ROW, "5")), "missing Encounter Count; twice Fiscal Year"),
        (workbook("S", []), "one sheet with the table is expected, found none"),
        (workbook("S", [HEADER, (*ROW, 5), [], (*ROW, 6)]), "row 3 of sheet 'S' is empty"),
        (workbook("S", [HEADER, (*ROW, 5)])[:900], "no header line"),
        (b"", "no header line in UTF-8"),
    ],
)
def test_a_file_that_is_not_the_table_is_refused_in_words(home: Home, content: bytes, said: str) -> None:
    with pytest.raises(StructureError, match=said):
        loaded(home, "cbp_southwest_encounters", content, "sbo-encounters-fy22-fy22.csv")


def test_a_failed_scrape_of_one_byte_is_refused_by_its_name(tmp_path: Path) -> None:
    """2022-02-09: the bot wrote a line break and went on; the file was kept as that day's update."""
    path = tmp_path / "some-sha256"
    path.write_bytes(b"\n")
    with pytest.raises(StructureError, match=r"2022-02-09\.csv is empty \(1 byte\(s\)\)"):
        cbp_southwest_dashboard.parse(path, "2022-02-09.csv")


def test_the_scrapers_row_number_is_read_where_there_is_one_and_empty_cells_are_kept(home: Home) -> None:
    """In November 2021 the scraper numbered its rows; in September 2022 `%null%` became an empty cell."""
    row = ("2020", "2020", "AUG", "AUG", "", "El Salvador", "all", "all", "Title 8")
    bare, _ = loaded(home, "cbp_southwest_dashboard", csv_of(SCRAPED_HEADER, row), "encounters.csv")
    numbered, path = loaded(
        home, "cbp_southwest_dashboard", csv_of(("", *SCRAPED_HEADER), ("16", *row)), "encounters.csv"
    )
    select = "select scraper_row, encounter_count, _locator from raw.cbp_southwest_dashboard__cells"
    locator = "line 2, SUM(Encounter Count)-alias"
    assert bare.execute(select).fetchall() == [(None, "", locator)]
    assert numbered.execute(select).fetchall() == [("16", "", locator)]
    assert cbp_southwest_dashboard.cells(path, [locator])[0].printed == ""
