"""Where the real releases and the true figures are: the one place that reads ``ROXHAM_RELEASES``.

Several folders may be named, separated as in PATH (``os.pathsep``); the first is the one that single files are read from
unless a later one holds them. A relative path is one of the repository.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path

from ingest.core.home import REPOSITORY

DEFAULT = REPOSITORY.parent / "shared" / "releases"


def folders_named(named: str) -> list[Path]:
    """The folders that a value of ``ROXHAM_RELEASES`` names; without any the default."""
    return [REPOSITORY / each for each in named.split(os.pathsep) if each] or [DEFAULT]


def complete(folder: Path) -> bool:
    """Whether a folder holds releases and their list."""
    return (folder / "releases.csv").is_file()


def listed(folder: Path) -> list[dict[str, str]]:
    """The lines of a folder's ``releases.csv``."""
    with (folder / "releases.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


FOLDERS = folders_named(os.environ.get("ROXHAM_RELEASES", ""))
RELEASES = FOLDERS[0]
FIGURES = RELEASES.parent / "figures"
PRESENT = all(complete(each) for each in FOLDERS)
