"""A figure's permanent address: every month, year and fiscal year of a headline measure and place, and what it rests on.

One page a measure and place, an anchor a figure (``#2022-12``, ``#2022``, ``#FY2023``), and beside it one script with what
the page shows of each: its states, its printed cells and the archived table, lines or sheet around them. The cells are
read again from the archived bytes, each file once for all pages.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest.archive.objects import Archive
from ingest.catalog.source import load_sources
from ingest.core.home import Home
from ingest.releases.excerpts import Excerpt, excerpts
from ingest.releases.parsers import Cell, Parser, parser_for
from roxham_web.marts import Marts, Row, listed
from roxham_web.months import YEAR
from roxham_web.sections import Shown

SHOWN_CELLS = 3


@dataclass(frozen=True)
class Period:
    """A year or fiscal year of a place: as an agency prints it, and as its months sum; either may be missing."""

    # `2022` or `FY2023`: its anchor.
    key: str
    first: dt.date
    printed: Row | None
    # None where no month has a figure, and for measures that are levels or running totals.
    summed: int | None
    # Months that are told: with a figure, or not listed because the agency counted nobody.
    told: int
    # The months that the sum is made of, as anchors.
    months: list[str] = field(default_factory=list)

    @property
    def value(self) -> int | None:
        """The printed total, else the sum of the months."""
        return self.printed["value"] if self.printed and self.is_printed else self.summed

    @property
    def is_printed(self) -> bool:
        """Whether an agency prints a total of it."""
        return self.printed is not None and self.printed["value"] is not None

    @property
    def covers(self) -> list[dt.date]:
        """The first and the last month of a printed total that is not of the whole period; none of others."""
        if self.printed is None or self.printed.get("is_complete", True):
            return []
        return [self.printed["covers_from"], self.printed["covers_to"]]

    @property
    def is_whole(self) -> bool:
        """Whether the sum is of all its months."""
        return self.told == YEAR

    @property
    def is_fiscal(self) -> bool:
        """Whether it is a fiscal year."""
        return self.key.startswith("FY")


@dataclass(frozen=True)
class FigurePage:
    """All figures of one measure and place: its months and its periods, newest first."""

    measure_id: str
    geography_id: str
    months: list[Row]
    periods: list[Period]

    @property
    def path(self) -> str:
        """Where it lies below the site."""
        return page_path(self.measure_id, self.geography_id)

    @property
    def keys(self) -> set[str]:
        """The anchors of its figures."""
        return {each.key for each in self.periods} | {f"{row['month']:%Y-%m}" for row in self.months}

    @property
    def figures(self) -> dict[dt.date, int]:
        """The months that have a figure."""
        return {row["month"]: row["value"] for row in self.months if row["value"] is not None}

    @property
    def told(self) -> set[dt.date]:
        """The months that are told: with a figure, or not listed because the agency counted nobody."""
        return {row["month"] for row in self.months if is_told(row)}


def is_told(row: Row) -> bool:
    """Whether a release speaks of the month: it prints a figure, or lists nobody where it would list somebody."""
    return row["value"] is not None or row["missing_reason"] == "not_listed"


def page_path(measure_id: str, geography_id: str, language: str = "en") -> str:
    """Where the page of a measure and place lies below the site."""
    return f"figures/{measure_id}/{geography_id}{'' if language == 'en' else f'.{language}'}.html"


def link(measure_id: str, geography_id: str, when: dt.date | str, language: str = "en") -> str:
    """The address, from a page at the top of the site, of the figure of a month (a date) or of a period (its key)."""
    key = when if isinstance(when, str) else f"{when:%Y-%m}"
    return f"{page_path(measure_id, geography_id, language)}#{key}"


def pages(home: Home, marts: Marts, shown: Iterable[Shown]) -> list[FigurePage]:
    """The figure pages of the headline measures: every place that has a figure, every month.

    Raises:
        ValueError: when archived bytes no longer match their sha256.
    """
    measures = sorted({each.measure_id for each in shown if each.grain == "months"})
    if not measures:
        return []
    wanted = _wanted(measures)
    facts = marts.rows(wanted + "select * from wanted order by measure_id, geography_id, month desc")
    spans = _grouped(marts.rows(wanted + SPANS))
    located = marts.rows(wanted + LOCATED)
    totals = _located_totals(marts, measures)
    printed = _read_again(home, [row for row in [*located, *totals] if row["is_printed"]])
    cells = _grouped([{**row, **printed[row["sha256"], row["locator"]]} for row in located if row["is_printed"]])
    unprinted = _grouped([row for row in located if not row["is_printed"]])
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for fact in facts:
        key = (fact["measure_id"], fact["geography_id"], fact["month"])
        found[key[:2]].append({**fact, "spans": spans[key], "cells": cells[key], "unprinted": unprinted[key]})
    years = defaultdict(list)
    for row in totals:
        years[row["measure_id"], row["geography_id"]].append(
            {**row, "cells": [{**row, **printed[row["sha256"], row["locator"]]}] if row["is_printed"] else []}
        )
    about = marts.by("measure_id", ABOUT)
    return [
        FigurePage(measure_id, place, months, _periods(months, years[measure_id, place], about[measure_id]))
        for (measure_id, place), months in sorted(found.items())
    ]


def unprinted(row: Row) -> str:
    """In words, what the month implies and the release's files do not print: of a month that has begun, its later days."""
    count = row["cells_in_all"]
    which = f", the first of {count} that are not printed yet" if count > 1 else ", not printed yet"
    return f"{row['locator']}{which}; that is not a 0, and the month has no figure until it is printed."


