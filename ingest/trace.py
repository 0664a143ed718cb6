"""Leads a figure back to the cells that agencies printed: ``roxham trace``.

For each release that changed the figure: address, dates, sha256, locators, and the cells read again from the
archived bytes, so that what is shown does not rest on what was loaded.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ingest.archive import Archive
from ingest.home import Home
from ingest.parsers import Cell, parser_for
from ingest.publish import current
from ingest.questions import ask
from ingest.sources import load_sources

SHOWN_CELLS = 10
# What a page of a year implies without printing it: there is no cell to read again.
NOT_PRINTED = re.compile(r" · no (column|row) for the ")


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

    def as_dict(self) -> dict[str, Any]:
        """Plain data, every cell included."""
        return {
            "fact": {key: _plain(value) for key, value in self.fact.items()},
            "sample": self.sample,
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
        message = f"{' '.join(words)!r} names no fact: give MEASURE YYYY-MM PLACE, as in us_cbp_encounters 2022-10 US"
        raise ValueError(message)
    return parts[0], dt.date.fromisoformat(parts[1][:7] + "-01"), parts[2]


def trace(home: Home, measure_id: str, month: dt.date, geography_id: str) -> Trace:
    """The figure of that measure, month and place in the published build, with all its releases and cells.

    Raises:
        LookupError: when the build has no such figure.
        ValueError: when archived bytes no longer match their sha256.
    """
    key = {"measure": measure_id, "month": month, "place": geography_id}
    facts = ask(
        home,
        "select * from marts.fct_crossings_monthly"
        " where measure_id = $measure and month = $month and geography_id = $place",
        key,
    )
    if not facts:
        message = f"no figure for {measure_id} {month:%Y-%m} {geography_id} in the published build"
        raise LookupError(message)
    spans = ask(
        home,
        """
        select log.valid_from, log.valid_to, log.value, log.missing_reason, log.value_basis, log.computed_value,
            releases.release_id, releases.source_id, releases.published_text, releases.published_precision,
            releases.published_basis, releases.retrieved_at, releases.origin
        from marts.fct_crossings_monthly_vintages as log
        inner join raw.releases as releases on releases.release_id = log.release_id
        where log.measure_id = $measure and log.month = $month and log.geography_id = $place
        order by log.valid_from, releases.release_order
        """,
        key,
    )
    return Trace(facts[0], [_traced(home, span, key) for span in spans], current(home).sample)


def _traced(home: Home, span: dict[str, Any], key: dict[str, Any]) -> TracedRelease:
    located = ask(
        home,
        """
        select sha256, locator,
            case when grain = 'total' and geography_id = $place then 'printed figure' else 'part of the sum' end as role
        from intermediate.int_printed_cells
        where release_id = $release and measure_id = $measure and month = $month
            and ((grain = 'total' and geography_id = $place)
                or $place in (adds_to_place, adds_to_region, adds_to_country))
        order by role desc, sha256, length(locator), locator
        """,
        {**key, "release": span["release_id"]},
    )
    files = ask(
        home,
        "select sha256, file_name, url, bytes from raw.release_files where release_id = $release order by file_name",
        {"release": span["release_id"]},
    )
    used = {each["sha256"] for each in located}
    return TracedRelease(span, [file for file in files if file["sha256"] in used or not used],
                         _read_again(home, span["source_id"], located))  # fmt: skip


def _read_again(home: Home, source_id: str, located: list[dict[str, Any]]) -> list[TracedCell]:
    archive, parser = Archive(home), parser_for(load_sources()[source_id].parser)
    traced: list[TracedCell] = []
    for sha256 in dict.fromkeys(each["sha256"] for each in located):
        archive.read(sha256)  # the bytes are what their name says, or this raises
        mine = [each for each in located if each["sha256"] == sha256 and not NOT_PRINTED.search(each["locator"])]
        cells = parser.cells(archive.path(sha256), [each["locator"] for each in mine])
        traced += [TracedCell(sha256, each["locator"], each["role"], cell)
                   for each, cell in zip(mine, cells, strict=True)]  # fmt: skip
    return traced


def _headline(fact: dict[str, Any]) -> str:
    figure = f"{fact['value']:,}" if fact["value"] is not None else f"no figure ({fact['missing_reason']})"
    beside = ""
    if fact.get("computed_value") is not None and fact["computed_value"] != fact["value"]:
        beside = f"; its parts sum to {fact['computed_value']:,}"
    return (
        f"{fact['measure_id']} · {fact['month']:%B %Y} · {fact['geography_id']}: {figure}"
        f" ({fact['value_basis']}{beside})"
    )


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
