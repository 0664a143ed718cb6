"""Parses IRCC's open-data workbooks of asylum claimants: one sheet each, two labels down the side, time across.

Publisher's page: https://open.canada.ca/data/en/dataset/b6cbcf4d-f763-4924-a2fb-8cc4a06e3de4. The corner cell names
the two things that a workbook breaks down by. Years stand in a merged head over their months; a block of rows carries
its own label only on its last row, which is its total (`Airport - Total`); the as-of date of the data is the last
footnote. That date is not the date of publication, so ``published`` knows none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.catalog.lookups import fold
from ingest.core.records import ParsedTable, Rows, StructureError, UnknownFile
from ingest.releases.parsers import Cell, found_again
from ingest.releases.parsers.headers import doubled
from ingest.releases.workbooks import letters_of, sheets_of, stored_text

DIMENSIONS = ("province", "office", "gender", "age", "citizenship")
COLUMNS = ("workbook", "ranking", "as_of", *DIMENSIONS, "rank", "year", "column_label", "printed")
MIGRATION_COLUMNS = ("as_of", "province_of_claim", "province_of_address", "column_label", "printed")
TABLES = {"cells": COLUMNS, "migration": MIGRATION_COLUMNS}

# What the corner cell says, and what the first and the second column of labels are then about.
CORNERS = {
    "claim office type and province/territory of claim": ("office", "province"),
    "province/territory and gender": ("province", "gender"),
    "province/territory and age": ("province", "age"),
    "country of citizenship and office type": ("citizenship", "office"),
    "country of citizenship and province/territory": ("citizenship", "province"),
}
MIGRATION_CORNER = ("province/territory of claim", "province/territory of last known address")
MIGRATION = "migration"
# The agency's file names, without what all of them begin with.
WORKBOOKS = {
    "officetype_prov": "office_province",
    "pt_gender": "province_gender",
    "pt_age": "province_age",
    "top_25_citz_office_type_last_month": "citizenship_office_month",
    "top_25_citz_office_type_last_year": "citizenship_office_year",
    "top_25_citz_prov_last_month": "citizenship_province_month",
    "top_25_citz_prov_last_year": "citizenship_province_year",
    "secondary_migration": MIGRATION,
}
NAME_BEGINS = "en_odp-asylum-"
LABEL_COLUMNS = 2
ROWS_ABOVE_THE_HEAD = 10
YEAR = re.compile(r"(19|20)[0-9]{2}")
YEAR_TOTAL = re.compile(r"((?:19|20)[0-9]{2}) ?-? ?total", re.IGNORECASE)
# Countries carry their place in the ranking, which is another one in every release: `(14) China, …`.
RANKED = re.compile(r"\(([0-9]+)\) ?(.+)")
RANKING = re.compile(r"\((\w+) ranking\)", re.IGNORECASE)
AS_OF = re.compile(
    r"source ?: (?:ircc|immigration, refugees and citizenship canada(?: \(ircc\))?),? \(?(.+?)\)?\.?", re.IGNORECASE
)


@dataclass(frozen=True)
class _Head:
    """One column of figures: its position from 0, the year above it and its own label."""

    position: int
    year: str
    label: str


@dataclass(frozen=True)
class _Row:
    """One row of figures: its number from 1, its block's label, its own label ('' on the block's total row)."""

    number: int
    block: str
    label: str
    values: Sequence[str]


@dataclass(frozen=True)
class _Sheet:
    """A workbook's table, read by its shape."""

    name: str
    workbook: str
    dimensions: tuple[str, str]
    ranking: str
    as_of: str
    heads: list[_Head]
    rows: list[_Row]


