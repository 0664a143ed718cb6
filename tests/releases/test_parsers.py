"""What a parser's module must offer, what it need not write, and what identifies the code that reads a file."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest

from ingest.catalog.source import load_sources
from ingest.releases import parsers
from ingest.releases.parsers import parser_for
from ingest.releases.parsers.fingerprint import _code, fingerprint

PACKAGE = parsers.__name__


def module(monkeypatch: pytest.MonkeyPatch, **offers: object) -> None:
    """A parser's module named ``made_up``."""
    made_up = types.ModuleType(f"{PACKAGE}.made_up")
    vars(made_up).update(offers)
    monkeypatch.setitem(sys.modules, made_up.__name__, made_up)


def test_a_parser_writes_only_what_it_does_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve parsers wrote a `part` that returned one constant, nine a `text` and a `published` that returned nothing."""
    module(monkeypatch, TABLES={"cells": ("printed",)}, parse=lambda path, name: [], cells=lambda path, locators: [])
    parser = parser_for("made_up")
    assert parser.part("any.csv") == parser.part("other.csv")
    assert parser.published(Path("any.csv")) is None
    assert parser.text(Path("any.csv")) == ""


@pytest.mark.parametrize("lacking", ["TABLES", "parse", "cells"])
def test_a_parser_without_a_function_that_it_needs_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, lacking: str
) -> None:
    needed = {"TABLES": {}, "parse": lambda path, name: [], "cells": lambda path, locators: []}
    module(monkeypatch, **{name: given for name, given in needed.items() if name != lacking})
    with pytest.raises(TypeError, match=lacking):
        parser_for("made_up")


def test_every_parser_has_a_fingerprint_of_its_own() -> None:
    names = {source.parser for source in load_sources().values()}
    assert len({fingerprint(name, "a.csv") for name in names}) == len(names)
    assert fingerprint("frontex_detections", "a.xlsx") != fingerprint("frontex_detections", "b.xlsx")


@pytest.mark.parametrize(
    ("changed", "parser", "moves"),
    [
        ("frontex_detections.py", "frontex_detections", True),
        ("../workbooks.py", "frontex_detections", True),
        ("headers.py", "cbp_nationwide_encounters", True),  # by way of csv_lines
        ("__init__.py", "uk_small_boats_page", True),
        ("html_tables.py", "frontex_detections", False),
        ("frontex_detections.py", "uk_small_boats", False),
    ],
)
def test_the_fingerprint_moves_with_the_code_that_reads_the_file_and_with_no_other(
    monkeypatch: pytest.MonkeyPatch, changed: str, parser: str, moves: bool
) -> None:
    """A file kept as parsed by yesterday's code is served wrong for ever if its key overlooks a shared module."""
    before = _code.__wrapped__(parser)
    path = (Path(parsers.__file__).parent / changed).resolve()
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda self: read(self) + (b"# changed\n" if self == path else b""))
    assert (_code.__wrapped__(parser) != before) is moves
