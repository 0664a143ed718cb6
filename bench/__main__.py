"""``make bench``: measure, print a table, write it to ``bench/results.md``."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.measure import Cost, cost_of, in_turn, machine
from ingest.core.home import REPOSITORY
from ingest.core.settings import DevelopmentSettings
from sandbox.sample import lay_out
from sandbox.synthetic import synthetic

NAMED = DevelopmentSettings().releases.split(os.pathsep)[0]
RELEASES = Path(NAMED) if NAMED else REPOSITORY.parent / "shared" / "releases"
RESULTS = REPOSITORY / "bench" / "results.md"
LAST_BUT_ONE = "2024-12-31"


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    what: str
    measured: str
    aim: str


def main() -> None:
    """Measure everything; each group in turn, so that ratios are of one run."""
    lines: list[Line] = []
    with tempfile.TemporaryDirectory() as scratch:
        for group in (loading(), nights(Path(scratch)), growth(Path(scratch))):
            for line in group:
                print(f"{line.what:<66} {line.measured:<28} {line.aim}", flush=True)
                lines.append(line)
    RESULTS.write_text(as_markdown(lines), encoding="utf-8")


def loading() -> Iterator[Line]:
    """Archive + parse + load of all real CBP files, against two things that do less."""
    if not RELEASES.is_dir():
        yield Line("archive + parse + load of the real CBP files", f"NOT MEASURED: nothing at {RELEASES}", "")
        return
    works = [
        ["nothing"],
        ["roxham_load", str(RELEASES)],
        ["bare_read_csv", str(RELEASES)],
        ["pandas_to_sqlite", str(RELEASES)],
    ]
    start, ours, bare, plain = in_turn(works, rounds=5)
    net = [each.seconds - start.seconds for each in (ours, bare, plain)]
    yield Line("archive + parse + load of the real CBP files", f"{net[0]:.2f} s, {ours.peak_mib:.0f} MiB", "")
    yield Line("… against bare DuckDB read_csv of the same files", f"{net[0] / net[1]:.2f} ×", "≤ 1.5 ×")
    yield Line("… against pandas to SQLite", f"{net[0] / net[2]:.2f} ×", "≤ 0.5 ×")
    every = cost_of("roxham_load_all", str(RELEASES))
    yield Line("archive + parse + load of all sources' real files", _cost(every), "")


def nights(scratch: Path) -> Iterator[Line]:
    """A changed night and a quiet one over the bundled sample, whole, without Airflow."""
    sample, home = lay_out(scratch / "sample"), scratch / "home"
    first = cost_of("replay", str(sample), str(home), LAST_BUT_ONE)
    changed = cost_of("replay", str(sample), str(home))
    quiet = cost_of("replay", str(sample), str(home))
    yield Line("replay of the sample but its last releases, and a build", _cost(first), "")
    yield Line("changed night: the last releases, and a build", _cost(changed), "")
    yield Line("quiet night: the same folder again", _cost(quiet), "no build")
    yield Line("… against the changed night", f"{quiet.seconds / changed.seconds:.2f} ×", "")
    shutil.rmtree(home)


def growth(scratch: Path) -> Iterator[Line]:
    """The same work on made-up archives of 1, 10 and 100 times the sample's CBP files."""
    folders = {scale: synthetic(scratch / f"x{scale}", scale) for scale in (1, 10, 100)}
    # Against ×10, not ×1: loading the sample's own size takes less time than an interpreter's start varies.
    start, ten, hundred = in_turn(
        [["nothing"], *(["roxham_load", str(folders[scale])] for scale in (10, 100))], rounds=3
    )
    times = (hundred.seconds - start.seconds) / (ten.seconds - start.seconds)
    yield Line(
        "archive + parse + load, ×10 synthetic", f"{ten.seconds - start.seconds:.1f} s, {ten.peak_mib:.0f} MiB", ""
    )
    yield Line("… ×100 against ×10", f"{times:.1f} ×, {hundred.peak_mib:.0f} MiB", "< 2048 MiB")
    builds = {scale: cost_of("build", str(folders[scale]), str(scratch / f"home{scale}")) for scale in (1, 10, 100)}
    for scale in (10, 100):
        times = builds[scale].seconds / builds[1].seconds
        yield Line(f"process unvalidated + build + publish, ×{scale} synthetic",
                   f"{times:.1f} × of ×1, {builds[scale].peak_mib:.0f} MiB", f"≤ {scale} ×, < 2048 MiB")  # fmt: skip


def _cost(cost: Cost) -> str:
    return f"{cost.seconds:.1f} s, {cost.peak_mib:.0f} MiB"


def as_markdown(lines: list[Line]) -> str:
    """The table as the README quotes it."""
    rows = "\n".join(f"| {line.what} | {line.measured} | {line.aim} |" for line in lines)
    today = dt.datetime.now(dt.UTC).date().isoformat()
    return (
        f"# Bench\n\nMeasured by `make bench` on {today}, {machine()}. Seconds are of that machine; ratios are of one "
        f"run.\n\n| what | measured | aim |\n|---|---|---|\n{rows}\n"
    )


if __name__ == "__main__":
    main()
