"""One parser per source: archived bytes in, tables of printed strings with locators out.

A parser extracts structure and never decides meaning. It raises ``StructureError`` when the file is not shaped as the
publisher's page promises. ``published`` reads the publication date that stands in the document itself, if any, and
``cell`` finds the printed cell behind a locator again, for ``roxham trace``.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from ingest.core.records import ParsedTable, Published


@dataclass(frozen=True)
class Cell:
    """A printed cell, read again from the archived bytes."""

    printed: str
    row_head: str
    column_head: str
    where: str


class Parser(Protocol):
    """What every module in this package offers."""

    # Raw tables of the source and their columns, without the _release_id, _sha256 and _locator that load adds.
    TABLES: dict[str, tuple[str, ...]]

    def parse(self, path: Path, file_name: str) -> list[ParsedTable]:
        """The tables of one file, with every value as printed. Raises StructureError."""
        ...

    def part(self, file_name: str) -> str:
        """For which part of the source a file speaks (a year page, a cut): a file is compared with its own part."""
        ...

    def published(self, path: Path) -> Published | None:
        """The date of publication that the document itself prints."""
        ...

    def cells(self, path: Path, locators: Sequence[str]) -> list[Cell]:
        """The cells that these locators point at, in their order. Raises LookupError when one is not there."""
        ...

    def text(self, path: Path) -> str:
        """The words of the document in which a notice of closure would stand; empty for data files."""
        ...


def parser_for(name: str) -> Parser:
    """The parser module of that name.

    Raises:
        ModuleNotFoundError: when there is none.
    """
    return cast(Parser, importlib.import_module(f"ingest.releases.parsers.{name}"))


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
