"""Part 4: hostile content. Fuzzed files within 10 s and 1 GiB, and words that are markup, SQL, formulas, paths or worse.

Files are judged in a child process of their own that is watched from outside (time of the processor, memory of the whole
family of processes) and killed; what counts is that intake names an outcome in bounds. Words must arrive everywhere as words.
"""

from __future__ import annotations

import csv
import functools
import io
import os
import random
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
from lxml import etree

from ingest.core.home import Home
from proof.books import open_book
from proof.cases import SHARED, true_files
from proof.trials import Budget, Trial, exports, in_time, roxham, small_folder, started, tried

SECONDS, MEMORY = 10.0, 1024 * 1024 * 1024
# What an interpreter with its libraries takes before it reads a byte, and how long it may be begun on a busy machine.
START_SECONDS, WALL = 8.0, 180.0
FILES_A_CASE = 8
RCMP = "ircc_rcmp_interceptions"


def run(scratch: Path, budget: Budget) -> list[Trial]:
    """Known hostile files, fuzzed ones, then words."""
    scratch.mkdir(parents=True, exist_ok=True)
    if budget.sample:
        return _fuzzed(scratch, budget, sources=("irb_irregular_claims",), files=1, sample_only=True)
    trials = [*_known(scratch, budget)]
    trials.append(in_time(budget, "words in a release that is refused", lambda: _refused_words(scratch)))
    trials.append(in_time(budget, "words in figures that are served", lambda: _served_words(scratch)))
    trials += _fuzzed(scratch, budget)
    return trials


def _known(scratch: Path, budget: Budget) -> Iterator[Trial]:
    folder = SHARED / "hostile"
    files = sorted(each for each in folder.glob("*/*") if each.is_file()) if folder.is_dir() else []
    if not files:
        yield Trial("hostile files that were found before", None, "no folder of them at hand")
    for file in files:
        if budget.left < 60:
            yield Trial(f"{file.parent.name}/{file.name}", None, "the time was over")
            continue
        yield tried(
            f"{file.parent.name}/{file.name}", functools.partial(_judged, scratch / "known", file.parent.name, file)
        )


def _fuzzed(
    scratch: Path,
    budget: Budget,
    *,
    sources: tuple[str, ...] = (),
    files: int = FILES_A_CASE,
    sample_only: bool = False,
) -> list[Trial]:
    trials: list[Trial] = []
    bases = true_files(scratch, sources=sources, sample_only=sample_only)
    for number in range(files):
        for source_id, file in bases:
            name = f"fuzzed {source_id}/{file.name} #{number}"
            if budget.left < 40:
                trials.append(Trial(name, None, "the time was over"))
                continue
            trials.append(tried(name, functools.partial(_fuzz, scratch, (source_id, file), budget, number)))
    return trials


def _fuzz(scratch: Path, base: tuple[str, Path], budget: Budget, number: int) -> tuple[bool, str]:
    source_id, true = base
    chance = random.Random(f"{budget.seed}/{true}/{number}")
    content, suffix = true.read_bytes(), true.suffix
    if suffix == ".mht":
        content, suffix = open_book(content, suffix).save(), ".html"
    structural = STRUCTURAL_PAGE if suffix == ".html" else STRUCTURAL_CSV if suffix == ".csv" else ()
    ways = BYTEWISE + (structural if not budget.sample else ())
    way = ways[(number + chance.randrange(len(ways))) % len(ways)]
    file = scratch / "fuzzed" / true.with_suffix(suffix).name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(way(content, chance))
    held, said = _judged(scratch / "fuzz-home", source_id, file)
    return held, f"{way.__name__.strip('_')}: {said}"


def _judged(home: Path, source: str, file: Path) -> tuple[bool, str]:
    """What ``roxham check`` says of a file, and whether it stayed within its bounds."""
    home.mkdir(parents=True, exist_ok=True)
    said, complained = home / "said", home / "complained"
    with said.open("w") as out, complained.open("w") as err:
        process = started(
            home, "check", str(file), "--source", source, "--json", now="2026-11-01", stdout=out, stderr=err
        )
        used, worst, trouble = _watched(process)
    found = re.search(r'"state": "(\w+)"', said.read_text(errors="replace"))
    named = process.returncode in {0, 3} and found is not None
    told = (
        found[1]
        if found and named
        else f"rc {process.returncode}: {complained.read_text(errors='replace').strip()[-160:]}"
    )
    bounded = not trouble and used <= SECONDS + START_SECONDS and worst <= MEMORY
    return named and bounded, f"{trouble or told}; {used:.1f} s, {worst / 2**20:.0f} MiB"