def parse(path: Path, file_name: str) -> list[ParsedTable]:
    """One row per cell of figures, totals of rows, quarters and years included; labels and figures as printed.

    The place in a ranking of countries stands apart from the country's name.

    Raises:
        StructureError: when it is no workbook, its corner names nothing known, a head, a block's label, the total row
            or the as-of date is missing, or the file is named for another workbook.
    """
    sheet = _read(path)
    named = part(file_name)
    if named in WORKBOOKS.values() and named != sheet.workbook:
        message = f"the file is named for the workbook {named}, its sheet holds {sheet.workbook}"
        raise StructureError(message)
    if sheet.workbook == MIGRATION:
        return [Rows("migration", (*MIGRATION_COLUMNS, "_locator"), tuple(_migration_rows(sheet)))]
    return [Rows("cells", (*COLUMNS, "_locator"), tuple(_cell_rows(sheet)))]


def part(file_name: str) -> str:
    """The workbook, as the file's name gives it; another name stands for itself."""
    stem = file_name.casefold().removeprefix(NAME_BEGINS).rsplit(".", 1)[0]
    return WORKBOOKS.get(stem, stem)


def cells(path: Path, locators: Sequence[str]) -> list[Cell]:
    """The cells at ``Sheet!B17``, read again, with the labels of their row and column.

    Raises:
        LookupError: when the sheet's table has no such cell.
    """
    sheet = _read(path)
    wanted = set(locators)
    found = {
        locator: Cell(printed, " | ".join(filter(None, (row.block, row.label))), _column_words(head), sheet.name)
        for row, head, printed, locator in _figures(sheet)
        if locator in wanted
    }
    return found_again(found, locators)


def _cell_rows(sheet: _Sheet) -> Iterator[tuple[str, ...]]:
    outer, inner = sheet.dimensions
    for row, head, printed, locator in _figures(sheet):
        ranked = RANKED.fullmatch(row.block.strip())
        rank, block = ranked.groups() if ranked else ("", row.block)
        labels = {outer: block, inner: row.label}
        yield (
            sheet.workbook, sheet.ranking, sheet.as_of, *(labels.get(each, "") for each in DIMENSIONS),
            rank, head.year, head.label, printed, locator,
        )  # fmt: skip


def _migration_rows(sheet: _Sheet) -> Iterator[tuple[str, ...]]:
    for row, head, printed, locator in _figures(sheet):
        yield sheet.as_of, row.block, row.label, head.label, printed, locator


def _figures(sheet: _Sheet) -> Iterator[tuple[_Row, _Head, str, str]]:
    letters = {head.position: letters_of(head.position) for head in sheet.heads}
    for row in sheet.rows:
        for head in sheet.heads:
            locator = f"{sheet.name}!{letters[head.position]}{row.number}"
            yield row, head, row.values[head.position], locator


def _column_words(head: _Head) -> str:
    return head.label if not head.year or head.year in head.label else f"{head.year} {head.label}"


def _read(path: Path) -> _Sheet:
    name, grid = _grid(path)
    top = _top(grid)
    corner = (fold(grid[top][0]), fold(grid[top][1]))
    title = " ".join(cell for row in grid[:top] for cell in row if cell)
    ranking = next((found.group(1) for found in RANKING.finditer(title)), "")
    is_migration = corner == MIGRATION_CORNER
    first = top + 1 if is_migration else _first_body_row(grid, top)
    end = next((number for number in range(first, len(grid)) if not any(grid[number])), len(grid))
    heads = _heads(grid[top:first], grid[first:end], with_years=not is_migration)
    return _Sheet(
        name=name,
        workbook=MIGRATION if is_migration else _workbook(CORNERS[corner[0]], ranking),
        dimensions=("", "") if is_migration else CORNERS[corner[0]],
        ranking=ranking,
        as_of=_as_of(grid[end:]),
        heads=heads,
        rows=list(_rows(grid, first, end)),
    )


def _grid(path: Path) -> tuple[str, list[list[str]]]:
    """The name of the only sheet, and its cells as text from A1 on."""
    sheets = sheets_of(path)
    if len(sheets) != 1:
        message = f"one sheet is promised, found {len(sheets)}: {', '.join(sheet.name for sheet in sheets)}"
        raise StructureError(message)
    [sheet] = sheets
    return sheet.name, [[stored_text(value) for value in row] for row in sheet.rows]


