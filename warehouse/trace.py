"""Leads a figure back to the cells that agencies printed: ``roxham trace``.

For each release that changed the figure: address, dates, sha256, locators, and the cells read again from the
archived bytes, so that what is shown does not rest on what was loaded. A figure is a month of a place, a broken-down
cell of it (named by its ``cell_id``), or the total of a year or quarter that an agency printed.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from roxham_web.figure_pages import FIGURE_CELLS, is_told

from ingest.archive.objects import Archive
from ingest.catalog.source import load_sources
from ingest.core.builds import current
from ingest.core.home import Home
from ingest.releases.parsers import Cell, parser_for
from warehouse.queries import ask

SHOWN_CELLS = 10
BREAKDOWNS = ("component", "region", "citizenship", "demographic", "authority", "encounter_type", "office", "day")
PERIOD = re.compile(r"(?P<fiscal>FY(?=\d{4}$))?(?P<year>\d{4})(?:-Q(?P<quarter>[1-4]))?")


@dataclass(frozen=True)
class TracedCell:
    """One printed cell: where it stands and what it says, read again."""

    sha256: str
    locator: str
    role: str
    cell: Cell


@dataclass(frozen=True)
class TracedRelease:
    """One state of the figure: the release that printed it, and the cells that it rests on."""

    facts: dict[str, Any]
    files: list[dict[str, Any]]
    cells: list[TracedCell]


@dataclass(frozen=True)
class Trace:
    """A figure and everything that it rests on, oldest release first."""

    fact: dict[str, Any]
    releases: list[TracedRelease]
    sample: bool
    # Of a total that no agency printed: the months that it is the sum of, each with its release.
    months: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Plain data, every cell included."""
        return {
            "fact": {key: _plain(value) for key, value in self.fact.items()},
            "sample": self.sample,
            **({"months": [{key: _plain(value) for key, value in month.items()} for month in self.months]}
               if self.months else {}),
            "releases": [
                {
                    **{key: _plain(value) for key, value in each.facts.items()},
                    "files": each.files,
                    "cells": [{"sha256": one.sha256, "locator": one.locator, "role": one.role, **asdict(one.cell)}
                              for one in each.cells],
                }
                for each in self.releases
            ],
        }  # fmt: skip

    def as_text(self, *, all_cells: bool = False) -> str:
        """What a reporter reads: the figure, then release by release where it was printed."""
        lines = ["SAMPLE: figures of the bundled sample, not of the agencies' own files"] if self.sample else []
        lines.append(_headline(self.fact))
        lines += [_month_line(month) for month in self.months]
        if self.months:
            lines.append("  each month leads to its printed cells by `roxham trace` of its own")
        for release in self.releases:
            lines += ["", *_release_lines(release, None if all_cells else SHOWN_CELLS)]
        return "\n".join(lines)


def parse_fact(words: Sequence[str]) -> tuple[str, dt.date, str]:
    """Measure_id, first day of month and geography_id of ``measure month place`` or of a total's ``cell_id``.

    Raises:
        ValueError: when it is not three words with a month in the middle.
    """
    parts = [part for word in words for part in word.split("/")]
    if len(parts) == 5 and parts[2] == "total":
        parts = [parts[0], parts[3], parts[4]]  # a cell_id: measure/cut/total/month/place
    if len(parts) != 3 or not re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", parts[1]):
        message = (
            f"{' '.join(words)!r} names no fact: give MEASURE YYYY-MM PLACE, as in us_cbp_encounters 2022-10 US, MEASURE "
            "and PLACE with a year (2023), a fiscal year (FY2024) or a quarter (2024-Q1), or a cell_id of "
            "fct_crossings_monthly_detail"
        )
        raise ValueError(message)
    return parts[0], dt.date.fromisoformat(parts[1][:7] + "-01"), parts[2]


