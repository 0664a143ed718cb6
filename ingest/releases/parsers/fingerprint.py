"""A hash over all code that decides what a parser makes of a file: its module, what that imports of ours, the libraries."""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

from ingest.core.home import REPOSITORY

OURS = "ingest"
# Writes what the parsers find.
WRITER = "ingest.releases.read_file"
LIBRARIES = ("duckdb", "lxml", "pdfplumber", "pdfminer.six", "python-calamine")


@cache
def fingerprint(parser: str, file_name: str) -> str:
    """What, beside its bytes, decides what the parser makes of a file called so: 16 hexadecimal digits."""
    return hashlib.sha256(f"{_code(parser)}\0{file_name}".encode(errors="surrogatepass")).hexdigest()[:16]


@cache
def _code(parser: str) -> str:
    digest = hashlib.sha256(f"python {sys.version_info[:2]}".encode())
    for library in LIBRARIES:
        digest.update(f"\0{library} {version(library)}".encode())
    for path in sorted(_sources(parser)):
        digest.update(b"\0" + str(path.relative_to(REPOSITORY)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _sources(parser: str) -> set[Path]:
    """The files of the parser's module and of all modules of ours that it imports, or that those import."""
    found: set[Path] = set()
    ahead = [path for name in (f"ingest.releases.parsers.{parser}", WRITER) if (path := _file_of(name))]
    while ahead:
        path = ahead.pop()
        if path not in found:
            found.add(path)
            ahead += _imported(path)
    return found


def _imported(path: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{each.name}" for each in node.names)]
        elif isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        for name in names:
            file = _file_of(name)
            if file:
                yield file


def _file_of(module: str) -> Path | None:
    """The source of a module of ours; None for anything else."""
    if module.partition(".")[0] != OURS:
        return None
    place = REPOSITORY.joinpath(*module.split("."))
    return next((each for each in (place.with_suffix(".py"), place / "__init__.py") if each.exists()), None)
