"""What is mutated: a true file of each source, and a home in which its true predecessors were accepted.

Files are the real releases where a folder of them is at hand, else the bundled sample. Where no earlier vintage of a file is
held its predecessor is made: the file itself without its newest month, or, where intake refuses that, the file itself.
"""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import functools
import hashlib
import os
import random
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from ingest.catalog.source import FOLDER, Source, load_sources
from ingest.core.clock import FixedClock
from ingest.core.home import REPOSITORY, Home
from ingest.releases.intake import ReleaseOutcome, inspect
from pipeline import steps
from pipeline.replay import replay
from proof import oracle
from proof.books import open_book
from proof.operators import BY_NAME, Target
from sandbox.sample import lay_out

SHARED = REPOSITORY.parent / "shared"
# (source, end of the path of the file that is mutated, share of the mutants); the first that is at hand is taken, all of a
# source's lines are taken together. "sample:" is the bundled sample's, "running:" the file as it was while its year ran.
BASES: tuple[tuple[str, tuple[str, ...], int], ...] = (
    ("cbp_nationwide_encounters", ("2024-06/nationwide-encounters-fy21-fy24-may-state.csv",), 2),
    ("cbp_nationwide_encounters", ("2023-12/nationwide-encounters-fy21-fy24-nov-aor.csv",), 1),
    ("cbp_southwest_encounters", ("2024-12/sbo-encounters-fy22-fy25-nov.csv", "2023-05/sbo-encounters-fy22-fy23-apr.xlsx"), 2),
    ("cbp_southwest_encounters", ("2023-05/sbo-encounters-fy20-fy23-apr.xlsx",), 1),
    ("cbp_southwest_dashboard", ("2022-07-15/encounters.csv",), 3),
    ("frontex_detections", ("Monthly_detections_of_IBC.xlsx",), 1),
    ("irb_irregular_claims", ("2023-09/irregular-border-crossers-countries-2023-09.mht",
                              "2023-11-27/irregular-border-crossers-countries.html"), 3),
    ("ircc_asylum_claimants", ("2025-07-31/EN_ODP-Asylum-OfficeType_Prov.xlsx",), 2),
    ("ircc_asylum_claimants", ("2024-02-29/EN_ODP-Asylum-PT_Gender.xlsx",), 1),
    ("ircc_rcmp_interceptions", ("running:2024-04-22/asylum-claims-2023.html",), 3),
    ("ircc_rcmp_interceptions", ("2024-04-22/asylum-claims-2023.html",), 1),
    ("ircc_rcmp_interceptions", ("2024-04-22/asylum-claims-2018.html",), 1),
    ("ohss_khsm_usbp_encounters", ("KHSM-Encounters-USBP-fy25m11.xlsx",), 1),
    ("ohss_monthly_tables", ("2024_1108_ohss_immigration-enforcement-and-legal-processes-tables-july-2024.xlsx",), 1),
    ("rcmp_press_vintages", ("rcmp_press_vintages.csv",), 2),
    ("statcan_frontier_counts", ("2410005301-eng.csv",), 3),
    ("uk_small_boats", ("2026-06-05/data_small_boats_time_series.ods",
                        "2026-01-02/02_January_2026_Small_boats_-_time_series.ods"), 3),
    ("uk_small_boats_page", ("2026-08-22/2026-08-22.html",), 3),
    ("usbp_apprehensions_page", ("2026-10-03/newsroom-page-excerpt.html",), 3),
    ("usbp_sector_monthly", ("sample:us_border_patrol_monthly_encounters_fy2000-fy2020-508.pdf",), 2),
)  # fmt: skip
BUNDLED = "bundled"


@dataclasses.dataclass(frozen=True)
class Held:
    """One file of a releases folder, as its list describes it."""

    source_id: str
    path: Path
    published: str
    known_on: dt.date


@dataclasses.dataclass(frozen=True)
class Case:
    """A true file, its home, and how the file itself is judged there."""

    source_id: str
    file: Path
    corpus: str
    predecessors: str
    home: Home
    day: dt.date
    share: int
    earlier: Path | None
    as_judged: tuple[tuple[str, str], ...] = ()

    @property
    def source(self) -> Source:
        """The source's declaration."""
        return load_sources()[self.source_id]

    @property
    def suffix(self) -> str:
        """The format's ending under which a mutant is written: a saved copy is written as the page in it."""
        return ".html" if self.file.suffix == ".mht" else self.file.suffix

    @property
    def mutant_name(self) -> str:
        """The name that a mutant goes by: its file's own."""
        return self.file.with_suffix(self.suffix).name


