"""What is shown around a printed cell: the right rows, the right mark, and nothing of an agency's markup."""

from __future__ import annotations

from pathlib import Path

from ingest.releases.excerpts import Excerpt, excerpts
from tests.support.workbooks import pack

PAGE = """<html><body><table><caption>RCMP Interceptions</caption>
<tr><th>Province</th><th>Jan</th><th>Total</th></tr>
<tr><td>Quebec<sup>1</sup></td><td>4,689</td><td>39,171<sup>*</sup></td></tr>
<tr><td>Ontario</td><td><script>alert(1)</script>0</td><td>&lt;b&gt;0&lt;/b&gt;</td></tr></table></body></html>"""


def test_a_page_s_table_is_shown_whole_with_its_cell_marked(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(PAGE, encoding="utf-8")
    locator = 'table "RCMP Interceptions" · row "Quebec" · column "Total"'
    found = excerpts(path, [locator])[locator]
    assert found.of == "RCMP Interceptions"
    assert found.rows[found.row][found.column] == "39,171 *"
    assert [len(row) for row in found.rows] == [3, 3, 3]


def test_a_label_that_stands_nowhere_marks_nothing(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(PAGE, encoding="utf-8")
    assert excerpts(path, ['table "RCMP Interceptions" · row "Manitoba" · column "Total"']) == {}
    assert excerpts(path, ['table "Another" · row "Quebec" · column "Total"']) == {}
    assert excerpts(path, ["SB_01 · no row for the day 2026-01-02"]) == {}


def test_the_lines_around_a_csv_s_cell_keep_their_numbers_and_their_head(tmp_path: Path) -> None:
    path = tmp_path / "encounters.csv"
    path.write_text("Month, Encounter Count \n" + "".join(f"{n},{n * 10}\n" for n in range(2, 12)), encoding="utf-8")
    found = excerpts(path, ["line 6, Encounter Count", "line 2, Encounter Count", "line 99, Encounter Count"])
    assert found.keys() == {"line 6, Encounter Count", "line 2, Encounter Count"}
    middle, first = found["line 6, Encounter Count"], found["line 2, Encounter Count"]
    assert middle.rows[0] == ("1", "Month", "Encounter Count")
    assert [row[0] for row in middle.rows] == ["1", "4", "5", "6", "7", "8"]
    assert middle.rows[middle.row] == ("6", "6", "60") and middle.column == 2
    assert first.rows[first.row] == ("2", "2", "20")


def test_a_sheet_is_shown_with_the_letters_and_numbers_of_its_margins(tmp_path: Path) -> None:
    rows = [[f"r{row}c{column}" for column in range(12)] for row in range(12)]
    path = tmp_path / "sheet.xlsx"
    path.write_bytes(pack({"Data": rows}))
    found = excerpts(path, ["Data!H9"])["Data!H9"]
    assert isinstance(found, Excerpt)
    assert found.rows[0] == ("", "A", "F", "G", "H", "I", "J")
    assert found.rows[found.row][found.column] == "r8c7"
    assert found.rows[found.row][:2] == ("9", "r8c0")
