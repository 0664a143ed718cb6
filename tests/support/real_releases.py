"""Where the real releases and the true figures are: the one place that reads ``ROXHAM_RELEASES``.

Several folders may be named, separated as in PATH (``os.pathsep``); builds are made over all of them. A relative path is one
of the repository.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path

from ingest.core.home import REPOSITORY

SHARED = REPOSITORY.parent / "shared"
DEFAULT = [SHARED / "releases", SHARED / "releases_2"]


def folders_named(named: str) -> list[Path]:
    """The folders that a value of ``ROXHAM_RELEASES`` names; without any those of the default that are there."""
    return [REPOSITORY / each for each in named.split(os.pathsep) if each] or [
        each for each in DEFAULT if each.is_dir() or each == DEFAULT[0]
    ]


def complete(folder: Path) -> bool:
    """Whether a folder holds releases and their list."""
    return (folder / "releases.csv").is_file()


def listed(folder: Path) -> list[dict[str, str]]:
    """The lines of a folder's ``releases.csv``."""
    with (folder / "releases.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


FOLDERS = folders_named(os.environ.get("ROXHAM_RELEASES", ""))
# Single files are read from the first folder; ``held`` finds those of any.
RELEASES = FOLDERS[0]
FIGURES = RELEASES.parent / "figures"
PRESENT = all(complete(each) for each in FOLDERS)


def held(relative: str) -> Path:
    """The file of that name in the first folder that holds it; in the first folder where none does."""
    return next((each / relative for each in FOLDERS if (each / relative).exists()), RELEASES / relative)
