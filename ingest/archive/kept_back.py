"""Which sources builds keep back at the releases that were served, because what came after failed the audit of its marts.

A fact of the archive like any other, so that a build stays a function of archive and commit. It stands only for the very
releases and the very code that failed: a new release, a decision or mended code is tried by the next build, and
``roxham retry`` tries again at once.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass

from ingest.archive.manifest import Manifest
from ingest.core.records import CheckResult

SCHEMA = """
create table if not exists kept_back (
    source_id text primary key, served text not null, refused text not null, code text not null, since text not null,
    checks text not null
);
"""


@dataclass(frozen=True)
class KeptBack:
    """A source whose marts failed, and the releases that builds hold on to.

    Attributes:
        source_id: the source.
        served: its releases of the build that was served then; none when it never was.
        refused: all its accepted releases then, of which a build failed.
        code: the fingerprint of the code under which they failed.
        since: the day of the build that failed.
        checks: what failed, with its figures.
    """

    source_id: str
    served: tuple[str, ...]
    refused: tuple[str, ...]
    code: str
    since: dt.date
    checks: tuple[CheckResult, ...]

    def concerns(self, accepted: Iterable[str]) -> bool:
        """Whether these accepted releases of the source are the ones that failed."""
        return set(self.refused) == set(accepted)

    def applies(self, accepted: Iterable[str], code: str) -> bool:
        """Whether a build of these accepted releases by this code would fail as it did."""
        return self.code == code and self.concerns(accepted)

    @property
    def left_out(self) -> tuple[str, ...]:
        """The accepted releases that are not served."""
        return tuple(each for each in self.refused if each not in self.served)

    @property
    def reason(self) -> str:
        """One sentence for a person: what is not served, what is, and which checks said so."""
        failed = ", ".join(sorted({check.check for check in self.checks}))
        out = ", ".join(self.left_out) or "what is served already"
        served = f"served as of {self.served[-1]}" if self.served else "not served at all"
        return f"{out} failed the audit of the marts ({failed}); {served} since {self.since}"


def all_kept_back(manifest: Manifest) -> dict[str, KeptBack]:
    """Every source that was kept back and not let go since, whether or not it applies still."""
    manifest.connection.executescript(SCHEMA)
    rows = manifest.connection.execute("select * from kept_back order by source_id")
    return {
        row["source_id"]: KeptBack(
            row["source_id"],
            tuple(json.loads(row["served"])),
            tuple(json.loads(row["refused"])),
            row["code"],
            dt.date.fromisoformat(row["since"]),
            tuple(CheckResult(**each) for each in json.loads(row["checks"])),
        )
        for row in rows
    }


def keep_back(manifest: Manifest, sources: Collection[KeptBack]) -> None:
    """Remember these; what was remembered of the same sources before is over."""
    manifest.connection.executescript(SCHEMA)
    with manifest.transaction() as connection:
        connection.executemany(
            "insert or replace into kept_back values (?, ?, ?, ?, ?, ?)",
            [
                (each.source_id, json.dumps(each.served), json.dumps(each.refused), each.code, each.since.isoformat(),
                 json.dumps([asdict(check) for check in each.checks]))
                for each in sources
            ],
        )  # fmt: skip


def let_go(manifest: Manifest, source_id: str) -> None:
    """Forget it: the next build tries the source's newest releases again."""
    manifest.connection.executescript(SCHEMA)
    with manifest.transaction() as connection:
        connection.execute("delete from kept_back where source_id = ?", (source_id,))
