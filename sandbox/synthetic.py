"""A made-up archive for measurements: many CBP vintages in the sample's format, marked `roxham-synthetic`.

Nothing in it is true. Every fiscal year is a copy of the sample's fiscal 2023 (the year that both cuts of the sample
hold whole, and in which they agree), and every release revises a few cells of the open year, in both cuts alike, so
that the cuts still reconcile. Releases fall on made-up days from November 2025 on.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sandbox import cbp_files, tables
from sandbox.cbp_files import Cells, Key, Vintage
from sandbox.folder import FolderWriter

ORIGIN = "roxham-synthetic"
STATE = "synthetic"
TEMPLATE_YEAR = 2023
WINDOW_YEARS = 4
FIRST_MONTH = (2025, 11)
# Beyond this many months a larger archive gets more releases a month instead of a later end.
LONGEST_SPAN_MONTHS = 24
REVISIONS_PER_RELEASE = 20
MINORS_LABEL = "UAC"
SEED = 20251101

Cell = tuple[int, str, Key]
Group = tuple[str, str, str]


@dataclass
class _Archive:
    """The counts of both cuts as they stand, revised release by release."""

    cells: dict[str, Cells]
    draw: random.Random = field(default_factory=lambda: random.Random(SEED))

    def add_year(self, fiscal_year: int) -> None:
        """Add a fiscal year as a copy of the template."""
        for cut in self.cells:
            for (year, month, key), count in cbp_files.newest_cells(cut).items():
                if year == TEMPLATE_YEAR:
                    self.cells[cut][fiscal_year, month, key] = count

    def revise(self, vintage: Vintage) -> None:
        """Change a few counts of the open year, the same way in both cuts."""
        groups = {cut: self._groups(cut, vintage) for cut in self.cells}
        shared = sorted(set(groups["state"]) & set(groups["aor"]))
        for place in self.draw.sample(shared, min(REVISIONS_PER_RELEASE, len(shared))):
            change = self.draw.randint(1, 3)
            for cut, of_cut in groups.items():
                cell = self.draw.choice(of_cut[place])
                self.cells[cut][cell] = str(int(self.cells[cut][cell]) + change)

    def _groups(self, cut: str, vintage: Vintage) -> dict[tuple[str, Group], list[Cell]]:
        """Cells of the open year by what the two cuts share: month, region, demographic and authority."""
        names = cbp_files.KEYS[cut]
        places = [names.index(name) for name in ("region", "demographic", "authority")]
        found: dict[tuple[str, Group], list[Cell]] = defaultdict(list)
        for cell in self.cells[cut]:
            year, month, key = cell
            if year == vintage.last_year and vintage.covers(year, month):
                region, demographic, authority = (key[at] for at in places)
                found[month, (region, demographic, authority)].append(cell)
        return found


def synthetic(directory: Path | str, scale: int) -> Path:
    """Write a made-up releases folder with `scale` times as many CBP files as the sample has.

    Args:
        directory: the folder to write; made if missing.
        scale: 1 or more; 10 and 100 are what `make bench` uses.

    Returns:
        The folder. Same scale, same bytes.
    """
    if scale < 1:
        raise ValueError("scale must be at least 1")
    files = scale * len(cbp_files.vintages())
    days = release_days(-(-files // 2))
    writer = FolderWriter(Path(directory), origin=ORIGIN, state=STATE)
    archive = _Archive({"state": {}, "aor": {}})
    written = 0
    for state in _vintages(days):
        for year in range(state.first_year, state.last_year + 1):
            if not any(cell[0] == year for cell in archive.cells["state"]):
                archive.add_year(year)
        archive.revise(state)
        for vintage in (state, _other_cut(state)):
            cells = {at: n for at, n in archive.cells[vintage.cut].items() if vintage.covers(at[0], at[1])}
            if written < files:
                writer.add(cbp_files.laid_out(vintage, cbp_files.render(vintage, cells), "made up for measurements"))
                written += 1
    writer.finish()
    return Path(directory)


def release_days(count: int) -> list[dt.date]:
    """`count` days of release: one a month, or several a month once the span of months is used up."""
    per_month = max(1, -(-count // LONGEST_SPAN_MONTHS))
    if per_month > 26:
        raise ValueError(f"{count} releases do not fit into {LONGEST_SPAN_MONTHS} months")
    days = []
    for number in range(count):
        months, place = divmod(number, per_month)
        years, month = divmod(FIRST_MONTH[1] - 1 + months, 12)
        days.append(dt.date(FIRST_MONTH[0] + years, month + 1, 3 + place))
    return days


def _vintages(days: list[dt.date]) -> Iterator[Vintage]:
    """The state cut's vintage of each day; a second one in a month gets CBP's `_0`, `_1` endings."""
    seen: dict[str, int] = defaultdict(int)
    for day in days:
        reached = dt.date(day.year, day.month, 1) - dt.timedelta(days=1)
        last_year = reached.year + (reached.month >= 10)
        through = tables.FISCAL_MONTHS[(reached.month - 10) % 12]
        month = "" if through == "SEP" else f"-{through.lower()}"
        first_year = last_year - WINDOW_YEARS + 1
        stem = f"nationwide-encounters-fy{first_year % 100:02d}-fy{last_year % 100:02d}{month}-state"
        ending = f"_{seen[stem] - 1}" if seen[stem] else ""
        seen[stem] += 1
        date = day.isoformat()
        yield Vintage(date, date, "day", "state", f"{stem}{ending}.csv", first_year, last_year, through, MINORS_LABEL)


def _other_cut(state: Vintage) -> Vintage:
    name = state.file_name.replace("-state", "-aor")
    return Vintage(**{**vars(state), "cut": "aor", "file_name": name})


def main() -> None:
    """`python -m sandbox.synthetic DIRECTORY SCALE`."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.synthetic", description="Write a made-up archive.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("scale", type=int)
    wanted = parser.parse_args()
    print(synthetic(wanted.directory, wanted.scale))


if __name__ == "__main__":
    main()
