"""One workbook of the headline facts, for people who open spreadsheets: their figures, and what to know before adding up.

Deterministic: neither the properties of the workbook nor the archive around it says when it was made.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import re
import zipfile
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import duckdb
from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Font
from roxham_web.exported_files import WORKBOOK
from roxham_web.marts import listed
from roxham_web.sections import SECTIONS

from ingest.core.builds import CandidateInfo
from ingest.core.outgoing_text import readable
from warehouse.stable_zip import THEN, zipped

MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
COLUMNS = (
    "measure", "place", "place_level", "month", "value", "missing_reason", "is_additive", "unit", "value_basis",
    "revision_count", "is_final", "published_at", "release_id", "measure_id", "geography_id",
)  # fmt: skip
WIDTHS = {"measure": 48, "place": 30, "place_level": 22, "missing_reason": 18, "release_id": 36, "measure_id": 32}


def write(connection: duckdb.DuckDBPyConnection, folder: Path, info: CandidateInfo) -> dict[str, str]:
    """Write the workbook where the labelled view is there.

    Returns:
        Its name and sha256.
    """
    book = Workbook(write_only=True)
    book.properties.created = dt.datetime(*THEN)
    book.properties.creator = "Roxham"
    _about(book, connection, info)
    _figures(book, connection)
    content = _without_clock(book)
    (folder / WORKBOOK).write_bytes(content)
    return {"name": WORKBOOK, "sha256": hashlib.sha256(content).hexdigest()}


def _about(book: Workbook, connection: duckdb.DuckDBPyConnection, info: CandidateInfo) -> None:
    sheet = book.create_sheet("About")
    sheet.column_dimensions["A"].width = 120
    lines = [
        "SAMPLE: figures of the bundled sample, not of the agencies' own files" if info.sample else "Roxham",
        f"Build {info.build_id}, as of {info.as_of.isoformat()}.",
        "One row of the sheet Figures is a measure, a month and a place. An empty value is no zero: missing_reason says why.",
        "Add up one measure at one place_level, and only where is_additive: other levels hold the same people again.",
    ]
    for line in (*lines, *_attributions(connection)):
        sheet.append([_text(sheet, line)])


def _attributions(connection: duckdb.DuckDBPyConnection) -> list[str]:
    if not _has_facts(connection):
        return []
    rows = connection.execute("select distinct attribution from marts.dim_source order by 1").fetchall()
    return [str(attribution) for (attribution,) in rows]


def _figures(book: Workbook, connection: duckdb.DuckDBPyConnection) -> None:
    sheet = book.create_sheet("Figures")
    sheet.freeze_panes = "A2"
    for at, column in enumerate(COLUMNS):
        sheet.column_dimensions[chr(ord("A") + at)].width = WIDTHS.get(column, 14)
    sheet.append([_text(sheet, column, Font(bold=True)) for column in COLUMNS])
    rows = _headline_rows(connection)
    sheet.auto_filter.ref = f"A1:{chr(ord('A') + len(COLUMNS) - 1)}{len(rows) + 1}"
    for row in rows:
        sheet.append([_text(sheet, cell) if isinstance(cell, str) else cell for cell in row])


def _headline_rows(connection: duckdb.DuckDBPyConnection) -> Sequence[tuple[Any, ...]]:
    if not _has_facts(connection):
        return []
    known = [
        measure for (measure,) in connection.execute("select measure_id from marts.dim_measure order by 1").fetchall()
    ]
    patterns = [section.measure for section in SECTIONS if section.headline]
    wanted = [measure for measure in known if any(fnmatch(measure, pattern) for pattern in patterns)]
    return connection.execute(
        f"select {', '.join(COLUMNS)} from marts.crossings where measure_id in ({listed(wanted)})"
        " order by measure_id, geography_id, month"
    ).fetchall()


def _has_facts(connection: duckdb.DuckDBPyConnection) -> bool:
    return bool(connection.execute("select 1 from duckdb_views() where view_name = 'crossings'").fetchall())


def _text(sheet: Any, text: str, font: Font | None = None) -> Cell:  # noqa: ANN401  openpyxl names no type for it
    """A text that stays one, whatever it begins with."""
    cell = WriteOnlyCell(sheet, value=readable(text))
    cell.data_type = "s"
    if font:
        cell.font = font
    return cell


def _without_clock(book: Workbook) -> bytes:
    """The workbook's bytes with the same time on every member of its archive."""
    made = io.BytesIO()
    book.save(made)
    with zipfile.ZipFile(made) as before:
        # openpyxl says of every workbook that it was changed just now.
        return zipped(
            (name, MODIFIED.sub(rb"\g<1>1980-01-01T00:00:00Z", before.read(name))) for name in before.namelist()
        )
