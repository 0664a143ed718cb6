"""What waits for a person: everything that is kept out, why, what is served meanwhile, and the commands that decide it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from ingest.archive.decisions import unservable
from ingest.archive.manifest import Manifest
from ingest.core.builds import served
from ingest.core.home import Home
from ingest.core.records import CheckResult, Release, in_words


@dataclass(frozen=True)
class Waiting:
    """One thing that is kept out.

    Attributes:
        kind: what it is.
        name: what a command calls it, a release's id.
        checks: what stopped it: the check, what it saw and what it allows.
        served_meanwhile: what readers see of the source.
        commands: what decides it, whole commands to copy.
    """

    kind: str
    name: str
    source_id: str
    files: tuple[str, ...]
    checks: tuple[dict[str, str | None], ...]
    served_meanwhile: str
    commands: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """Plain data for ``--json``."""
        return asdict(self)

    def lines(self) -> list[str]:
        """What a person reads."""
        said = [f"{self.kind} {self.name} ({', '.join(self.files)})"]
        said += [f"  {each['check']}: saw {each['observed']} (limit {each['limit']})" for each in self.checks]
        said.append(f"  served meanwhile: {self.served_meanwhile}")
        return said + [f"  {command}" for command in self.commands]


def all_of(home: Home, manifest: Manifest) -> list[Waiting]:
    """Everything that waits, in the order of sources and publication; each kind of thing has its own function."""
    return releases_kept_out(home, manifest)


def releases_kept_out(home: Home, manifest: Manifest) -> list[Waiting]:
    """The releases that are quarantined, and the files that are set aside."""
    build = served(home)
    now_served = frozenset(build.releases) if build else frozenset()
    return [_of_release(home, manifest, each, now_served) for each in manifest.waiting()]


def _of_release(home: Home, manifest: Manifest, release: Release, now_served: frozenset[str]) -> Waiting:
    checks = manifest.check_results(release.release_id)
    return Waiting(
        kind=in_words(release.state),
        name=release.release_id,
        source_id=release.source_id,
        files=tuple(file.file_name for file in release.files),
        checks=tuple({"check": each.check, "observed": each.observed, "limit": each.limit, "reason": each.reason}
                     for each in checks if each.blocks),
        served_meanwhile=served_of(manifest, release.source_id, now_served),
        commands=_commands(home, release, checks),
    )  # fmt: skip


def served_of(manifest: Manifest, source_id: str, now_served: frozenset[str]) -> str:
    """What readers see of a source, in words."""
    mine = [each for each in manifest.releases(source_id) if each.release_id in now_served]
    if not mine:
        return "nothing of this source"
    newest = mine[-1]
    return f"{newest.release_id}, to {newest.last_month or 'no month'}"


def _commands(home: Home, release: Release, checks: Sequence[CheckResult]) -> tuple[str, ...]:
    """Accept only where that can be carried out; retry where code or YAML can have learned."""
    roxham = f"roxham --home {shlex.quote(str(home.root))}"
    decision = f"{release.release_id} --reason '…' --by '…'"
    can_accept = release.rows is not None and not unservable(checks)
    accept = (f"{roxham} accept {decision}",) if can_accept else ()
    return (*accept, f"{roxham} reject {decision}", f"{roxham} retry {release.source_id}")