def releases_folders() -> list[Path]:
    """The folders of real releases at hand: ``ROXHAM_RELEASES``, or those beside the checkout."""
    named = os.environ.get("ROXHAM_RELEASES")
    found = [Path(each) for each in named.split(os.pathsep)] if named else [SHARED / "releases", SHARED / "releases_2"]
    return [each for each in found if each.is_dir()]


@functools.cache
def held(folder: Path) -> tuple[Held, ...]:
    """The data files that a releases folder lists, in order of publication."""
    files = []
    with (folder / "releases.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            if row["role"] == "data" and row["published"]:
                files.append(Held(row["source"], folder / row["file"], row["published"], _last_day(row["published"])))
    return tuple(sorted(files, key=lambda each: (each.known_on, str(each.path))))


def _last_day(text: str) -> dt.date:
    parts = [int(each) for each in text.split("-")]
    if len(parts) == 3:
        return dt.date(*parts)
    year, month = parts[0], parts[1] if len(parts) == 2 else 12
    return dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)


def make_cases(scratch: Path, *, sources: Iterable[str] = (), sample_only: bool = False) -> Iterator[Case]:
    """Every case of these sources (default: all), its home filled; homes that stand already are used again."""
    sample = _sample(scratch)
    wanted = set(sources)
    folders = [] if sample_only else releases_folders()
    for source_id, endings, share in BASES:
        if wanted and source_id not in wanted:
            continue
        found = _find(source_id, endings, folders, sample)
        if found is not None and endings[0].startswith("running:"):
            yield _running_case(scratch, found[0], found[1], sample, share)
        elif found is not None:
            yield _case(scratch, found[0], found[1], sample, share)


def true_files(scratch: Path, *, sources: Iterable[str] = (), sample_only: bool = False) -> list[tuple[str, Path]]:
    """(source, file) of every case, without a home."""
    sample = _sample(scratch)
    folders = [] if sample_only else releases_folders()
    wanted = set(sources)
    found = ((source_id, _find(source_id, endings, folders, sample)) for source_id, endings, _ in BASES)
    return [(source_id, each[0].path) for source_id, each in found if each and (not wanted or source_id in wanted)]


def _sample(scratch: Path) -> Path:
    sample = scratch / "sample"
    if not (sample / "releases.csv").exists():
        lay_out(sample)
    return sample


RUNNING_MONTHS = 9


def _running(path: Path, months: int) -> bytes:
    """The page of a year that is over as it looked after that many months, its totals summed anew."""
    book = open_book(path.read_bytes(), path.suffix)
    found = oracle.figures("ircc_rcmp_interceptions", book)
    for number, grid in enumerate(book.grids):
        own = [each for each in found if each.at[0] == number]
        for total in (each for each in own if not each.month):
            row = [each.counted for each in own if each.at[1] == total.at[1] and 0 < each.month <= months]
            grid.lines[total.at[1]].cells[total.at[2]].write(f"{sum(each for each in row if each):,}")
        if own:
            grid.drop_columns({each.at[2] for each in own if each.month > months})
    return book.save()


def _find(
    source_id: str, endings: tuple[str, ...], folders: list[Path], sample: Path
) -> tuple[Held, list[Path]] | None:
    if source_id == "rcmp_press_vintages":
        register = Held(source_id, FOLDER / endings[0], "", dt.date(2026, 11, 1))
        return register, []
    for ending in endings:
        pools = [[sample]] if ending.startswith("sample:") or not folders else [folders, [sample]]
        for pool in pools:
            for folder in pool:
                for each in held(folder):
                    if each.source_id == source_id and str(each.path).endswith("/" + ending.rpartition(":")[2]):
                        return each, pool
    return None


def _case(scratch: Path, base: Held, pool: list[Path], sample: Path, share: int) -> Case:
    # Of one day, all files but the one that is mutated: its siblings are there before it.
    before = [each for folder in pool for each in held(folder) if each.source_id == base.source_id
              and each.path != base.path and each.known_on <= base.known_on]  # fmt: skip
    corpus = "real" if pool and sample not in pool else "sample" if pool else "own register"
    same_part = [each for each in before if _part(each.path.name) == _part(base.path.name)]
    name = hashlib.sha256("\n".join([str(base.path), *(str(each.path) for each in before)]).encode()).hexdigest()[:10]
    home = Home(scratch / "homes" / f"{base.source_id}-{name}")
    earlier = same_part[-1].path if same_part else None
    how = "true" if same_part else _read_how(home)
    # A day later than the file's own: what is mutated is never of the same moment as what stands before it.
    day = base.known_on + dt.timedelta(days=1)
    case = Case(base.source_id, base.path, corpus, how, home, day, share, earlier)
    if not home.manifest.exists():
        case = dataclasses.replace(case, predecessors=_fill(case, before, base, made=not same_part))
    outcome = judge(case, case.file)
    return dataclasses.replace(case, as_judged=failing(outcome))