def parse_period(words: Sequence[str]) -> dict[str, Any] | None:
    """The key of a printed total, from ``measure period place`` and an office where there is one; None of other words."""
    parts = [part for word in words for part in word.split("/")]
    found = PERIOD.fullmatch(parts[1]) if len(parts) in (3, 4) else None
    if found is None:
        return None
    kind = "fiscal_year" if found["fiscal"] else "quarter" if found["quarter"] else "year"
    start = dt.date(int(found["year"]), int(found["quarter"] or 1) * 3 - 2, 1) if kind == "quarter" else None
    office = parts[3] if len(parts) == 4 else None
    return {"measure": parts[0], "kind": kind, "period": int(found["year"]), "start": start, "place": parts[2],
            "office": office}  # fmt: skip


def trace_named(home: Home, words: Sequence[str]) -> Trace:
    """The figure that these words name: a month of a place, a printed total, or a broken-down cell by its id.

    Raises:
        LookupError: when the build has no such figure.
        ValueError: when the words name none, or archived bytes no longer match their sha256.
    """
    if len(words) == 1 and "/detail/" in words[0]:
        return trace_cell(home, words[0])
    period = parse_period(words)
    if period is not None:
        printed = ask(home, PERIOD_TOTAL.fact, period)
        return _found(home, PERIOD_TOTAL, period, " ".join(words)) if printed else _computed(home, period)
    return trace(home, *parse_fact(words))


def trace(home: Home, measure_id: str, month: dt.date, geography_id: str) -> Trace:
    """The figure of that measure, month and place in the published build, with all its releases and cells.

    Raises:
        LookupError: when the build has no such figure.
        ValueError: when archived bytes no longer match their sha256.
    """
    key = {"measure": measure_id, "month": month, "place": geography_id}
    return _found(home, MONTH_OF_PLACE, key, f"{measure_id} {month:%Y-%m} {geography_id}")


def trace_cell(home: Home, cell_id: str) -> Trace:
    """The broken-down figure of that ``cell_id`` in the published build, with all its releases and printed cells.

    Raises:
        LookupError: when the build has no such cell.
        ValueError: when archived bytes no longer match their sha256.
    """
    return _found(home, DETAIL_CELL, {"cell": cell_id}, cell_id)


@dataclass(frozen=True)
class Queries:
    """Where a kind of figure stands: itself, its states release by release, and in a release its printed cells."""

    fact: str
    states: str
    cells: str


RELEASE = """releases.release_id, releases.source_id, releases.published_text, releases.published_precision,
            releases.published_basis, releases.retrieved_at, releases.origin"""
MONTH_OF_PLACE = Queries(
    "select * from marts.fct_crossings_monthly"
    " where measure_id = $measure and month = $month and geography_id = $place",
    f"""
        select log.valid_from, log.valid_to, log.value, log.missing_reason, log.value_basis, log.computed_value,
            {RELEASE}
        from marts.fct_crossings_monthly_vintages as log
        inner join raw.releases as releases on releases.release_id = log.release_id
        where log.measure_id = $measure and log.month = $month and log.geography_id = $place
        order by log.valid_from, releases.release_order
        """,
    f"""
        with wanted as (
            select $release as release_id, $measure as measure_id, cast($month as date) as month, $place as geography_id
        ),
        figure_cells as (
            {FIGURE_CELLS}
        )
        select sha256, locator, is_printed, role
        from figure_cells
        order by role desc, sha256, length(locator), locator
        """,
)
DETAIL_CELL = Queries(
    "select * from marts.fct_crossings_monthly_detail where cell_id = $cell",
    f"""
        select log.valid_from, log.valid_to, log.value, log.missing_reason, log.value_basis,
            {RELEASE}
        from marts.fct_crossings_monthly_detail_vintages as log
        inner join raw.releases as releases on releases.release_id = log.release_id
        where log.cell_id = $cell
        order by log.valid_from, releases.release_order
        """,
    """
        select printed.sha256, printed.locator, printed.is_printed, 'printed figure' as role
        from raw.printed_cells as printed
        where printed.release_id = $release
            and printed.cell_key = md5_number_lower($cell)  -- as dbt's macro short_key makes it
        order by printed.sha256, length(printed.locator), printed.locator
        """,
)
NAMED_PERIOD = """measure_id = $measure and period_kind = $kind and period = $period and geography_id = $place
            and office is not distinct from $office and period_start = coalesce(cast($start as date), period_start)"""
