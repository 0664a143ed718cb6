"""The parser of frontier counts against the small file of our own in the golden folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.core.records import Rows, StructureError
from ingest.releases.parsers import statcan_frontier_counts as parser
from tests.golden.rows import HERE

SAMPLE = HERE / "statcan_frontier_counts" / "2410005301-eng.csv"


def parsed(path: Path) -> Rows:
    [rows] = parser.parse(path, path.name)
    assert isinstance(rows, Rows)
    return rows


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = SAMPLE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / SAMPLE.name
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def test_a_months_label_stands_over_three_columns() -> None:
    rows = [row for row in parsed(SAMPLE).rows if row[4].startswith("Non-resident")]
    assert [(row[1], row[2], row[3].split()[0], row[5]) for row in rows] == [
        ("2022", "November", "Travellers", "700"), ("2022", "November", "Excursionists", "300"),
        ("2022", "November", "Tourists", "400"), ("2022", "December", "Travellers", "720"),
        ("2022", "December", "Excursionists", "310"), ("2022", "December", "Tourists", "410"),
    ]  # fmt: skip


def test_what_does_not_apply_is_no_zero_and_a_zero_is_one() -> None:
    printed = {row[5] for row in parsed(SAMPLE).rows}
    assert {"...", "0"} <= printed


def test_the_file_is_dated_by_the_release_date_that_it_prints() -> None:
    published = parser.published(SAMPLE)
    assert published and (published.text, published.precision, published.basis) == ("2023-02-22", "day", "document")


def test_footnotes_that_are_no_valid_csv_do_not_matter(tmp_path: Path) -> None:
    """Below the table stands `"… as "other travellers", no visitors."`, quotes within quotes."""
    assert '"other travellers"' in SAMPLE.read_text(encoding="utf-8")
    assert parsed(changed(tmp_path, '"other travellers"', '"""')) == parsed(SAMPLE)


def test_a_line_number_is_that_of_the_file() -> None:
    lines = SAMPLE.read_text(encoding="utf-8").splitlines()
    for row in parsed(SAMPLE).rows:
        assert f'"{row[4]}"' in lines[int(row[-1].split(",")[0].removeprefix("line ")) - 1]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"December 2022"', '"Dec. 2022"', "names no month"),
        ('"December 2022"', "", "two columns headed"),
        ("Symbol legend:", "Legend:", "cut off"),
        (',"Travellers",,,,,', ',"Thousands",,,,,', 'told in "Thousands"'),
        ('"Geography","Canada"', '"Region","Canada"', "no head row"),
    ],
)
def test_a_file_of_another_shape_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(StructureError, match=said):
        parsed(changed(tmp_path, old, new))


def test_a_cell_that_is_not_there_is_not_found() -> None:
    with pytest.raises(LookupError, match="no cell at"):
        parser.cells(SAMPLE, ["line 99, January 2018, Travellers"])


def test_the_tables_former_number_may_stand_behind_its_number(tmp_path: Path) -> None:
    former = changed(tmp_path, "Table: 24-10-0053-01", "Table: 24-10-0053-01 (formerly CANSIM 427-0001)")
    assert parsed(former) == parsed(SAMPLE)
