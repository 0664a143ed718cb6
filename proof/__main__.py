"""``python -m proof [--part …] [--seed N] [--minutes M]``: everything that is tried, on one page, ``proof/report.md``."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ingest.core.home import REPOSITORY
from proof import hostile, kills, mutations, nights, past, wire
from proof.trials import Budget, Part, lines

REPORT = REPOSITORY / "proof" / "report.md"
TITLES = {
    "mutations": "Mutations",
    "kills": "Kills, full disks, two at once",
    "wire": "The wire",
    "hostile": "Hostile content",
    "nights": "400 nights",
    "past": "The past rebuilt",
}
PARTS: dict[str, Part] = {
    "kills": kills.run, "wire": wire.run, "hostile": hostile.run, "nights": nights.run, "past": past.run,
}  # fmt: skip
# Shares of the time, in the order in which the parts run; what a part leaves over goes to those behind it.
SHARES = {"nights": 8, "wire": 8, "past": 8, "hostile": 16, "kills": 30, "mutations": 50}


def _mutations(scratch: Path, budget: Budget) -> str:
    found = mutations.run(
        scratch,
        seed=budget.seed,
        mutants=1000,
        until=budget.until,
        progress=lambda line: print(f"  {line}", flush=True),
    )
    return mutations.tables(found)


def _section(part: str, scratch: Path, budget: Budget) -> str:
    began = time.time()
    run: Callable[[Path, Budget], str] = (
        _mutations if part == "mutations" else lambda *given: lines(PARTS[part](*given))
    )
    try:
        body = run(scratch / part, budget)
    except Exception as error:  # noqa: BLE001  a part that breaks is told of, and the others go on
        body = f"**This part broke**: {type(error).__name__}: {error}\n"
    return f"## {TITLES[part]}\n\n{body}\nTook {time.time() - began:.0f} s.\n"


def _head(seed: int, minutes: float) -> str:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    now = dt.datetime.now(dt.UTC)
    return (
        f"# The proof\n\nCommit {commit.stdout.strip() or 'unknown'}, {now:%Y-%m-%d %H:%M} UTC, seed {seed},"
        f" bounded at {minutes:.0f} minutes, Python {platform.python_version()}, {os.cpu_count()} cores.\n"
    )


def main() -> None:
    """Run the parts that were asked for, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m proof", description=__doc__)
    parser.add_argument("--part", action="append", choices=sorted(TITLES), default=[])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=115)
    parser.add_argument("--scratch", type=Path)
    given = parser.parse_args()
    scratch = given.scratch or Path(tempfile.gettempdir()) / "roxham-proof"
    end = time.time() + given.minutes * 60
    parts = [part for part in SHARES if not given.part or part in given.part]
    page = [_head(given.seed, given.minutes)]
    for number, part in enumerate(parts):
        share = SHARES[part] / sum(SHARES[each] for each in parts[number:])
        budget = Budget(time.time() + (end - time.time()) * share, given.seed)
        (scratch / part).mkdir(parents=True, exist_ok=True)
        print(f"{TITLES[part]} …", flush=True)
        page.append(_section(part, scratch, budget))
        print(page[-1], flush=True)
        REPORT.write_text("\n".join(page), encoding="utf-8")
    sys.stdout.write(f"{REPORT}\n")


if __name__ == "__main__":
    main()
