"""Builds as data: what one is made of, which one readers see, and the error when one cannot go on.

Written by ``warehouse``; here, above it, because the site and the monitoring read what is served and make nothing.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ingest.core.home import Home
from ingest.core.records import CheckResult


class BuildError(RuntimeError):
    """A build cannot go on; the message says what is safe and what to do."""


class AuditFailed(BuildError):
    """The candidate failed a critical check that no source can be kept back for; nothing was published."""


class SourceFailed(BuildError):
    """What is wrong with the build belongs to single sources: without their newest releases it can go on.

    ``results`` are critical, and each names its source.
    """

    def __init__(self, message: str, results: Iterable[CheckResult]) -> None:
        super().__init__(message)
        self.results = tuple(results)


@dataclass(frozen=True)
class CandidateInfo:
    """What the candidate is made of."""

    build_id: str
    inputs: str
    as_of: dt.date
    sample: bool
    releases: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """Plain data for release.json."""
        return {**asdict(self), "as_of": self.as_of.isoformat(), "releases": list(self.releases)}

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> CandidateInfo:
        """What ``as_dict`` gave."""
        return cls(
            build_id=content["build_id"],
            inputs=content["inputs"],
            as_of=dt.date.fromisoformat(content["as_of"]),
            sample=content["sample"],
            releases=tuple(content["releases"]),
        )


@dataclass(frozen=True)
class PublishedBuild:
    """A build that readers see."""

    build_id: str
    path: Path
    sample: bool
    releases: int

    def as_dict(self) -> dict[str, object]:
        """Plain data for events and ``--json``."""
        return {"build_id": self.build_id, "path": str(self.path), "sample": self.sample, "releases": self.releases}


def kept(home: Home) -> list[Path]:
    """The complete builds that are kept, the last published first."""
    folders = home.builds.iterdir() if home.builds.is_dir() else ()
    complete = [each for each in folders if not each.is_symlink() and (each / "release.json").is_file()]
    return sorted(complete, key=lambda each: (each.stat().st_mtime, each.name), reverse=True)


def served(home: Home) -> CandidateInfo | None:
    """What the published build is made of; None before the first publication."""
    path = home.current / "release.json"
    return CandidateInfo.from_dict(json.loads(path.read_text())) if path.exists() else None


def current_inputs(home: Home) -> str | None:
    """The inputs' fingerprint of the published build; None before the first."""
    build = served(home)
    return build.inputs if build else None


def current(home: Home) -> PublishedBuild:
    """The build that readers see.

    Raises:
        BuildError: when none was ever published.
    """
    build = served(home)
    if build is None:
        message = f"nothing was published in {home.root} yet: run `roxham replay` or `make run`"
        raise BuildError(message)
    return PublishedBuild(build.build_id, home.current.resolve(), build.sample, len(build.releases))