def _running_case(scratch: Path, base: Held, pool: list[Path], sample: Path, share: int) -> Case:
    """A page while its year ran, and before it the same page a month earlier; both made from the page as it ended."""
    made = scratch / "running"
    pages = [made / str(months) / base.path.name for months in (RUNNING_MONTHS - 1, RUNNING_MONTHS)]
    for months, page in zip((RUNNING_MONTHS - 1, RUNNING_MONTHS), pages, strict=True):
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_bytes(_running(base.path, months))
    home = Home(scratch / "homes" / f"{base.source_id}-running-{base.path.stem}")
    day = base.known_on + dt.timedelta(days=1)
    corpus = "sample" if sample in pool else "real"
    case = Case(base.source_id, pages[1], corpus, "made: the year as it ran", home, day, share, pages[0])
    if not home.manifest.exists():
        folder = home.root / "folder"
        _lay(folder, [(pages[0], pages[0].name, base.published)], case.source_id)
        replay(home, folder, steps.validate_load)
        shutil.rmtree(folder)
    return dataclasses.replace(case, as_judged=failing(judge(case, case.file)))


def _part(name: str) -> str:
    """Files of one part carry the same letters; what differs between vintages are digits and months."""
    plain = name.lower()
    for word in ("state", "aor"):
        if plain.startswith("nationwide") and plain.removesuffix(".csv").endswith(word):
            return word
    if "asylum-claims-20" in plain:
        return plain
    if plain.startswith("en_odp"):
        return plain
    return "file"


def _read_how(home: Home) -> str:
    note = home.root / "predecessors.txt"
    return note.read_text() if note.exists() else ""


def _fill(case: Case, before: list[Held], base: Held, *, made: bool) -> str:
    """Take in what came before; returns what stands there as the predecessor of the file."""
    shutil.rmtree(case.home.root, ignore_errors=True)
    folder = case.home.root / "folder"
    _lay(folder, [(each.path, each.path.name, each.published) for each in before], case.source_id)
    replay(case.home, folder, steps.validate_load)
    how = "true"
    if made:
        how = _fill_made(case, base)
    shutil.rmtree(folder, ignore_errors=True)
    (case.home.root / "predecessors.txt").write_text(how)
    return how


def _fill_made(case: Case, base: Held) -> str:
    day = (base.known_on - dt.timedelta(days=7)).isoformat()
    without = _without_newest(base.path)
    if without is not None:
        path = case.home.root / "made" / case.mutant_name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(without)
        folder = case.home.root / "folder-made"
        _lay(folder, [(path, case.mutant_name, day)], case.source_id)
        if all(each.outcome == "accepted" for each in replay(case.home, folder, steps.validate_load)):
            return "made: without the newest month"
    folder = case.home.root / "folder-itself"
    _lay(folder, [(base.path, base.path.name, day)], case.source_id)
    replay(case.home, folder, steps.validate_load)
    return "made: the file itself"


def _without_newest(path: Path) -> bytes | None:
    suffix = path.suffix
    if suffix == ".mht":
        return None
    source_id = path.parents[1].name if path.parent != FOLDER else path.stem
    book = open_book(path.read_bytes(), suffix)
    found = oracle.figures(source_id, book)
    if source_id in oracle.FINISHED or not found:
        return None
    target = Target(book, found, oracle.open_year(source_id, found), random.Random(0), suffix, None)
    cut = BY_NAME["newest_month_cut"].on_book
    return book.save() if cut is not None and cut(target) else None


def _lay(folder: Path, files: list[tuple[Path, str, str]], source_id: str) -> None:
    """A releases folder with a vintage a file's day, as its list dates them."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with (folder / "releases.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["source", "vintage", "file", "role", "agency_url", "published"])
        for number, (path, name, published) in enumerate(files):
            vintage = (
                f"{published}"
                if not any(published == each[2] and name == each[1] for each in files[:number])
                else (f"{published}-{number}")
            )
            target = folder / source_id / vintage / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            writer.writerow([source_id, vintage, f"{source_id}/{vintage}/{name}", "data", "", published])


def judge(case: Case, file: Path) -> ReleaseOutcome:
    """What intake does with this file after the case's predecessors, as ``roxham check`` does; nothing is recorded."""
    return inspect(case.home, case.source, file, FixedClock.on(case.day), steps.validate_load)


def failing(outcome: ReleaseOutcome) -> tuple[tuple[str, str], ...]:
    """The checks that a person is told of, with what they saw."""
    return tuple(sorted(
        (each.check, each.observed or "") for each in outcome.checks if not each.success and each.severity != "info"
    ))  # fmt: skip