PERIOD_TOTAL = Queries(
    f"select * from marts.fct_published_totals where {NAMED_PERIOD}",
    # One row a state: releases that print the same again add none.
    f"""
        with printed as (
            select *, lag(value) over by_release as before, lag(missing_reason) over by_release as reason_before,
                row_number() over by_release as position
            from raw.printed_totals
            where {NAMED_PERIOD}
            window by_release as (order by release_order)
        )
        select printed.known_on as valid_from, lead(printed.known_on) over (order by printed.release_order) as valid_to,
            printed.value, printed.missing_reason, 'published' as value_basis,
            {RELEASE}
        from printed
        inner join raw.releases as releases on releases.release_id = printed.release_id
        where printed.position = 1 or printed.value is distinct from printed.before
            or printed.missing_reason is distinct from printed.reason_before
        order by printed.release_order
        """,
    f"""
        select sha256, locator, is_printed, 'printed figure' as role
        from raw.printed_totals
        where release_id = $release and {NAMED_PERIOD}
        order by sha256, length(locator), locator
        """,
)


def _found(home: Home, queries: Queries, key: dict[str, Any], said: str) -> Trace:
    facts = ask(home, queries.fact, key)
    if not facts:
        message = f"no figure for {said} in the published build"
        raise LookupError(message)
    states = ask(home, queries.states, key)
    return Trace(facts[0], [_traced(home, queries, state, key) for state in states], current(home).sample)


# The months of a period, by the calendar of the measure's source; none where it has no fiscal years.
MONTHS_OF_PERIOD = """
    with asked as (
        select measures.measure_id, measures.source_id, measures.is_cumulative,
            case
                when $kind = 'quarter' then cast($start as date)
                when $kind = 'year' then make_date($period, 1, 1)
                when sources.fiscal_year_start > 1 then make_date($period - 1, sources.fiscal_year_start, 1)
            end as first_month,
            case when $kind = 'quarter' then 3 else 12 end as months_asked
        from marts.dim_measure as measures
        inner join marts.dim_source as sources on sources.source_id = measures.source_id
        where measures.measure_id = $measure
    )
    select asked.is_cumulative, asked.first_month, asked.months_asked, asked.source_id, facts.month, facts.value,
        facts.missing_reason, facts.value_basis, facts.release_id, facts.published_at
    from asked
    inner join marts.fct_crossings_monthly as facts
        on facts.measure_id = asked.measure_id
        and facts.geography_id = $place
        and facts.month between asked.first_month and asked.first_month + to_months(asked.months_asked - 1)
    order by facts.month
"""


def _computed(home: Home, period: dict[str, Any]) -> Trace:
    """A total that no agency prints, as the sum of its months; a year that is not whole has none."""
    said = f"{period['measure']} {_when({**period, 'period_kind': period['kind'], 'period_start': period['start']})}"
    asked = {key: value for key, value in period.items() if key != "office"}
    months = [] if period["office"] else ask(home, MONTHS_OF_PERIOD, asked)
    if not months:
        message = f"no printed total and no figure of a month for {said} {period['place']} in the published build"
        raise LookupError(message)
    if months[0]["is_cumulative"]:
        message = (
            f"no total of {said} {period['place']} is printed, and its months are running totals or levels: no sum"
        )
        raise LookupError(message)
    fact = {
        "measure_id": period["measure"], "period_kind": period["kind"], "period": period["period"],
        "period_start": months[0]["first_month"], "geography_id": period["place"], **_sum_of(months),
    }  # fmt: skip
    shown = ("month", "value", "missing_reason", "value_basis", "release_id", "published_at")
    return Trace(fact, [], current(home).sample, [{key: month[key] for key in shown} for month in months])


def _sum_of(months: list[dict[str, Any]]) -> dict[str, Any]:
    """The sum where every month is told; a month in which nobody is listed adds nothing, any other gap leaves no total."""
    told = [each for each in months if is_told(each)]
    figures = [each["value"] for each in told if each["value"] is not None]
    is_whole = len(told) == months[0]["months_asked"] and bool(figures)
    gap = f"{len(told)} of {months[0]['months_asked']} months"
    return {
        "value": sum(figures) if is_whole else None,
        "missing_reason": None if is_whole else gap,
        "value_basis": "computed",
        "sum_of_months": sum(figures) if figures else None,
        "months_with_value": len(figures),
    }