def _watched(process: subprocess.Popen[str]) -> tuple[float, int, str]:
    """(processor seconds, most memory, why it was killed) of a process and its children."""
    family = psutil.Process(process.pid)
    began, worst, used, trouble = time.monotonic(), 0, 0.0, ""
    while process.poll() is None and not trouble:
        memory, seconds = _spent(family)
        worst, used = max(worst, memory), max(used, seconds)
        trouble = "beyond 1 GiB" if worst > MEMORY * 1.5 else trouble
        trouble = f"beyond {SECONDS:.0f} s of the processor" if used > 2 * SECONDS + START_SECONDS else trouble
        trouble = f"not done within {WALL:.0f} s" if time.monotonic() - began > WALL else trouble
        time.sleep(0.05)
    if trouble:
        _end(family)
    process.wait()
    return used, worst, trouble


def _spent(family: psutil.Process) -> tuple[int, float]:
    """(memory, processor seconds) of a process and its children."""
    memory, seconds = 0, 0.0
    try:
        for each in [family, *family.children(recursive=True)]:
            memory += each.memory_info().rss
            times = each.cpu_times()
            seconds += times.user + times.system
    except psutil.NoSuchProcess:
        pass
    return memory, seconds


def _end(family: psutil.Process) -> None:
    try:
        for each in [*family.children(recursive=True), family]:
            each.kill()
    except psutil.NoSuchProcess:
        pass


Way = Callable[[bytes, random.Random], bytes]


