"""Reads agencies' CSV files that are tables already, for the parsers of such sources: header, lines, and a line again.

DuckDB's own reader loads the rows; what stands here checks the shape around them and leads a locator back to its line.
"""

from __future__ import annotations

import csv
import functools
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ingest.core.records import CsvTable, StructureError, UnknownFile
from ingest.releases.parsers import Cell, found_again
from ingest.releases.parsers.headers import doubled


def header(path: Path, file_name: str) -> tuple[str, ...]:
    """The heads of the first line, without outer blanks.

    Raises:
        StructureError: when there is none, as in a scrape that failed and left a line break behind.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            found = tuple(head.strip() for head in next(csv.reader(stream)))
    except (StopIteration, UnicodeDecodeError, csv.Error) as error:
        message = f"{file_name}: no header line in UTF-8 ({path.stat().st_size} bytes)"
        raise StructureError(message) from error
    if not any(found):
        message = f"{file_name} is empty ({path.stat().st_size} byte(s)): a failed download, no release"
        raise StructureError(message)
    return found


def known_heads(heads: Sequence[str], columns: Iterable[str]) -> tuple[str, ...]:
    """The heads in the spelling of ``columns``: case and runs of blanks are typesetting; others stay as they are."""
    known = {_folded(head): head for head in columns}
    return tuple(known.get(_folded(head), head) for head in heads)


def _folded(head: str) -> str:
    return " ".join(head.split()).casefold()


def table(
    path: Path,
    file_name: str,
    name: str,
    columns: dict[str, str],
    value_header: str,
    optional: frozenset[str] = frozenset(),
) -> CsvTable:
    """The file as one raw table.

    Args:
        path: the archived bytes.
        file_name: how the file was called, for messages.
        name: the raw table.
        columns: column of the raw table by head of the file.
        value_header: the head over the counts, for locators.
        optional: heads that a vintage may lack.

    Raises:
        StructureError: when heads are missing, new or doubled, or blank lines would put line numbers out.
    """
    heads = known_heads(header(path, file_name), columns)
    refuse_other_heads(heads, columns, file_name, optional)
    if re.search(rb"\n\r?\n", path.read_bytes().rstrip()):
        message = f"{file_name} has blank lines between its rows: line numbers would not lead back to their cells"
        raise StructureError(message)
    return CsvTable(name, tuple(columns[head] for head in heads), heads, path, value_header)


def refuse_other_heads(
    heads: Sequence[str], columns: dict[str, str], file_name: str, optional: frozenset[str] = frozenset()
) -> None:
    """Stop at heads that are not those expected, naming what is missing, what is new and what stands twice.

    Raises:
        UnknownFile: when most of those expected are missing: another table.
        StructureError: when they are not the same for another reason.
    """
    missing = [head for head in columns if head not in heads and head not in optional]
    extra = [head for head in heads if head not in columns]
    twice = sorted(doubled(heads))
    if missing or extra or twice:
        told = {"missing": missing, "unread": extra, "twice": twice}
        words = "; ".join(f"{what} {', '.join(names)}" for what, names in told.items() if names)
        message = f"columns of {file_name} are not those of the source: {words}"
        raise (UnknownFile if 2 * len(missing) > len(columns) else StructureError)(message)


def cells_under(value_header: str) -> Callable[[Path, Sequence[str]], list[Cell]]:
    """The ``cells`` of a parser whose files are such tables, with their counts under that head."""
    return functools.partial(cells, value_header=value_header)


def cells(path: Path, locators: Sequence[str], value_header: str) -> list[Cell]:
    """The counts on ``line N``, read again, each with the rest of its line as row head.

    Raises:
        LookupError: when the file has no such line.
    """
    wanted = {locator.split(",")[0]: locator for locator in locators}
    found: dict[str, Cell] = {}
    with path.open(encoding="utf-8-sig", newline="") as stream:
        lines = csv.reader(stream)
        heads = known_heads([head.strip() for head in next(lines)], [value_header])
        for number, line in enumerate(lines, start=2):
            where = f"line {number}"
            if where in wanted:
                named = dict(zip(heads, line, strict=True))
                printed = named.pop(value_header)
                found[wanted[where]] = Cell(printed, " | ".join(named.values()), value_header, where)
    return found_again(found, locators)