def _wanted(measures: list[str]) -> str:
    """All months of the places that have a figure of these measures."""
    return (
        "with wanted as (\n"
        "    select * from marts.fct_crossings_monthly\n"
        f"    where measure_id in ({listed(measures)})\n"
        "    qualify count(value) over (partition by measure_id, geography_id) > 0)\n"
    )


ABOUT = """
    select measures.measure_id, measures.is_cumulative, sources.fiscal_year_start
    from marts.dim_measure as measures inner join marts.dim_source as sources using (source_id)
"""
SPANS = """
    select log.measure_id, log.geography_id, log.month, log.value, log.missing_reason, log.valid_from, log.valid_to,
        log.release_id, log.source_id, releases.published_text, releases.published_precision, releases.published_basis
    from marts.fct_crossings_monthly_vintages as log
    inner join wanted using (measure_id, geography_id, month)
    inner join raw.releases as releases on releases.release_id = log.release_id
    order by log.valid_from, releases.release_order
"""
# Which cells stand behind a figure is told once, for these pages and for `roxham trace`.
FIGURE_CELLS = (Path(__file__).parent / "figure_cells.sql").read_text(encoding="utf-8")
# Of the cells of each figure the first few. What a begun month implies without printing it (a day that has no row yet) is
# told once, with how many there are.
LOCATED = f"""
, figure_cells as (
{FIGURE_CELLS}
)
select *, count(*) over (partition by measure_id, geography_id, month, is_printed) as cells_in_all,
    row_number() over (
        partition by measure_id, geography_id, month, is_printed order by role desc, sha256, length(locator), locator
    ) as cell_number
from figure_cells
qualify cell_number
    <= case when is_printed then {SHOWN_CELLS} else 1 end
order by measure_id, geography_id, month, is_printed desc, role desc, sha256, length(locator), locator
"""


def _located_totals(marts: Marts, measures: list[str]) -> list[Row]:
    """The printed totals of years and fiscal years, as cells of their releases."""
    return marts.rows(f"""
        select totals.*, locator is not null as is_printed, 'printed figure' as role, 1 as cells_in_all, 1 as cell_number
        from marts.fct_published_totals as totals
        where measure_id in ({listed(measures)}) and office is null and period_kind in ('year', 'fiscal_year')
        order by measure_id, geography_id, period_kind, period
    """)


def _periods(months: list[Row], totals: list[Row], about: Row) -> list[Period]:
    """The years of a place, and its fiscal years where the agency counts in them; newest first."""
    printed = {_key(row["period"], fiscal=row["period_kind"] == "fiscal_year"): row for row in totals}
    by_key: dict[str, list[Row]] = defaultdict(list)
    first_month = about["fiscal_year_start"] or 1
    for row in reversed(months):
        by_key[_key(row["month"].year, fiscal=False)].append(row)
        if first_month > 1:
            by_key[_key(row["month"].year + (row["month"].month >= first_month), fiscal=True)].append(row)
    found = []
    for key in printed.keys() | by_key.keys():
        fiscal, year = key.startswith("FY"), int(key.removeprefix("FY"))
        first = dt.date(year - 1, first_month, 1) if fiscal and first_month > 1 else dt.date(year, 1, 1)
        found.append(_period(key, first, printed.get(key), by_key[key], summable=not about["is_cumulative"]))
    kept = [each for each in found if each.value is not None or each.printed or each.months]
    return sorted(kept, key=lambda each: (each.first, each.key), reverse=True)


def _period(key: str, first: dt.date, printed: Row | None, months: list[Row], *, summable: bool) -> Period:
    told = [row for row in months if is_told(row)] if summable else []
    values = [row["value"] for row in told if row["value"] is not None]
    return Period(key, first, printed, sum(values) if values else None, len(told),
                  [f"{row['month']:%Y-%m}" for row in told if row["value"] is not None])  # fmt: skip


def _key(year: int, *, fiscal: bool) -> str:
    return f"FY{year}" if fiscal else str(year)


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


