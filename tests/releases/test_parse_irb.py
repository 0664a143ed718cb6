"""The parser of the IRB's page against small pages of our own, one per trap of the real ones, live and as saved copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.core.records import Rows, StructureError
from ingest.releases.parsers import irb_irregular_claims as parser
from sandbox import irb_pages

ROW = {
    "published": "2023-08-23", "period_from": "January 2017", "period_to": "June 2023", "country": "Total",
    "intake": "7786", "accepted": "10", "rejected": "2000", "abandoned": "4", "withdrawn_other": "--",
    "finalized": "2022", "pending": "5764",
}  # fmt: skip
ROWS = [ROW, {**ROW, "country": "Nigeria", "accepted": "--"}]


def parsed(tmp_path: Path, body: bytes) -> Rows:
    path = tmp_path / "page"
    path.write_bytes(body)
    [rows] = parser.parse(path, path.name)
    assert isinstance(rows, Rows)
    return rows


def page(rows: list[dict[str, str]] = ROWS, before: str = "") -> bytes:
    return irb_pages.render(rows, before).encode()


def copy_of(text: bytes) -> bytes:
    return irb_pages.saved_copy(text.decode(), irb_pages.ADDRESS)


def figures(rows: Rows) -> dict[tuple[str, str], str]:
    return {(row[4], row[5]): row[6] for row in rows.rows}


def test_the_archives_toolbar_is_not_taken_for_the_table(tmp_path: Path) -> None:
    """In every copy of web.archive.org the first table is a calendar of three months."""
    with_toolbar = page(before=irb_pages.TOOLBAR)
    assert with_toolbar.index(b"<table>") < with_toolbar.index(b"<caption")
    assert parsed(tmp_path, with_toolbar) == parsed(tmp_path, page())


def test_a_saved_copy_gives_what_the_live_page_gives(tmp_path: Path) -> None:
    """The copy's first HTML part is a frame of somebody else's, with a table and a caption."""
    assert parsed(tmp_path, copy_of(page())) == parsed(tmp_path, page())
    path = tmp_path / "page"
    path.write_bytes(copy_of(page()))
    published = parser.published(path)
    assert published and (published.text, published.basis) == ("2023-08-23", "document")
    assert "Date modified" in parser.text(path)


def test_a_zero_width_blank_in_a_number_is_no_part_of_it(tmp_path: Path) -> None:
    """June 2019 prints 7,786 with such a blank behind the comma."""
    body = page()
    assert "2,\u200b000".encode() in body
    assert figures(parsed(tmp_path, body))["Total", "Finalized: Rejected"] == "2,000"


def test_the_two_rows_of_the_head_make_seven_columns(tmp_path: Path) -> None:
    assert list(dict.fromkeys(row[5] for row in parsed(tmp_path, page()).rows)) == [
        "Intake", "Finalized: Accepted", "Finalized: Rejected", "Finalized: Abandoned", "Finalized: Withdrawn & Other",
        "Finalized: Total", "Pending",
    ]  # fmt: skip


def test_a_mask_stays_a_mask_and_a_footnote_stays_beside_its_label(tmp_path: Path) -> None:
    found = figures(parsed(tmp_path, page()))
    assert found["Nigeria", "Finalized: Accepted"] == "--"
    assert found["Total", "Intake"] == "7,786"


def test_the_period_is_that_of_the_caption(tmp_path: Path) -> None:
    assert {row[1:4] for row in parsed(tmp_path, page()).rows} == {("January 2017", "June", "2023")}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("to June", "until June", "names no period"),
        ('colspan="5"', 'colspan="4"', "head cannot be read"),
        ("Countries of Alleged Persecution", "Countries", "0 tables captioned"),
        ("<td>Nigeria</td>", '<td colspan="2">Nigeria</td>', "merged cells"),
    ],
)
def test_a_page_of_another_shape_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = page().decode().replace(irb_pages.ZERO_WIDTH, "").replace("&#160;", " ")
    assert old in text
    with pytest.raises(StructureError, match=said):
        parsed(tmp_path, text.replace(old, new).encode())


def test_a_saved_copy_that_is_not_text_in_its_charset_is_refused(tmp_path: Path) -> None:
    body = copy_of(page()).replace(b"Content-Type: text/html\r\n", b"Content-Type: text/html; charset=ascii\r\n")
    with pytest.raises(StructureError, match="not readable as"):
        parsed(tmp_path, body)


def test_a_cell_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    path = tmp_path / "page"
    path.write_bytes(page())
    with pytest.raises(LookupError, match="no cell at"):
        parser.cells(path, ['table "x" · row "y" · column "z"'])


def test_a_copys_address_with_a_place_in_the_page_is_the_pages_address(tmp_path: Path) -> None:
    address = b"Snapshot-Content-Location: " + irb_pages.ADDRESS.encode()
    assert address in copy_of(page())
    assert parsed(tmp_path, copy_of(page()).replace(address, address + b"#top")) == parsed(tmp_path, page())


def test_a_page_in_another_charset_is_read_in_the_one_that_it_declares(tmp_path: Path) -> None:
    declared = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1252"></head>'
    text = declared + "<body><main><p>Türkiye</p></main></body></html>"
    path = tmp_path / "page"
    path.write_bytes(text.encode("cp1252"))
    assert parser.text(path) == "Türkiye"