def _top(grid: list[list[str]]) -> int:
    """The row of the corner cell, from 0."""
    for number, row in enumerate(grid[:ROWS_ABOVE_THE_HEAD]):
        if len(row) > LABEL_COLUMNS and (fold(row[0]) in CORNERS or (fold(row[0]), fold(row[1])) == MIGRATION_CORNER):
            return number
    found = next((row[0] for row in grid[1:ROWS_ABOVE_THE_HEAD] if row and row[0]), "nothing")
    message = f'no table whose corner names a known breakdown; found "{found[:80]}"'
    raise UnknownFile(message)


def _workbook(dimensions: tuple[str, str], ranking: str) -> str:
    outer, inner = dimensions
    if outer != "citizenship":
        return f"{outer}_{inner}"
    if not ranking:
        message = "the title does not say by which ranking the countries are chosen"
        raise StructureError(message)
    return f"{outer}_{inner}_{'year' if YEAR.fullmatch(ranking) else 'month'}"


def _first_body_row(grid: list[list[str]], top: int) -> int:
    """The first row below the corner that has a label; the merged corner leaves its own rows' labels blank."""
    for number in range(top + 1, len(grid)):
        if any(map(str.strip, grid[number][:LABEL_COLUMNS])):
            return number
    message = "no row has a label"
    raise StructureError(message)


def _heads(head_rows: list[list[str]], body: list[list[str]], *, with_years: bool) -> list[_Head]:
    """The columns of figures. A year stands above its first column only: its head is merged over the others."""
    heads: list[_Head] = []
    year = ""
    for position in range(LABEL_COLUMNS, len(head_rows[0])):
        if with_years:
            year = head_rows[0][position].strip() or year
        below = [row[position].strip() for row in head_rows[1 if with_years else 0 :]]
        label = next((each for each in reversed(below) if each), "")
        if label:
            heads.append(_checked(_Head(position, year, label), with_years=with_years))
        elif any(row[position].strip() for row in body):
            message = f"column {letters_of(position)} has figures and no head"
            raise StructureError(message)
    twice = doubled((head.year, head.label) for head in heads)
    if twice or not heads:
        told = f"two columns headed {' '.join(filter(None, twice[0]))}" if twice else "no column has a head"
        message = f"{told}: a head is missing, or a column stands twice"
        raise StructureError(message)
    return heads


def _checked(head: _Head, *, with_years: bool) -> _Head:
    if with_years and not YEAR.fullmatch(head.year):
        message = f'no year above column {letters_of(head.position)} ("{head.label}"), found "{head.year}"'
        raise StructureError(message)
    total = YEAR_TOTAL.fullmatch(head.label)
    if with_years and total and total.group(1) != head.year:
        message = (
            f'column {letters_of(head.position)} is headed "{head.label}" under {head.year}: a year\'s head is missing'
        )
        raise StructureError(message)
    return head


def _rows(grid: list[list[str]], first: int, end: int) -> Iterator[_Row]:
    """The rows with their block's label, which stands on the block's last row only."""
    waiting: list[int] = []
    block = ""
    for number in range(first, end):
        block, label = grid[number][0], grid[number][1]
        if block.strip() and label.strip():
            message = f'row {number + 1} has two labels ("{block}", "{label}"): whose block it belongs to is unclear'
            raise StructureError(message)
        waiting.append(number)
        if block.strip():
            for each in waiting:
                yield _Row(each + 1, block, grid[each][1], grid[each])
            waiting = []
    if waiting or fold(block) != "total":
        message = f"the table does not end with its total row (last read is row {end}): it is cut off"
        raise StructureError(message)


def _as_of(below: list[list[str]]) -> str:
    """The date in the footnote, as printed; the rows below the table hold nothing but notes."""
    notes = [row[0].strip() for row in below if row]
    if any(cell.strip() for row in below for cell in row[1:]):
        message = "cells below the end of the table: a blank row parts it, or a second table follows"
        raise StructureError(message)
    found = [match.group(1) for note in notes if (match := AS_OF.fullmatch(note))]
    if len(found) != 1:
        message = f'{len(found)} footnotes "Source: IRCC, <date>", one is promised'
        raise StructureError(message)
    return found[0]
