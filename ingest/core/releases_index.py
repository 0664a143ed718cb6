"""Reads ``releases.csv``, the list in a folder of releases: a line a file, columns as the folder's writer gave them."""

from __future__ import annotations

import csv
from pathlib import Path

INDEX = "releases.csv"


def read_index(folder: Path) -> list[dict[str, str]]:
    """The lines of the folder's list, with or without a byte order mark before them; none where it has no list."""
    index = folder / INDEX
    if not index.exists():
        return []
    with index.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))
