"""What spreadsheet writers do to a table."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from ingest.core.records import StructureError
from ingest.releases.parsers import parser_for

_NS = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)
_MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"


def text(value: str) -> str:
    return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'


def day(value: str) -> str:
    return f'<table:table-cell office:value-type="date" office:date-value="{value}"><text:p>{value}</text:p></table:table-cell>'


def number(value: int, repeated: int = 1) -> str:
    times = f' table:number-columns-repeated="{repeated}"' if repeated > 1 else ""
    kind = f'office:value-type="float" office:value="{value}"'
    return f"<table:table-cell{times} {kind}><text:p>{value}</text:p></table:table-cell>"


def row(*cells: str, repeated: int = 1) -> str:
    times = f' table:number-rows-repeated="{repeated}"' if repeated > 1 else ""
    return f"<table:table-row{times}>{''.join(cells)}</table:table-row>"


def ods(sheet: str, *rows: str) -> bytes:
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_NS}><office:body><office:spreadsheet>'
        f'<table:table table:name="{sheet}">{"".join(rows)}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_MIMETYPE}"/></manifest:manifest>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as container:
        container.writestr("mimetype", _MIMETYPE)
        container.writestr("META-INF/manifest.xml", manifest)
        container.writestr("content.xml", content)
    return out.getvalue()


def test_cells_and_rows_that_an_ods_stores_once_with_a_count_are_all_read(tmp_path: Path) -> None:
    """Readers took what repeats its neighbour for blank, on a UK government workbook (readODS #81)."""
    heads = row(text("Date"), text("Migrants arrived"), text("Boats arrived"), text("Notes"))
    path = tmp_path / "time-series.ods"
    path.write_bytes(
        ods("SB_01", heads,
            row(day("2024-01-01"), number(0, repeated=2), text("")),
            row(day("2024-01-02"), number(5), number(1), text("")),
            row(day("2024-01-03"), number(7, repeated=2), text("")))
    )  # fmt: skip
    [table] = parser_for("uk_small_boats").parse(path, path.name)
    columns = table.columns
    printed = [(line[columns.index("day")], line[columns.index("printed")]) for line in table.rows]
    assert printed == [
        ("2024-01-01", "0"), ("2024-01-01", "0"), ("2024-01-02", "5"), ("2024-01-02", "1"),
        ("2024-01-03", "7"), ("2024-01-03", "7"),
    ]  # fmt: skip


def test_a_row_that_an_ods_stores_once_with_a_count_is_as_many_rows(tmp_path: Path) -> None:
    """Two rows alike, stored as one: the second is there, so the same day stands twice and the file is refused."""
    heads = row(text("Date"), text("Migrants arrived"))
    path = tmp_path / "time-series.ods"
    path.write_bytes(ods("SB_01", heads, row(day("2024-01-01"), number(0), repeated=2)))
    with pytest.raises(StructureError, match="two rows of 2024-01-01"):
        parser_for("uk_small_boats").parse(path, path.name)
