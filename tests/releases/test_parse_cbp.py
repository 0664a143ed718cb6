"""The CBP parser and DuckDB's reader behind it, against CSVs of our own writing."""

import duckdb
import pytest

from ingest.archive.objects import Archive
from ingest.catalog.source import load_sources
from ingest.core.home import Home
from ingest.core.records import ReleaseFile, StructureError
from ingest.releases.parsers import cbp_nationwide_encounters as parser
from ingest.releases.raw_tables import create_schema, load_file
from tests.support.pages import STATE_HEADER, csv_file, state_line


def loaded(home: Home, text: str) -> tuple[duckdb.DuckDBPyConnection, str]:
    archive, source = Archive(home), load_sources()["cbp_nationwide_encounters"]
    sha256 = archive.put(text.encode())
    connection = duckdb.connect()
    create_schema(connection, [source])
    file = ReleaseFile(sha256, "nationwide_csv", "nationwide-encounters-fy21-fy24-oct-state.csv", "u", len(text))
    load_file(connection, archive, source, "r", file)
    return connection, sha256


def test_every_line_is_loaded_as_text_with_its_line_number(home: Home) -> None:
    connection, sha256 = loaded(home, csv_file(state_line(5), state_line(7, citizenship="CHINA, PEOPLES REPUBLIC OF")))
    rows = connection.execute(
        "select citizenship, encounter_count, _sha256, _locator from raw.cbp_nationwide_encounters__state order by 4"
    ).fetchall()
    assert rows == [
        ("CANADA", "5", sha256, "line 2, Encounter Count"),
        ("CHINA, PEOPLES REPUBLIC OF", "7", sha256, "line 3, Encounter Count"),
    ]


def test_a_locator_leads_back_to_its_line(home: Home) -> None:
    lines = [state_line(number, month="OCT") for number in range(1, 4000)]
    connection, sha256 = loaded(home, csv_file(*lines))
    rows = connection.execute(
        "select _locator, encounter_count from raw.cbp_nationwide_encounters__state using sample 20"
    ).fetchall()
    cells = parser.cells(Archive(home).path(sha256), [locator for locator, _ in rows])
    assert [cell.printed for cell in cells] == [count for _, count in rows]
    with pytest.raises(LookupError, match="no cell at line 9999"):
        parser.cells(Archive(home).path(sha256), ["line 9999, Encounter Count"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (csv_file(header=STATE_HEADER.replace("Citizenship,", "")), "missing Citizenship"),
        (csv_file(header=STATE_HEADER + ",Encounter Type"), "unread Encounter Type"),
        (csv_file(state_line() + ",9"), "not readable as CSV"),
        (csv_file('"2024,FYTD,OCT,Northern Land Border,NY,Single Adults,CANADA,Title 8,5'), "not readable as CSV"),
        ("", "no header line"),
    ],
)
def test_a_file_with_other_columns_is_refused_with_their_names(home: Home, text: str, said: str) -> None:
    """A column that nobody reads could carry a new breakdown: counts would be summed over it unseen."""
    with pytest.raises(StructureError, match=said):
        loaded(home, text)


def test_heads_in_another_case_are_the_same_heads_and_a_locator_leads_back_through_them(home: Home) -> None:
    text = csv_file(state_line(5), header=STATE_HEADER.upper().replace("(ABBV)", " (Abbv) "))
    connection, sha256 = loaded(home, text)
    [(count, locator)] = connection.execute(
        "select encounter_count, _locator from raw.cbp_nationwide_encounters__state"
    ).fetchall()
    [cell] = parser.cells(Archive(home).path(sha256), [locator])
    assert (count, cell.printed, locator) == ("5", "5", "line 2, Encounter Count")
