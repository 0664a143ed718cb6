"""Part 6: the past rebuilt. The same archive gives the same build; a backup is the archive; every damage is found."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ingest.core.home import Home
from proof.kills import SOURCES, VINTAGES
from proof.trials import Budget, Trial, exports, in_time, roxham, small_folder, taken_in


def run(scratch: Path, budget: Budget) -> list[Trial]:
    """Rebuild, verify, backup and restore over a home of two small sources."""
    home = scratch / "past"
    shutil.rmtree(home, ignore_errors=True)
    folder = small_folder(scratch / "small", VINTAGES, SOURCES)
    build = () if not budget.sample else ("--no-build",)
    done = roxham(home, "replay", "--releases", str(folder), *build)
    if done.returncode not in {0, 3}:
        return [Trial("a home to go by", False, done.stderr[-300:])]
    trials = [
        in_time(budget, "a home restored from its archive", lambda: _restored(scratch, home, build=not budget.sample)),
        in_time(budget, "roxham verify", lambda: _verified(scratch, home)),
    ]
    if not budget.sample:
        trials.append(in_time(budget, "roxham rebuild", lambda: _rebuilt(scratch, home)))
    return trials


def _restored(scratch: Path, home: Path, *, build: bool) -> tuple[bool, str]:
    """Only ``archive/`` is kept by a backup: from it the same releases are known, and the same build follows."""
    restored = scratch / "restored"
    shutil.rmtree(restored, ignore_errors=True)
    restored.mkdir()
    with sqlite3.connect(Home(home).manifest) as source:
        Home(restored).manifest.parent.mkdir(parents=True)
        with sqlite3.connect(Home(restored).manifest) as target:
            source.backup(target)
    shutil.copytree(Home(home).objects, Home(restored).objects)
    if not build:
        before, after = _states(home), _states(restored)
        return before == after, "the status of both homes is alike" if before == after else "the status differs"
    done = roxham(restored, "build")
    done = roxham(restored, "publish") if done.returncode == 0 else done
    if done.returncode != 0:
        return False, done.stderr[-300:]
    same = exports(home) == exports(restored)
    return same, "exports byte for byte as they were" if same else "exports differ"


def _states(home: Path) -> dict[str, Any]:
    """What ``roxham status`` says of a home, but when it was asked."""
    said: dict[str, Any] = json.loads(roxham(home, "status", "--json", now="2024-06-01").stdout)
    del said["checked_at"]
    return said


def _rebuilt(scratch: Path, home: Path) -> tuple[bool, str]:
    """The published build made again after the archive has learned more, and a byte of it changed, which must be named."""
    copy = scratch / "rebuilt"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(home, copy, symlinks=True)
    name = (copy / "current").resolve().name
    before = exports(copy)
    later = next(release for release, state in reversed(taken_in(copy)) if state == "accepted")
    decided = roxham(copy, "reject", later, "--reason", "a later thought", "--by", "the proof")
    if decided.returncode not in {0, 3}:
        return False, f"a decision that the build did not know: {decided.stderr[-300:]}"
    again = roxham(copy, "rebuild", name, "--json")
    if again.returncode != 0:
        return False, (again.stdout + again.stderr).strip()[-300:]
    said = json.loads(again.stdout[again.stdout.index("{") :])
    if said["differing"] or said["files"] < LEAST_COMPARED or exports(copy) != before:
        return False, f"{said['files']} files compared, differing: {said['differing'][:5]}"
    changed = _export_changed(copy / "current" / "exports")
    told = roxham(copy, "rebuild", name, "--json")
    named = json.loads(told.stdout[told.stdout.index("{") :])["differing"]
    held = told.returncode == 3 and named == [f"exports/{changed}"]
    return held, f"{said['files']} files byte for byte as they were; of a changed {changed} it names {named}"


# Fewer files than a build has exports and pages at the very least: nothing was compared.
LEAST_COMPARED = 20


def _export_changed(folder: Path) -> str:
    """A digit of one export is another; returns its name."""
    path = max(folder.glob("*.csv"), key=lambda each: each.stat().st_size)
    path.chmod(0o644)
    content = path.read_bytes()
    at = max(content.rfind(b"%d" % digit) for digit in range(10))
    path.write_bytes(content[:at] + (b"1" if content[at : at + 1] != b"1" else b"2") + content[at + 1 :])
    return path.name


def _verified(scratch: Path, home: Path) -> tuple[bool, str]:
    """``roxham verify`` is content with a home that nobody touched, and names every damage."""
    quiet = roxham(home, "verify")
    if quiet.returncode != 0:
        return False, f"an untouched home: {(quiet.stdout + quiet.stderr).strip()[-200:]}"
    missed = []
    for name, damage in DAMAGES.items():
        copy = scratch / "damaged"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(home, copy, symlinks=True)
        damage(copy)
        if roxham(copy, "verify").returncode == 0:
            missed.append(name)
    found = len(DAMAGES) - len(missed)
    return not missed, f"{found} of {len(DAMAGES)} damages found; missed: {', '.join(missed) or 'none'}"


def _first_object(home: Path) -> Path:
    return min(Home(home).objects.glob("??/*"))


def _digit_changed(home: Path) -> None:
    path = _first_object(home)
    path.chmod(0o644)
    content = path.read_bytes()
    path.write_bytes(content[:-5] + b"7" + content[-4:])


def _object_lost(home: Path) -> None:
    _first_object(home).unlink()


def _object_added(home: Path) -> None:
    path = _first_object(home)
    (path.parent / ("0" * 64)).write_bytes(b"not of that name")


def _edited(statement: str) -> Callable[[Path], None]:
    def run(home: Path) -> None:
        with sqlite3.connect(Home(home).manifest) as connection:
            connection.execute(statement)

    return run


DAMAGES: dict[str, Callable[[Path], None]] = {
    "an object changed": _digit_changed,
    "an object lost": _object_lost,
    "an object added": _object_added,
    "an attempt's row deleted": _edited("delete from attempts where rowid = (select max(rowid) from attempts)"),
    "an attempt's address edited": _edited("update attempts set url = 'https://elsewhere.example/'"),
    "a release's date edited": _edited("update releases set published_text = '2001-01-01' where rowid = 1"),
    "what a check said edited": _edited("update check_results set observed = 'all is well' where rowid = 1"),
    "the cells that a check put in doubt edited": _edited("update check_results set cells = '[]' where rowid = 1"),
    "a release accepted by hand": _edited("update releases set state = 'rejected' where rowid = 1"),
}
