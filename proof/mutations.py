"""Part 1: mutations of true files, and what intake did with each: stopped, flagged or silent.

``python -m proof.mutations --source S --mutants N`` measures a slice of it and prints the mutants that passed in silence.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

from proof import oracle
from proof.books import UnwritableError, open_book
from proof.cases import Case, failing, judge, make_cases
from proof.operators import BY_NAME, OPERATORS, Kind, Target

Verdict = Literal["stopped", "flagged", "louder", "silent", "accepted", "same"]
TRIES = 4


@dataclasses.dataclass(frozen=True)
class Mutant:
    """One mutated file and what became of it.

    ``louder``: a warning that the true file gives as well said something else. ``same``: the mutation came to nothing.
    """

    source_id: str
    file: str
    operator: str
    kind: Kind
    number: int
    what: str
    changed: int
    closed: int
    subtle: bool
    verdict: Verdict
    checks: tuple[str, ...]
    said: str
    seconds: float


def run(
    scratch: Path, *, seed: int = 1, mutants: int = 1000, sources: Iterable[str] = (), operators: Collection[str] = (),
    sample_only: bool = False, processes: int = 2, until: float | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> list[Mutant]:  # fmt: skip
    """Make and judge that many mutants, in rounds over all cases; what is not begun by ``until`` (a time) is left out.

    Without ``processes`` they are judged in this one.
    """
    cases = []
    for case in make_cases(scratch, sources=sources, sample_only=sample_only):
        cases.append(case)
        progress(f"{case.source_id}: {case.file.name} ({case.corpus}; predecessors {case.predecessors}); "
                 f"true file: {', '.join(sorted({name for name, _ in case.as_judged})) or 'no warning'}")  # fmt: skip
    names = [each.name for each in OPERATORS if not operators or each.name in set(operators)]
    plan = _plan(cases, seed, mutants, names)
    if not processes:
        return [mutant for case, numbers in plan for mutant in _batch(case, seed, numbers, names, until)]
    done: list[Mutant] = []
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(_batch, case, seed, numbers, names, until) for case, numbers in plan]
        for future in as_completed(futures):
            done += future.result()
            progress(f"{len(done)} mutants judged")
    return sorted(done, key=lambda each: (each.source_id, each.file, each.number))


def _plan(
    cases: Sequence[Case], seed: int, mutants: int, names: Sequence[str]
) -> list[tuple[Case, list[tuple[int, str]]]]:
    """(case, its numbered operators) in batches, so that every operator meets every source before one meets it twice."""
    chance = random.Random(seed)
    total = sum(case.share for case in cases) or 1
    plan = []
    for case in cases:
        wanted = max(1, round(mutants * case.share / total))
        drawn: list[str] = []
        while len(drawn) < wanted:
            drawn += chance.sample(names, len(names))
        numbered = list(enumerate(drawn[:wanted]))
        plan += [(at, case, numbered[at : at + 12]) for at in range(0, len(numbered), 12)]
    return [(case, numbers) for _, case, numbers in sorted(plan, key=lambda each: each[0])]


@functools.cache
def _original(file: Path, source_id: str, suffix: str) -> tuple[bytes, list[oracle.Figure]]:
    content = file.read_bytes()
    if file.suffix == ".mht":
        content = open_book(content, file.suffix).save()
    return content, oracle.figures(source_id, open_book(content, suffix))


@functools.cache
def _held(earlier: Path | None, source_id: str) -> frozenset[tuple[str, ...]] | None:
    """The figures of the file before; None where it was made of the file itself, and has them all."""
    if earlier is None:
        return None
    return frozenset(each.key for each in oracle.figures(source_id, open_book(earlier.read_bytes(), earlier.suffix)))


def _batch(
    case: Case, seed: int, numbers: Sequence[tuple[int, str]], only: Sequence[str], until: float | None
) -> list[Mutant]:
    """A mutant for each number; where the file offers nothing for its operator, another takes its place."""
    os.environ.setdefault("DO_NOT_TRACK", "1")
    done = []
    for number, name in numbers:
        if until is not None and time.time() > until:
            break
        others = [each for each in only if each != name]
        random.Random(f"{seed}/{case.file.name}/{number}").shuffle(others)
        mutants = (_one(case, seed, number, each) for each in (name, *others))
        mutant = next((each for each in mutants if each is not None and each.verdict != "same"), None)
        done += [mutant] if mutant else []
    return done


def _one(case: Case, seed: int, number: int, name: str) -> Mutant | None:
    """One mutant, judged; None when the file offers nothing for this operator."""
    began = time.monotonic()
    operator = BY_NAME[name]
    content, figures = _original(case.file, case.source_id, case.suffix)
    open_from = oracle.open_year(case.source_id, figures)
    for attempt in range(TRIES):
        chance = random.Random(f"{seed}/{case.source_id}/{case.file.name}/{number}/{name}/{attempt}")
        earlier = case.earlier.read_bytes() if case.earlier else None
        book = open_book(content, case.suffix)
        made = _made(name, content, Target(book, figures, open_from, chance, case.suffix, earlier))
        if made is None:
            return None
        what, mutated = made
        held = _held(case.earlier, case.source_id)
        found = oracle.compare(case.source_id, figures, mutated, case.suffix, open_from, content, held)
        if found.material == (operator.kind == "material") or operator.kind == "neutral":
            verdict, checks, said = _verdict(case, mutated)
            if verdict == "silent" and _is_served(case, mutated):
                verdict = "same"
            break
    else:
        verdict, checks, said = "same", (), ""
    if operator.kind != "material" and verdict == "silent":
        verdict = "accepted"
    return Mutant(
        case.source_id, case.file.name, name, operator.kind, number, what, len(found.changed), found.closed, found.subtle,
        verdict, checks, said, round(time.monotonic() - began, 2),
    )  # fmt: skip


def _made(name: str, content: bytes, target: Target) -> tuple[str, bytes] | None:
    operator = BY_NAME[name]
    if operator.on_bytes is not None:
        changed = operator.on_bytes(content, target)
        return None if changed is None or changed == content else (f"{len(content)} → {len(changed)} bytes", changed)
    assert operator.on_book is not None
    what = operator.on_book(target)
    try:
        return None if what is None else (what, target.book.save())
    except UnwritableError:
        return None


def _is_served(case: Case, mutated: bytes) -> bool:
    """Whether these bytes are what the archive took in last: then no figure changes; that no month came the calendar tells."""
    return case.earlier is not None and case.earlier.read_bytes() == mutated


def _verdict(case: Case, mutated: bytes) -> tuple[Verdict, tuple[str, ...], str]:
    with tempfile.TemporaryDirectory(prefix="proof-") as folder:
        path = Path(folder) / case.mutant_name
        path.write_bytes(mutated)
        outcome = judge(case, path)
    before, now = dict(case.as_judged), dict(failing(outcome))
    fresh = tuple(sorted(set(now) - set(before)))
    other = tuple(sorted(name for name, said in now.items() if name in before and before[name] != said))
    told = "; ".join(f"{name}: {now[name]}" for name in (*fresh, *other))[:300]
    if outcome.release.state != "accepted":
        blocking = tuple(sorted({each.check for each in outcome.checks if each.blocks}))
        return "stopped", blocking, told
    if fresh:
        return "flagged", fresh, told
    return ("louder", other, told) if other else ("silent", (), "")


def told_of(mutant: Mutant) -> bool:
    """Whether somebody learns of it before it is served."""
    return mutant.verdict in {"stopped", "flagged", "louder"}


def tables(mutants: Sequence[Mutant]) -> str:
    """The part's section of the report, as Markdown."""
    every = [each for each in mutants if each.kind == "material" and each.verdict != "same"]
    material = [each for each in every if not each.subtle]
    subtle = [each for each in every if each.subtle]
    harmless = [each for each in mutants if each.kind == "harmless" and each.verdict != "same"]
    alarms = [each for each in harmless if told_of(each)]
    closed = [each for each in every if each.closed and each.verdict == "silent"]
    caught = sum(map(told_of, material))
    lines = [
        f"{len(mutants)} mutants; {len(material)} of them material: **{_share(caught, len(material))} stopped or flagged**"
        f" ({_counted(material)}); closed cells changed in silence: **{len(closed)}**;"
        f" false alarms: **{len(alarms)} of {len(harmless)}** harmless ones. Beside them {len(subtle)} that do no more than"
        f" a true revision does (one or two cells of an open period, by ten or by a tenth): {_counted(subtle)}.",
        "",
        *_table("source", material, lambda each: each.source_id),
        "",
        *_table("operator", material, lambda each: each.operator),
        "",
        *_harmless(harmless, [each for each in mutants if each.kind == "neutral" and each.verdict != "same"]),
    ]
    silent = [each for each in every if each.verdict == "silent" and (each.closed or not each.subtle)]
    if silent:
        lines += ["", "Passed in silence:", ""]
        lines += [f"- `{each.source_id}` {each.operator} #{each.number}: {each.what}"
                  f" ({each.changed} figures, {each.closed} of closed periods)" for each in silent]  # fmt: skip
    if alarms:
        lines += ["", "False alarms:", ""]
        lines += [f"- `{each.source_id}` {each.operator}: {each.verdict}: {each.said}" for each in alarms]
    return "\n".join(lines) + "\n"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "nothing"


