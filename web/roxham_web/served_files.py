"""Which file of which build an address names, for ``serve``: only what is listed, only what lies in a build itself.

``/site/…`` is of the build that ``current`` points at in that moment; ``/builds/<id>/site/…`` is of that build for as
long as it is kept, and never changes.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote, unquote

from ingest.core.builds import kept
from ingest.core.home import Home

# What of a build is for readers; anything else in its folder is not served.
SERVED = ("site", "exports", "dbt_docs", "validation", "warehouse.duckdb", "datapackage.json", "release.json", "feed.xml",
          "revisions")  # fmt: skip
BUILDS = "builds"
_BUILD_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Refused(Exception):
    """A request that is answered with a status and a sentence; when it is FOUND, with another address."""

    def __init__(self, status: HTTPStatus, said: str) -> None:
        super().__init__(said)
        self.status = status


@dataclass(frozen=True)
class Found:
    """A file of a build."""

    path: Path
    build_id: str
    # Asked for by its build's name: whatever is published later, this address gives the same bytes.
    immutable: bool
    # Its first folder (or itself) below the build: one of `SERVED`.
    part: str


def path_of(address: str) -> str:
    """The path of a request's address, decoded; no `urlsplit`, which raises on what looks like a host.

    Raises:
        UnicodeDecodeError: when its bytes are no text.
    """
    return unquote(re.split(r"[?#]", address, maxsplit=1)[0], errors="strict")


def find(home: Home, address: str) -> Found:
    """The file that an address names.

    Raises:
        Refused: when there is none, or the address leads anywhere else.
        UnicodeDecodeError: when the address is no text.
    """
    path = path_of(address)
    segments = [segment for segment in path.split("/") if segment]
    if any(segment.startswith(".") or "\\" in segment or "\0" in segment for segment in segments):
        raise _missing()
    if segments == [home.status.name] and not path.endswith("/"):
        return _living_status(home)
    immutable = segments[:1] == [BUILDS]
    build = _build(home, segments[1] if len(segments) > 1 else "") if immutable else _current(home)
    inside = segments[2:] if immutable else segments
    if not inside or inside[0] not in SERVED:
        raise _missing()
    found, is_folder = _file(build, inside)
    if is_folder and not path.endswith("/"):
        raise Refused(HTTPStatus.FOUND, "/" + quote("/".join(segments)) + "/")
    if path.endswith("/") and not is_folder:
        raise _missing()
    return Found(found, build.name, immutable, inside[0])


def _living_status(home: Home) -> Found:
    """How the sources stand now: the one file that is served from beside the builds."""
    if home.status.is_symlink() or not home.status.is_file():
        raise Refused(HTTPStatus.NOT_FOUND, "nothing was checked yet")
    return Found(home.status, "", immutable=False, part=home.status.name)


def kept_builds(home: Home) -> list[dict[str, object]]:
    """The complete builds that are kept, newest first: id, as_of, whether of the sample, whether served at ``/``."""
    served = home.current.resolve()
    listed = []
    for build in kept(home):
        if not _BUILD_ID.fullmatch(build.name):
            continue
        told = json.loads((build / "release.json").read_text(encoding="utf-8"))
        facts = {"as_of": told.get("as_of"), "sample": told.get("sample"), "served": build.resolve() == served}
        listed.append({"build_id": build.name, **facts})
    return listed


def _current(home: Home) -> Path:
    try:
        return home.current.resolve(strict=True)
    except (OSError, RuntimeError):
        raise _missing() from None


def _build(home: Home, build_id: str) -> Path:
    build = home.builds.resolve() / build_id
    if not _BUILD_ID.fullmatch(build_id) or build.is_symlink() or not (build / "release.json").is_file():
        raise Refused(HTTPStatus.NOT_FOUND, "no such build is kept")
    return build


def _file(build: Path, inside: list[str]) -> tuple[Path, bool]:
    """The file, and whether it stands for its folder. A build holds no symlink; one that lies in it was planted."""
    try:
        asked = build.joinpath(*inside)
        is_folder = asked.is_dir()
        found = asked / "index.html" if is_folder else asked
        real = found.resolve(strict=True)
    except (OSError, RuntimeError):
        raise _missing() from None
    if real != found or not found.is_file():
        raise _missing()
    return found, is_folder


def _missing() -> Refused:
    return Refused(HTTPStatus.NOT_FOUND, "no such file in this build")