def _bytes_flipped(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(1 + len(changed) // 2000):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _part_doubled(content: bytes, chance: random.Random) -> bytes:
    first, last = sorted(chance.randrange(len(content)) for _ in range(2))
    return content[:last] + content[first:last] + content[last:]


def _part_lost(content: bytes, chance: random.Random) -> bytes:
    first = chance.randrange(len(content))
    return content[:first] + content[first + chance.randrange(1, 5000) :]


def _end_lost(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(1, len(content))]


def _nothing_but_zeros(content: bytes, chance: random.Random) -> bytes:
    return content[:200] + b"\0" * 1_000_000


def _wide_spans(content: bytes, chance: random.Random) -> bytes:
    return re.sub(rb"<t([dh])", rb'<t\1 colspan="999999999" rowspan="999999999"', content, count=3)


def _deep(content: bytes, chance: random.Random) -> bytes:
    return content.replace(b"<td>", b"<td>" + b"<b>" * 20_000, 1)


def _many_notes(content: bytes, chance: random.Random) -> bytes:
    return content.replace(b"<td>", b"<td>1" + b'<sup><a href="#fn1">Footnote *</a></sup>' * 20_000, 1)


def _many_rows(content: bytes, chance: random.Random) -> bytes:
    return content.replace(b"</tr>", b"</tr>" + b"<tr><td>Quebec</td><td>1</td></tr>" * 50_000, 1)


def _many_captions(content: bytes, chance: random.Random) -> bytes:
    return content.replace(
        b"<table", b"<table><caption>RCMP</caption><tr><td>1</td></tr></table>" * 5_000 + b"<table", 1
    )


def _long_word(content: bytes, chance: random.Random) -> bytes:
    return content.replace(b"<td>", b"<td>" + b"9" * 1_000_000, 1)


def _entities(content: bytes, chance: random.Random) -> bytes:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;">]>'
    return bomb + content.replace(b"<td>", b"<td>&c;&c;", 1)


def _many_columns(content: bytes, chance: random.Random) -> bytes:
    head, _, body = content.partition(b"\n")
    return head.rstrip() + b",x" * 20_000 + b"\n" + body


def _open_quote(content: bytes, chance: random.Random) -> bytes:
    at = content.find(b",", chance.randrange(len(content)))
    return content[: at + 1] + b'"' + content[at + 1 :]


def _long_line(content: bytes, chance: random.Random) -> bytes:
    return content + b"x" * 5_000_000 + b"\n"


BYTEWISE: tuple[Way, ...] = (_bytes_flipped, _part_doubled, _part_lost, _end_lost, _nothing_but_zeros)
STRUCTURAL_PAGE: tuple[Way, ...] = (
    _wide_spans, _deep, _many_notes, _many_rows, _many_captions, _long_word, _entities,
)  # fmt: skip
STRUCTURAL_CSV: tuple[Way, ...] = (_many_columns, _open_quote, _long_line)

WORDS = {
    "markup": "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "SQL": "'; drop table releases; --",
    "a formula": '=HYPERLINK("http://evil.example","x")',
    "a path": "../../../etc/passwd",
    "right to left": "‮evil‬ abc",
    "a terminal's colours": "\x1b[31mred\x1b[0m",
    "a vertical tab": "Que\x0bbec",
    "a link for Slack": "<http://evil.example|click>",
    "1 MB": "Q" * 1_000_000,
}
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f‪-‮⁦-⁩]")


def _sample_page(scratch: Path) -> tuple[Path, Path]:
    """A small folder, and its page of 2023."""
    folder = small_folder(scratch / "words", frozenset({"2024-04-22"}), frozenset({RCMP}))
    return folder, next(folder.glob(f"{RCMP}/2024-04-22/*2023.html"))


def _refused_words(scratch: Path) -> tuple[bool, str]:
    """Labels nobody knows are refused; whoever is told reads them as words, in bounds, without control characters."""
    wrong = []
    for name, word in WORDS.items():
        folder, page = _sample_page(scratch)
        book = open_book(page.read_bytes(), ".html")
        book.grids[0].lines[1].cells[0].write(word)
        page.write_bytes(book.save())
        _unlisted(folder)
        home = scratch / "words-home"
        shutil.rmtree(home, ignore_errors=True)
        replayed = roxham(home, "replay", "--releases", str(folder), "--no-build")
        if replayed.returncode != 3:
            wrong.append(f"{name}: rc {replayed.returncode} {replayed.stderr.strip()[-120:]}")
        for verb in ("alerts", "status"):
            said = roxham(home, verb, now="2024-04-23")
            shown = said.stdout + said.stderr + replayed.stdout
            if CONTROL.search(shown) or len(shown) > 200_000 or said.returncode not in {0, 3}:
                wrong.append(f"{name} in `roxham {verb}`: rc {said.returncode}, {len(shown)} characters")
    return not wrong, "; ".join(wrong) or f"{len(WORDS)} kinds of words"


def _unlisted(folder: Path) -> None:
    """The list without hashes: the files were changed since."""
    index = folder / "releases.csv"
    rows = list(csv.DictReader(io.StringIO(index.read_text(encoding="utf-8"))))
    with index.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows([{**row, "sha256": ""} for row in rows])


def _served_words(scratch: Path) -> tuple[bool, str]:
    """Footnotes and captions that are taken in as printed: a build of them is made, and nothing of it is alive."""
    folder, page = _sample_page(scratch)
    text = page.read_text(encoding="utf-8")
    note = WORDS["markup"].replace("<", "&lt;") + " =1+1 \x0b ‮ " + WORDS["a link for Slack"].replace("<", "&lt;")
    page.write_text(
        text.replace("</title>", f" {note}</title>", 1).replace("</td>", f"<sup>{note}</sup></td>", 3), encoding="utf-8"
    )
    _unlisted(folder)
    home = scratch / "served-home"
    shutil.rmtree(home, ignore_errors=True)
    done = roxham(home, "replay", "--releases", str(folder))
    if done.returncode not in {0, 3} or not (Home(home).current / "release.json").exists():
        return False, f"no build: rc {done.returncode} {done.stderr.strip()[-200:]}"
    wrong = [*_alive(home)]
    return not wrong, "; ".join(wrong[:5]) or "site, CSV and feed hold words only"


def _alive(home: Path) -> Iterator[str]:
    site = home / "current" / "site"
    for path in sorted(site.rglob("*.html")):
        if re.search(r"<script>alert|<img src=x", path.read_text(encoding="utf-8")):
            yield f"markup in {path.relative_to(site)}"
    for path in sorted((home / "current").rglob("*.xml")):
        etree.parse(os.fspath(path))
    for name, content in exports(home).items():
        if name.endswith(".csv"):
            for row in csv.reader(io.StringIO(content.decode())):
                bad = [each for each in row if re.match(r"[=+@\t\r]|-(?!\d)", each)]
                if bad:
                    yield f"a formula in {name}: {bad[0][:40]}"
                    break