def _counted(mutants: Sequence[Mutant]) -> str:
    counts: Counter[str] = Counter(each.verdict for each in mutants)
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in ("stopped", "flagged", "louder", "silent"))


def _table(head: str, mutants: Sequence[Mutant], key: Callable[[Mutant], str]) -> list[str]:
    groups: dict[str, list[Mutant]] = defaultdict(list)
    for each in mutants:
        groups[key(each)].append(each)
    lines = [
        f"| {head} | mutants | stopped | flagged | louder | silent | of them closed |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name, own in sorted(groups.items()):
        counts = Counter(each.verdict for each in own)
        closed = sum(each.verdict == "silent" and bool(each.closed) for each in own)
        lines.append(f"| {name} | {len(own)} | {counts['stopped']} | {counts['flagged']} | {counts['louder']}"
                     f" | {counts['silent']} | {closed} |")  # fmt: skip
    return lines


def _harmless(harmless: Sequence[Mutant], neutral: Sequence[Mutant]) -> list[str]:
    lines = ["| harmless or neutral operator | mutants | accepted | told of |", "|---|--:|--:|--:|"]
    for kind, mutants in (("harmless", harmless), ("neutral", neutral)):
        for name in sorted({each.operator for each in mutants}):
            own = [each for each in mutants if each.operator == name]
            told = sum(map(told_of, own))
            lines.append(f"| {name} ({kind}) | {len(own)} | {len(own) - told} | {told} |")
    return lines


def main() -> None:
    """Measure a slice and print it."""
    parser = argparse.ArgumentParser(prog="python -m proof.mutations", description=__doc__)
    parser.add_argument("--source", action="append", default=[], help="only this source; may be repeated")
    parser.add_argument("--operator", action="append", default=[], choices=sorted(BY_NAME), metavar="OPERATOR")
    parser.add_argument("--mutants", type=int, default=60)
    parser.add_argument("--seconds", type=float, help="begin no mutant after that time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--sample", action="store_true", help="the bundled sample only, no real releases")
    parser.add_argument("--scratch", type=Path, default=Path(tempfile.gettempdir()) / "roxham-proof")
    parser.add_argument("--json", type=Path, help="write every mutant there")
    given = parser.parse_args()
    mutants = run(
        given.scratch, seed=given.seed, mutants=given.mutants, sources=given.source, operators=given.operator,
        sample_only=given.sample, processes=given.processes,
        until=time.time() + given.seconds if given.seconds else None,
        progress=lambda line: print(line, file=sys.stderr, flush=True),
    )  # fmt: skip
    if given.json:
        given.json.write_text(json.dumps([dataclasses.asdict(each) for each in mutants], indent=1, ensure_ascii=False))
    print(tables(mutants))


if __name__ == "__main__":
    main()
