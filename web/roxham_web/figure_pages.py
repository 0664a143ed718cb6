"""A figure's page: from a cell of a table to its releases, their hashes, and the printed cells as ``trace`` shows them.

One page a measure and place, an anchor a month, the last 24 months of the headline sections. The printed cells are read
again from the archived bytes, each file once for all pages.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ingest.archive.objects import Archive
from ingest.catalog.source import load_sources
from ingest.core.home import Home
from ingest.releases.parsers import Cell, Parser, parser_for
from roxham_web.marts import Marts, Row, listed
from roxham_web.sections import Shown
from roxham_web.tables import LINKED_MONTHS

SHOWN_CELLS = 3


@dataclass(frozen=True)
class FigurePage:
    """All that the page of one measure and place shows, newest month first."""

    measure_id: str
    geography_id: str
    months: list[Row]

    @property
    def path(self) -> str:
        """Where it lies below the site."""
        return page_path(self.measure_id, self.geography_id)


def page_path(measure_id: str, geography_id: str) -> str:
    """Where the page of a measure and place lies below the site."""
    return f"figures/{measure_id}/{geography_id}.html"


def link(measure_id: str, geography_id: str, month: dt.date) -> str:
    """The address, from a page at the top of the site, of one month's figure."""
    return f"{page_path(measure_id, geography_id)}#m{month:%Y-%m}"


def pages(home: Home, marts: Marts, shown: Iterable[Shown]) -> list[FigurePage]:
    """The figure pages of the headline sections.

    Raises:
        ValueError: when archived bytes no longer match their sha256.
    """
    keys = sorted({(each.measure_id, place) for each in shown for place in each.traced})
    if not keys:
        return []
    wanted = _wanted(keys)
    facts = marts.rows(wanted + "select * from wanted order by measure_id, geography_id, month desc")
    spans = _grouped(marts.rows(
        wanted + "select log.measure_id, log.geography_id, log.month, log.value, log.missing_reason, log.valid_from,\n"
        "    log.valid_to, log.release_id, log.source_id, releases.published_text, releases.published_precision,\n"
        "    releases.published_basis\n"
        "from marts.fct_crossings_monthly_vintages as log\n"
        "inner join wanted using (measure_id, geography_id, month)\n"
        "inner join raw.releases as releases on releases.release_id = log.release_id\n"
        "order by log.valid_from, releases.release_order"
    ))  # fmt: skip
    located = marts.rows(wanted + LOCATED)
    cells = _grouped(_read_again(home, [row for row in located if row["is_printed"]]))
    unprinted = _grouped([row for row in located if not row["is_printed"]])
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for fact in facts:
        key = (fact["measure_id"], fact["geography_id"], fact["month"])
        found[key[:2]].append({**fact, "spans": spans[key], "cells": cells[key], "unprinted": unprinted[key]})
    return [FigurePage(measure_id, place, months) for (measure_id, place), months in sorted(found.items())]


def unprinted(row: Row) -> str:
    """In words, what the month implies and the release's files do not print: of a month that has begun, its later days."""
    count = row["cells_in_all"]
    which = f", the first of {count} that are not printed yet" if count > 1 else ", not printed yet"
    return f"{row['locator']}{which}; that is not a 0, and the month has no figure until it is printed."


def _wanted(keys: list[tuple[str, str]]) -> str:
    pairs = listed([f"{measure_id} {place}" for measure_id, place in keys])
    return (
        "with wanted as (\n"
        "    select * from marts.fct_crossings_monthly\n"
        f"    where measure_id || ' ' || geography_id in ({pairs})\n"
        # Of a month that is not held no release prints a cell.
        "        and missing_reason is distinct from 'not_held'\n"
        "    qualify row_number() over (partition by measure_id, geography_id order by month desc)\n"
        f"        <= {LINKED_MONTHS})\n"
    )


# Which cells stand behind a figure is told once, for these pages and for `roxham trace`.
FIGURE_CELLS = (Path(__file__).parent / "figure_cells.sql").read_text(encoding="utf-8")
# Of the cells of each figure the first few. What a begun month implies without printing it (a day that has no row yet) is
# told once, with how many there are.
LOCATED = f"""
, figure_cells as (
{FIGURE_CELLS}
)
select *, count(*) over (partition by measure_id, geography_id, month, is_printed) as cells_in_all
from figure_cells
qualify row_number() over (
    partition by measure_id, geography_id, month, is_printed order by role desc, sha256, length(locator), locator)
    <= case when is_printed then {SHOWN_CELLS} else 1 end
order by measure_id, geography_id, month, is_printed desc, role desc, sha256, length(locator), locator
"""


def _grouped(rows: list[Row]) -> dict[tuple[str, str, dt.date], list[Row]]:
    found: dict[tuple[str, str, dt.date], list[Row]] = defaultdict(list)
    for row in rows:
        found[row["measure_id"], row["geography_id"], row["month"]].append(row)
    return found


def _found(parser: Parser, path: Path, locators: list[str]) -> list[tuple[str, Cell | None]]:
    """The cells behind the locators; one that is not there is shown as such, and costs the others nothing."""
    try:
        return list(zip(locators, parser.cells(path, locators), strict=True))
    except LookupError:
        if len(locators) == 1:
            return [(locators[0], None)]
        return [found for locator in locators for found in _found(parser, path, [locator])]


def _read_again(home: Home, located: list[Row]) -> list[Row]:
    """The located cells with what they print, each file opened once."""
    archive, sources = Archive(home), load_sources()
    by_file: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for row in located:
        by_file[row["source_id"], row["sha256"]][row["locator"]] = None
    printed: dict[tuple[str, str], Row] = {}
    for (source_id, sha256), locators in by_file.items():
        parser, path = parser_for(sources[source_id].parser), archive.verified(sha256)
        for locator, cell in _found(parser, path, list(locators)):
            printed[sha256, locator] = {"printed": cell and cell.printed, "row_head": cell.row_head if cell else ""}
    return [{**row, **printed[row["sha256"], row["locator"]]} for row in located]
