"""Part 5: 400 nights in seconds. Each alarm comes once, within its allowance, and is over when its reason is.

A daily page and a monthly page are laid out day by day; every night is ``steps.fetch``, ``steps.process_release`` and
``steps.check_freshness`` on the sandbox's day. What is validated has parts of its own and is left out here.
"""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import functools
import hashlib
import random
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from unittest import mock

from ingest.archive.manifest import Manifest
from ingest.catalog.source import load_sources
from ingest.core.clock import FixedClock
from ingest.core.home import Home
from monitoring.alert_store import AlertStore
from pipeline import steps
from proof import wire
from proof.trials import Budget, Trial, in_time
from sandbox import Sandbox

DAILY, MONTHLY = "uk_small_boats_page", "usbp_apprehensions_page"
BEGIN = dt.date(2025, 11, 20)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def run(scratch: Path, budget: Budget) -> list[Trial]:
    """Every scenario, each in a home of its own."""
    scratch.mkdir(parents=True, exist_ok=True)
    wanted = SCENARIOS if not budget.sample else {name: SCENARIOS[name] for name in IN_SAMPLE}
    with wire._quick(), mock.patch.object(steps, "validate_load", lambda *_: []):
        return [in_time(budget, name, functools.partial(play, scratch)) for name, play in wanted.items()]


@dataclasses.dataclass(frozen=True)
class Told:
    """One alert, from when to when."""

    alert: str
    source: str | None
    opened: dt.date
    closed: dt.date | None

    def __str__(self) -> str:
        return f"{self.alert} {self.opened:%m-%d} to {(self.closed and f'{self.closed:%m-%d}') or 'now'}"


class World:
    """A home, an agency, and the days on which something is done."""

    def __init__(self, scratch: Path, source: str, pages: Iterable[tuple[dt.date, str]]) -> None:
        shutil.rmtree(scratch, ignore_errors=True)
        self.source, self.home = source, Home(scratch / "home")
        self.folder = _laid_out(scratch / "releases", source, pages)

    def nights(
        self, first: dt.date, last: dt.date, act: Callable[[Sandbox, dt.date], bool | None] = lambda agency, day: None
    ) -> list[Told]:
        """Every night from first to last; ``act`` may set faults, and returns False where nothing is polled."""
        with (
            Sandbox(self.folder, date=first) as agency,
            mock.patch.dict("os.environ", {"ROXHAM_AGENCY": agency.address}),
        ):
            for day in _days(first, last):
                agency.set_date(day)
                clock = FixedClock.on(day)
                if act(agency, day) is not False:
                    steps.fetch(self.home, self.source, clock)
                    steps.process_release(self.home, self.source, clock)
                steps.mark_states_emitted(self.home, steps.check_freshness(self.home, clock))
        return self.told()

    def told(self) -> list[Told]:
        """Every alert of this source (and of none) that there was."""
        with Manifest(self.home.manifest) as manifest:
            alerts = AlertStore(manifest).alerts(closed=True)
        return [
            Told(
                each.finding.alert,
                each.finding.source_id,
                each.opened_at.date(),
                each.closed_at and each.closed_at.date(),
            )
            for each in alerts
            if each.finding.source_id in {None, self.source}
        ]


def _days(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    for number in range((last - first).days + 1):
        yield first + dt.timedelta(number)


def _laid_out(folder: Path, source: str, pages: Iterable[tuple[dt.date, str]]) -> Path:
    url = (
        load_sources()[source].resources.page_url
        if source == DAILY
        else str(load_sources()[source].resources.items[0].url)
    )
    url = str(load_sources()[source].resources.items[0].url or url)
    rows = []
    for day, text in pages:
        name = f"{source}/{day}/{day}.html"
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        rows.append([source, str(day), name, "data", url, str(day), "day", "", "raw", str(path.stat().st_size),
                     hashlib.sha256(path.read_bytes()).hexdigest(), "proof", ""])  # fmt: skip
    with (folder / "releases.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["source", "vintage", "file", "role", "agency_url", "published", "published_precision", "covers_to",
                         "state", "bytes", "sha256", "origin", "note"])  # fmt: skip
        writer.writerows(rows)
    return folder