def _read_again(home: Home, located: list[Row]) -> dict[tuple[str, str], Row]:
    """What the located cells print and what stands around them, by file and locator; each file opened once."""
    archive, sources = Archive(home), load_sources()
    by_file: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    # The surroundings of a figure's first cell are shown; those of the further ones would be most of the pages' data.
    shown: dict[str, set[str]] = defaultdict(set)
    for row in located:
        by_file[row["source_id"], row["sha256"]][row["locator"]] = None
        if row["cell_number"] == 1:
            shown[row["sha256"]].add(row["locator"])
    printed: dict[tuple[str, str], Row] = {}
    for (source_id, sha256), locators in by_file.items():
        parser, path = parser_for(sources[source_id].parser), archive.verified(sha256)
        around = excerpts(path, sorted(shown[sha256]))
        for locator, cell in _found(parser, path, list(locators)):
            printed[sha256, locator] = {
                "printed": cell and cell.printed,
                "row_head": cell.row_head if cell else "",
                "excerpt": around.get(locator) or (_of_cell(cell) if cell and locator in shown[sha256] else None),
            }
    return printed


def _of_cell(cell: Cell) -> Excerpt:
    """A cell between its two heads: all that is shown of a file that is no table, line or sheet."""
    return Excerpt(cell.where, (("", cell.column_head), (cell.row_head, cell.printed)), 1, 1)


class _Numbered:
    """Things told once and named by their number: releases, files, excerpts."""

    def __init__(self) -> None:
        self.things: list[Any] = []
        self._numbers: dict[Any, int] = {}

    def number(self, key: Any, thing: Any) -> int:  # noqa: ANN401  any hashable, any plain data
        """The number of that thing, which is told the first time."""
        if key not in self._numbers:
            self._numbers[key] = len(self.things)
            self.things.append(thing)
        return self._numbers[key]


class _Told:
    """The figures of a page as plain data; releases, files and excerpts told once each and named by their number."""

    def __init__(self, files: dict[str, Row]) -> None:
        self._known = files
        self.releases, self.files, self.around = _Numbered(), _Numbered(), _Numbered()

    def month(self, row: Row) -> dict[str, Any]:
        """The figure of a month."""
        return {
            "value": row["value"], "why": row["missing_reason"], "basis": row["value_basis"], "final": row["is_final"],
            "parts": row["computed_value"] if row["value_basis"] == "published" else None, "flags": row["flags"],
            "spans": [self._state(each) for each in row["spans"]],
            "cells": [self._cell(each) for each in row["cells"]],
            "of": row["cells"][0]["cells_in_all"] if row["cells"] else 0,
            "unprinted": [unprinted(each) for each in row["unprinted"]],
        }  # fmt: skip

    def period(self, each: Period) -> dict[str, Any]:
        """The figure of a year or fiscal year."""
        printed = each.printed
        return {
            "value": each.value, "why": printed["missing_reason"] if printed else None, "summed": each.summed,
            "told": each.told, "months": each.months, "basis": "published" if each.is_printed else "computed",
            "covers": [f"{month:%Y-%m}" for month in each.covers],
            "spans": [self._known_since(printed)] if printed else [],
            "cells": [self._cell(one) for one in printed["cells"]] if printed else [], "of": 1, "unprinted": [],
        }  # fmt: skip

    def _cell(self, row: Row) -> dict[str, Any]:
        excerpt: Excerpt | None = row["excerpt"] if row["cell_number"] == 1 else None
        around = excerpt and self.around.number((excerpt.of, excerpt.rows), {"of": excerpt.of, "rows": excerpt.rows})
        return {
            "role": row["role"], "locator": row["locator"], "printed": row["printed"], "row": row["row_head"],
            "file": self.files.number(row["sha256"], _file(row["sha256"], self._known)),
            "around": excerpt and [around, excerpt.row, excerpt.column],
        }  # fmt: skip

    def _state(self, row: Row) -> list[Any]:
        release = [row["release_id"], row["source_id"], row["published_text"]]
        until = row["valid_to"] and row["valid_to"].isoformat()
        return [_figure(row), row["valid_from"].isoformat(), until, self.releases.number(row["release_id"], release)]

    def _known_since(self, total: Row) -> list[Any]:
        day = total["published_at"].isoformat()
        release = [total["release_id"], total["source_id"], day]
        return [_figure(total), day, None, self.releases.number(total["release_id"], release)]


def _figure(row: Row) -> int | str:
    """A figure, or the reason why there is none."""
    figure: int | str = row["value"] if row["value"] is not None else row["missing_reason"]
    return figure


def script_data(page: FigurePage, files: dict[str, Row], quotations: list[Row]) -> dict[str, Any]:
    """What the page's script shows of each figure, as plain data; beside it what the press quoted of the place, and when."""
    told = _Told(files)
    facts = {f"{row['month']:%Y-%m}": told.month(row) for row in page.months}
    facts |= {each.key: told.period(each) for each in page.periods}
    return {
        "measure_id": page.measure_id, "geography_id": page.geography_id, "facts": facts,
        "press": [[f"{each['period_start']:%Y-%m}", f"{each['period_end']:%Y-%m}", each["value"],
                   each["quoted_on"].isoformat()] for each in quotations],
        "releases": told.releases.things, "files": told.files.things, "around": told.around.things,
    }  # fmt: skip


def _file(sha256: str, files: dict[str, Row]) -> dict[str, Any]:
    known = files.get(sha256)
    return {"sha256": sha256, "name": known["file_name"] if known else "", "url": known["url"] if known else ""}
