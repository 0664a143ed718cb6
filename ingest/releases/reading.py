"""What a parser makes of an archived file, read once and kept beside the archive as Parquet: ``archive/parsed/``.

``<sha256>-<fingerprint>.json`` says what was found, and the hash of each ``<sha256>-<fingerprint>-<table>.parquet``. The
fingerprint stands for the parser's code and the file's name; when the code changes, the file is read again. All of it may
be deleted at any time. The reading itself happens in a confined child.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ingest.archive.objects import Archive, hash_of_file
from ingest.catalog.source import Source
from ingest.core import confined
from ingest.core.confined import Killed, Limits
from ingest.core.records import Published, StructureError, UnknownFile
from ingest.releases.parsers.fingerprint import fingerprint

READ = "ingest.releases.read_file:read"
LIMITS = Limits()
FaultKind = Literal["unknown", "structure", "broken", "killed"]


@dataclass(frozen=True)
class Fault:
    """Why a file has no tables: another document, not shaped as promised, a parser that broke, or one that had to be killed."""

    kind: FaultKind
    message: str


class Unreadable(RuntimeError):
    """A file that has no tables, for another reason than its shape."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


@dataclass(frozen=True)
class Table:
    """One parsed table: its Parquet file has the parser's columns and ``_locator``, all text, in the file's order."""

    name: str
    path: Path
    rows: int


@dataclass(frozen=True)
class Reading:
    """What a parser makes of one file.

    Attributes:
        published: the date that the document itself prints.
        date_fault: what is wrong with that date.
        words: where a notice of closure would stand.
        tables: none when there is a fault.
        fault: why not.
    """

    published: Published | None
    date_fault: str | None
    words: str
    tables: tuple[Table, ...]
    fault: Fault | None

    def tables_or_raise(self) -> tuple[Table, ...]:
        """The tables.

        Raises:
            UnknownFile: when the file is none of the documents that the parser knows.
            StructureError: when the file is not shaped as promised.
            Unreadable: when its parser broke or had to be killed.
        """
        if self.fault and self.fault.kind == "unknown":
            raise UnknownFile(self.fault.message)
        if self.fault and self.fault.kind == "structure":
            raise StructureError(self.fault.message)
        if self.fault:
            raise Unreadable(self.fault)
        return self.tables


# What was killed is not read again by the same process: grouping, judging and loading all ask for it. Not kept beyond
# it: how far a parser gets depends on more than the bytes.
_killed: dict[tuple[Path, str], Reading] = {}


def read(archive: Archive, source: Source, sha256: str, file_name: str) -> Reading:
    """What the source's parser makes of that file, from what is kept where it was read before.

    Raises:
        DamagedObject: when the disk gives back other bytes than were archived.
        MachineTrouble: when our own machine could not read it; that is no verdict on the file.
    """
    path = archive.verified(sha256)
    folder = archive.parsed_folder(sha256)
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{sha256}-{fingerprint(source.parser, file_name)}"
    kept = _killed.get((folder, stem)) or _kept(folder, stem)
    if kept:
        return kept
    with tempfile.TemporaryDirectory(dir=folder, prefix=".incoming-") as drafts:
        arguments = {
            "parser": source.parser, "path": str(path), "file_name": file_name, "draft": str(Path(drafts) / stem)
        }  # fmt: skip
        try:
            found = confined.call(READ, arguments, LIMITS)
        except Killed as error:
            killed = Reading(None, None, "", (), Fault("killed", str(error)))
            return _killed.setdefault((folder, stem), killed)
        _keep(folder, stem, Path(drafts), {"file_name": file_name, **found})
    return _reading(folder, stem, found)


def forget_killed() -> None:
    """Read again what was killed: a person asks for it."""
    _killed.clear()


def _kept(folder: Path, stem: str) -> Reading | None:
    """What is kept of an earlier reading; None when there is none, or its bytes are not those that were written."""
    try:
        content = json.loads((folder / f"{stem}.json").read_text())
        whole = content.pop("sha256") == _seal(content)
        tables = [(folder / f"{stem}-{each['table']}.parquet", each["sha256"]) for each in content["tables"]]
        if whole and all(hash_of_file(path) == sha256 for path, sha256 in tables):
            return _reading(folder, stem, content)
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        pass
    return None


def _keep(folder: Path, stem: str, drafts: Path, content: dict[str, Any]) -> None:
    """Put the tables in place, then what names them: a kill in between leaves nothing that would be believed."""
    for draft in drafts.iterdir():
        draft.replace(folder / draft.name)
    index = drafts / f"{stem}.json"
    index.write_text(json.dumps({**content, "sha256": _seal(content)}, indent=1, sort_keys=True) + "\n")
    index.replace(folder / index.name)
    _drop_older(folder, stem, content["file_name"])


def _drop_older(folder: Path, stem: str, file_name: str) -> None:
    """Delete what an earlier code of the parser made of the same file."""
    for index in folder.glob(f"{stem.partition('-')[0]}-*.json"):
        with contextlib.suppress(OSError, ValueError, KeyError):
            if index.stem != stem and json.loads(index.read_text())["file_name"] == file_name:
                for each in folder.glob(f"{index.stem}*"):
                    each.unlink(missing_ok=True)


def _seal(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _reading(folder: Path, stem: str, content: dict[str, Any]) -> Reading:
    return Reading(
        published=Published(**content["published"]) if content["published"] else None,
        date_fault=content["date_fault"],
        words=content["words"],
        tables=tuple(
            Table(each["table"], folder / f"{stem}-{each['table']}.parquet", each["rows"]) for each in content["tables"]
        ),
        fault=Fault(**content["fault"]) if content["fault"] else None,
    )
