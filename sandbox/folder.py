"""Writing a releases folder: files under `<source>/<vintage>/` and the `releases.csv` that lists them.

Bytes are a function of the content alone (no clock, no dictionary order, fixed line ends), so that two runs lay out
the same folder.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingest.core.releases_index import read_index

COLUMNS = (
    "source",
    "vintage",
    "file",
    "role",
    "agency_url",
    "published",
    "published_precision",
    "covers_to",
    "state",
    "bytes",
    "sha256",
    "origin",
    "note",
)


@dataclass(frozen=True)
class LaidOutFile:
    """One file of one vintage, as it goes to the folder and to its line of releases.csv."""

    source: str
    vintage: str
    file_name: str
    agency_url: str
    published: str
    precision: str
    covers_to: str
    body: bytes
    note: str = ""

    @property
    def relative_path(self) -> str:
        """`<source>/<vintage>/<file>`, with forward slashes on every system."""
        return f"{self.source}/{self.vintage}/{self.file_name}"


def merged(folders: Sequence[Path], directory: Path) -> Path:
    """Several releases folders as one: vintages of one name are one, a file that two hold is the first's.

    Returns:
        ``directory``, with links to the files (copies where there can be no link) and one releases.csv.
    """
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    lines: dict[str, dict[str, str]] = {}
    for folder in folders:
        for path in _files_of(folder):
            goal = directory / path.relative_to(folder)
            goal.parent.mkdir(parents=True, exist_ok=True)
            if not goal.exists():
                _link(path, goal)
        for line in read_index(folder):
            lines.setdefault(line["file"], line)
    columns = [*COLUMNS, *sorted({column for line in lines.values() for column in line} - {*COLUMNS})]
    with (directory / "releases.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines[file] for file in sorted(lines))
    return directory


def _files_of(folder: Path) -> list[Path]:
    """Its files; none that a symlink brings in from elsewhere."""
    inside = folder.resolve()
    found = sorted(each for each in folder.glob("*/**/*") if each.is_file())
    return [each for each in found if each.resolve().is_relative_to(inside)]


def _link(path: Path, goal: Path) -> None:
    try:
        os.link(path.resolve(), goal)
    except OSError:
        shutil.copyfile(path, goal)


@dataclass
class FolderWriter:
    """Writes files as they come and `releases.csv` at the end; holds no body longer than needed.

    Args:
        directory: where the folder goes; made if it is missing, files of the same name are overwritten.
        origin: the `origin` of every line, `roxham-sample` or `roxham-synthetic`.
        state: the `state` of every line, `sample` or `synthetic`.
    """

    directory: Path
    origin: str
    state: str
    _lines: list[dict[str, str]] = field(default_factory=list)

    def add(self, item: LaidOutFile) -> None:
        """Write one file and remember its line."""
        target = self.directory / item.relative_path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(item.body)
        self._lines.append(self._line(item))

    def finish(self) -> Path:
        """Write releases.csv (sorted by source, date, vintage and file) and return its path."""
        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(self._lines, key=lambda r: (r["source"], r["published"], r["file"])))
        target = self.directory / "releases.csv"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(out.getvalue().encode())
        return target

    def _line(self, item: LaidOutFile) -> dict[str, str]:
        return {
            "source": item.source,
            "vintage": item.vintage,
            "file": item.relative_path,
            "role": "data",
            "agency_url": item.agency_url,
            "published": item.published,
            "published_precision": item.precision,
            "covers_to": item.covers_to,
            "state": self.state,
            "bytes": str(len(item.body)),
            "sha256": hashlib.sha256(item.body).hexdigest(),
            "origin": self.origin,
            "note": item.note,
        }