def _daily(day: dt.date) -> str:
    """The page of that day: the seven days before it."""
    chance = random.Random(str(day))
    rows = "".join(
        f"<tr><th>{each.day} {each:%B %Y}</th><td>{random.Random(str(each)).randint(20, 400)}</td>"
        f"<td>{random.Random(str(each)).randint(1, 8)}</td><td>0</td><td></td></tr>"
        for each in _days(day - dt.timedelta(7), day - dt.timedelta(1))
    )
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Small boat arrivals: last 7 days</title>'
        f'<meta name="govuk:updated-at" content="{day}T10:00:00+00:00"></head><body><main><h1>Small boat arrivals: last 7 days'
        f"</h1><p>Edition {chance.randint(1, 10**9)}</p><table><thead><tr><th>Date</th><th>Migrants arrived</th>"
        f"<th>Boats arrived</th><th>Boats involved in uncontrolled landings</th><th>Notes</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></main></body></html>"
    )


def _monthly(day: dt.date) -> str:
    """The newsroom page of that day: the running fiscal year up to the month before."""
    start = day.year if day.month >= 11 else day.year - 1
    months = [(start if number >= 9 else start + 1, number) for number in (9, 10, 11, *range(9))]
    heads = "".join(f"<th>{MONTHS[month]}-{year % 100:02d}</th>" for year, month in months)
    known = [dt.date(year, month + 1, 1) < day.replace(day=1) for year, month in months]
    figures = [
        (
            random.Random(f"{year}{month}large").randint(1000, 3000),
            random.Random(f"{year}{month}entry").randint(4000, 8000),
        )
        for year, month in months
    ]

    def row(label: str, values: Iterable[int]) -> str:
        cells = "".join(
            f"<td>{value:,}</td>" if printed else "<td>-</td>" for value, printed in zip(values, known, strict=True)
        )
        return f"<tr><th>{label}</th>{cells}</tr>"

    groups = "".join(
        row(f"{name} Total Apprehensions", [(large + entry) // part for large, entry in figures])
        + row("At Large", [large // part for large, _ in figures])
        + row("At Entry", [(large + entry) // part - large // part for large, entry in figures])
        for name, part in (("Nationwide", 1), ("Southwest Border", 2))
    )
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Nationwide Encounters</title></head><body>'
        f"<p>Fiscal Year {start + 1} runs from October 1, {start} to September 30, {start + 1}.</p>"
        "<h2>U.S. Border Patrol At Large and U.S. Border Patrol at Entry Apprehensions</h2><table><thead><tr>"
        f"<th>Monthly Totals</th>{heads}</tr></thead><tbody>{groups}</tbody></table>"
        f"<p>Last Modified: {day:%b} {day.day}, {day.year}</p></body></html>"
    )


def _every_day(
    first: dt.date, last: dt.date, but: Callable[[dt.date], bool] = lambda day: False
) -> list[tuple[dt.date, str]]:
    return [(day, _daily(day)) for day in _days(first, last) if not but(day)]


def _one(told: list[Told], alert: str, opens: tuple[dt.date, dt.date], closes: dt.date | None) -> tuple[bool, str]:
    """Exactly one alert of that class, opened within the span and closed on the day (or open still), and none beside it."""
    own = [each for each in told if each.alert == alert]
    others = [each for each in told if each.alert != alert]
    held = len(own) == 1 and opens[0] <= own[0].opened <= opens[1] and own[0].closed == closes and not others
    due = f"due: one {alert} between {opens[0]:%m-%d} and {opens[1]:%m-%d}, over on {closes or 'no day'}"
    return held, f"{', '.join(map(str, told)) or 'no alert'}" + ("" if held else f"; {due}")


def _calendar(source: str) -> tuple[int, int]:
    terms = load_sources()[source].calendar
    return terms.allowance_days, terms.reference_must_advance_within_days


def _calm(scratch: Path) -> tuple[bool, str]:
    """A deployment that starts, and sixty nights in which the page comes every day: nobody is told of anything."""
    last = BEGIN + dt.timedelta(60)
    told = World(scratch / "calm", DAILY, _every_day(BEGIN, last)).nights(BEGIN, last)
    return not told, ", ".join(map(str, told)) or "no alert in 61 nights"


def _frozen(kind: str, within: tuple[int, int]) -> Callable[[Path], tuple[bool, str]]:
    def play(scratch: Path) -> tuple[bool, str]:
        stands, back, last = (BEGIN + dt.timedelta(days) for days in (20, 50, 60))

        def act(agency: Sandbox, day: dt.date) -> None:
            if day == stands:
                agency.fault(kind)
            if day == back:
                agency.clear()

        told = World(scratch / kind, DAILY, _every_day(BEGIN, last)).nights(BEGIN, last, act)
        opens = (stands + dt.timedelta(within[0]), stands + dt.timedelta(within[1]))
        # A page that stands still is late before it is frozen: that one is over when the other begins, or with it.
        return _one([each for each in told if each.alert != "overdue"], "frozen", opens, back)

    return play


def _stopped(scratch: Path) -> tuple[bool, str]:
    """Nothing polls the source for ten nights."""
    stops, back, last = (BEGIN + dt.timedelta(days) for days in (20, 30, 40))
    world = World(scratch / "stopped", DAILY, _every_day(BEGIN, last))
    told = world.nights(BEGIN, last, lambda agency, day: not stops <= day < back)
    silent = [each for each in told if each.alert == "nothing_ran" and each.source in {None, DAILY}]
    once = len({each.source for each in silent}) == len(silent) >= 1
    held = once and all(each.opened <= stops + dt.timedelta(2) and each.closed == back for each in silent)
    return held, ", ".join(map(str, told)) or "no alert"


def _slipped(scratch: Path) -> tuple[bool, str]:
    """The page of a week does not come; the week after it all is well."""
    allowance, _ = _calendar(DAILY)
    slips, back, last = (BEGIN + dt.timedelta(days) for days in (20, 27, 40))
    told = World(scratch / "slipped", DAILY, _every_day(BEGIN, last, lambda day: slips <= day < back)).nights(
        BEGIN, last
    )
    return _one(told, "overdue", (slips, slips + dt.timedelta(allowance + 1)), back)


def _moved(scratch: Path) -> tuple[bool, str]:
    """The page's address answers 404 for ten nights."""
    away, back, last = (BEGIN + dt.timedelta(days) for days in (20, 24, 40))

    def act(agency: Sandbox, day: dt.date) -> None:
        if day == away:
            agency.fault("status", status=404)
        if day == back:
            agency.clear()

    told = World(scratch / "moved", DAILY, _every_day(BEGIN, last)).nights(BEGIN, last, act)
    return _one(told, "fetch_failed", (away, away), back)


def _skipped_month(scratch: Path) -> tuple[bool, str]:
    """A monthly page skips January; it comes with February."""
    allowance, _ = _calendar(MONTHLY)
    pages = [dt.date(2025, 11, 14), dt.date(2025, 12, 15), dt.date(2026, 2, 20), dt.date(2026, 3, 14)]
    world = World(scratch / "skipped", MONTHLY, [(day, _monthly(day)) for day in pages])
    told = world.nights(pages[0], dt.date(2026, 3, 20))
    due = dt.date(2026, 1, 20)
    return _one(told, "overdue", (due, due + dt.timedelta(allowance + 1)), dt.date(2026, 2, 20))


SCENARIOS: dict[str, Callable[[Path], tuple[bool, str]]] = {
    "a deployment that starts, and 61 calm nights": _calm,
    "a page frozen with a notice": _frozen("frozen", (0, 0)),
    "a page frozen without a notice": _frozen("frozen_silently", (1, 9)),
    "a source that nobody polls": _stopped,
    "a week that slips": _slipped,
    "a page that moved": _moved,
    "a month that is skipped": _skipped_month,
}
IN_SAMPLE = ("a page that moved",)