def _month_line(month: dict[str, Any]) -> str:
    figure = f"{month['value']:,}" if month["value"] is not None else f"no figure ({month['missing_reason']})"
    return f"  {month['month']:%Y-%m}  {figure:>12}  {month['value_basis']}, {month['release_id']}"


def _traced(home: Home, queries: Queries, state: dict[str, Any], key: dict[str, Any]) -> TracedRelease:
    located = ask(home, queries.cells, {**key, "release": state["release_id"]})
    files = ask(
        home,
        "select sha256, file_name, url, bytes from raw.release_files where release_id = $release order by file_name",
        {"release": state["release_id"]},
    )
    used = {each["sha256"] for each in located}
    return TracedRelease(state, [file for file in files if file["sha256"] in used or not used],
                         _read_again(home, state["source_id"], located))  # fmt: skip


def _read_again(home: Home, source_id: str, located: list[dict[str, Any]]) -> list[TracedCell]:
    archive, parser = Archive(home), parser_for(load_sources()[source_id].parser)
    traced: list[TracedCell] = []
    for sha256 in dict.fromkeys(each["sha256"] for each in located):
        mine = [each for each in located if each["sha256"] == sha256 and each["is_printed"]]
        cells = parser.cells(archive.verified(sha256), [each["locator"] for each in mine])
        traced += [TracedCell(sha256, each["locator"], each["role"], cell)
                   for each, cell in zip(mine, cells, strict=True)]  # fmt: skip
    return traced


def _headline(fact: dict[str, Any]) -> str:
    figure = f"{fact['value']:,}" if fact["value"] is not None else f"no figure ({fact['missing_reason']})"
    beside = ""
    if fact.get("computed_value") is not None and fact["computed_value"] != fact["value"]:
        beside = f"; its parts sum to {fact['computed_value']:,}"
    if fact.get("sum_of_months") is not None and fact["sum_of_months"] != fact["value"]:
        beside = f"; its {fact['months_with_value']} months sum to {fact['sum_of_months']:,}"
    if fact.get("is_complete") is False:
        beside += f"; covers {fact['covers_from']:%Y-%m} to {fact['covers_to']:%Y-%m} only"
    named = [fact["measure_id"], _when(fact), fact["geography_id"]]
    named += [fact[name] for name in BREAKDOWNS if fact.get(name)]
    return f"{' · '.join(map(str, named))}: {figure} ({fact['value_basis']}{beside})"


def _when(fact: dict[str, Any]) -> str:
    match fact.get("period_kind"):
        case None:
            return f"{fact['month']:%B %Y}"
        case "quarter":
            return f"{fact['period_start'].year}-Q{fact['period_start'].month // 3 + 1}"
        case "fiscal_year":
            return f"fiscal {fact['period']}"
    return str(fact["period"])


def _release_lines(release: TracedRelease, shown: int | None) -> list[str]:
    facts = release.facts
    figure = f"{facts['value']:,}" if facts["value"] is not None else f"no figure ({facts['missing_reason']})"
    until = f" until {facts['valid_to']}" if facts["valid_to"] else ", still so in the newest release held"
    lines = [
        f"{figure}, known from {facts['valid_from']}{until}",
        f"  release    {facts['release_id']}",
        f"  published  {facts['published_text']} (to the {facts['published_precision']}, by {facts['published_basis']})",
        f"  retrieved  {facts['retrieved_at']:%Y-%m-%d %H:%M} UTC from {facts['origin']}",
    ]
    for file in release.files:
        lines.append(f"  file       {file['file_name']}  {file['bytes']:,} bytes  sha256 {file['sha256']}")
        lines.append(f"  address    {file['url']}")
    for one in release.cells[:shown]:
        lines.append(f'  {one.role}: {one.locator} prints "{one.cell.printed}"  [{one.cell.row_head}]')
    hidden = len(release.cells) - len(release.cells[:shown])
    if hidden:
        lines.append(f"  … and {hidden} more cells (--all-cells shows them)")
    if not release.cells:
        lines.append("  no row is printed for it in this release's files")
    return lines


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, (dt.date, dt.datetime)) else value
