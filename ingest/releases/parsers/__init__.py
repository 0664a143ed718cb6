"""One parser per source: archived bytes in, tables of printed strings with locators out.

A parser extracts structure and never decides meaning. It raises ``StructureError`` when the file is not shaped as the
publisher's page promises. ``published`` reads the publication date that stands in the document itself, if any, and
``cell`` finds the printed cell behind a locator again, for ``roxham trace``.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from ingest.core.records import ParsedTable, Published


@dataclass(frozen=True)
class Cell:
    """A printed cell, read again from the archived bytes."""

    printed: str
    row_head: str
    column_head: str
    where: str


def _no_date(_path: Path) -> Published | None:
    """Most documents print no date of publication."""
    return None


def _one_part(_file_name: str) -> str:
    """Most sources speak in files of one kind: each is compared with the newest one before it."""
    return ""


def _no_words(_path: Path) -> str:
    """A data file has no words in which a notice of closure could stand."""
    return ""


@dataclass(frozen=True)
class Parser:
    """What a parser's module offers; what has a default here is written only by the modules that do otherwise."""

    # Raw tables of the source and their columns, without the _release_id, _sha256 and _locator that load adds.
    TABLES: dict[str, tuple[str, ...]]
    # The tables of one file, with every value as printed. Raises StructureError.
    parse: Callable[[Path, str], list[ParsedTable]]
    # The cells that these locators point at, in their order. Raises LookupError when one is not there.
    cells: Callable[[Path, Sequence[str]], list[Cell]]
    # For which part of the source a file speaks (a year page, a cut): a file is compared with its own part.
    part: Callable[[str], str] = _one_part
    # The date of publication that the document itself prints.
    published: Callable[[Path], Published | None] = _no_date
    # The words of the document in which a notice of closure would stand; empty for data files.
    text: Callable[[Path], str] = _no_words


def parser_for(name: str) -> Parser:
    """The parser that the module of that name holds, with the defaults for what it does not write.

    Raises:
        ModuleNotFoundError: when there is none.
        TypeError: naming what the module lacks and has no default.
    """
    module = importlib.import_module(f"ingest.releases.parsers.{name}")
    own = vars(module)
    return Parser(**{field.name: own[field.name] for field in fields(Parser) if field.name in own})


def found_again(cells: Mapping[str, Cell], locators: Sequence[str]) -> list[Cell]:
    """The cells at these locators, in their order.

    Raises:
        LookupError: naming the first locator at which there is none.
    """
    missing = [locator for locator in locators if locator not in cells]
    if missing:
        message = f"no cell at {missing[0]}"
        raise LookupError(message)
    return [cells[locator] for locator in locators]
