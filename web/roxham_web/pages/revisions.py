"""How months were revised: a picture a headline measure, and the report of each release."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, ClassVar

from roxham_web import charts, tables, text
from roxham_web.marts import Row, quoted
from roxham_web.pages.page import Book, Chart, Content, Drawn, Page
from roxham_web.sections import Shown
from roxham_web.tables import Cell, Table

MART = "fct_crossings_monthly_vintages"


@dataclass(frozen=True)
class Picture:
    """The month of a leading place that was revised most, and the triangle of its neighbours."""

    id: str
    title: str
    place: str
    measure: Row
    unit: str
    month: str
    states: Chart
    triangle: Chart
    table: Table
    drawn: Drawn
    specs: dict[str, Any]
    mart: str = MART


@dataclass(frozen=True)
class Revisions(Content):
    """The pictures, the address of the feed, and what each release changed."""

    template: ClassVar[str] = "revisions.html"
    pictures: list[Picture]
    feed: str | None
    releases: list[Row]
    mart: str = MART


def revisions(book: Book, feed: str | None) -> Page:
    """Pictures of how months were revised, and the report of each release."""
    pictures = [picture for each in book.headlines if (picture := _picture(book, each))]
    return Page(
        "revisions.html",
        text.page_title("revisions", "en"),
        Revisions(pictures, feed, _release_rows(book)),
        slug="revisions",
        drawn=tuple(each.drawn for each in pictures),
        specs={"en": {name: spec for each in pictures for name, spec in each.specs.items()}},
    )


def _picture(book: Book, each: Shown) -> Picture | None:
    query = (
        "select measure_id, month, geography_id, valid_from, valid_to, value, missing_reason, first_value, release_id\n"
        "from marts.fct_crossings_monthly_vintages\n"
        f"where measure_id = {quoted(each.measure_id)} and geography_id = {quoted(each.lead)}\n"
        "    and month in (\n"
        "        select month from marts.fct_crossings_monthly_vintages\n"
        f"        where measure_id = {quoted(each.measure_id)} and geography_id = {quoted(each.lead)} and is_revision)\n"
        "order by month, valid_from"
    )
    rows = book.marts.rows(query) if each.grain == "months" else []
    return _drawn(book, each, query, rows) if rows else None


def _drawn(book: Book, each: Shown, query: str, rows: list[Row]) -> Picture:
    by_month: dict[dt.date, list[Row]] = defaultdict(list)
    for row in rows:
        by_month[row["month"]].append(row)
    month = max(sorted(by_month), key=lambda one: len(by_month[one]))
    measure, name = book.measures[each.measure_id], f"revisions-{each.id}"
    triangle, states = f"{name}-triangle", f"{name}-states"
    data = {
        triangle: _triangle_data(each.measure_id, by_month),
        states: _states_data(each.measure_id, by_month[month], book.info.as_of),
    }
    return Picture(
        id=name,
        title=measure["title"],
        place=book.place(each.lead),
        measure=measure,
        unit=measure["unit"],
        month=text.month(month),
        states=Chart(states, f"{text.month(month)}, as known from release to release (zoomed: the axis does not begin at 0)",
                     states,
                     f"{measure['title']}, {text.month(month)}, by release"),
        triangle=Chart(triangle, "Every revised month (across), as known at each release (down)", triangle,
                       f"{measure['title']}: reference months against releases"),
        table=_triangle_table(name, each, f"{measure['title']}, {book.place(each.lead)}", by_month),
        drawn=Drawn(name, query, rows, data),
        specs={triangle: charts.triangle(), states: charts.states(measure["unit"], _distinct(by_month[month]))},
    )  # fmt: skip


def _states_data(measure_id: str, states: list[Row], until: dt.date) -> dict[str, Any]:
    """One month's figure by the day from which it was known, the last one drawn up to this build."""
    end = {**states[-1], "valid_from": max(until, states[-1]["valid_from"])}
    rows = [[row["valid_from"].isoformat(), row["value"]] for row in [*states, end]]
    return {"measure_id": measure_id, "columns": ["known_from", "value"], "rows": rows, "events": []}


def _distinct(states: list[Row]) -> list[int]:
    return sorted({row["value"] for row in states if row["value"] is not None})


def _days(by_month: dict[dt.date, list[Row]]) -> list[dt.date]:
    """The days on which anything changed."""
    return sorted({row["valid_from"] for rows in by_month.values() for row in rows})


def _triangle_data(measure_id: str, by_month: dict[dt.date, list[Row]]) -> dict[str, Any]:
    """Each month's figure as known at each release, and how far it stood from the month's first one, in per cent."""
    found = []
    for month, rows in sorted(by_month.items()):
        for day in _days(by_month):
            known = [row for row in rows if row["valid_from"] <= day]
            if known and known[-1]["value"] is not None and known[-1]["first_value"]:
                value, first = known[-1]["value"], known[-1]["first_value"]
                found.append([f"{month:%Y-%m}", day.isoformat(), value, round(100 * (value - first) / first, 4)])
    return {"measure_id": measure_id, "columns": ["month", "release", "value", "change"], "rows": found, "events": []}


def _triangle_table(name: str, each: Shown, title: str, by_month: dict[dt.date, list[Row]]) -> Table:
    days = [day.isoformat() for day in _days(by_month)]
    months = sorted(by_month, reverse=True)
    return Table(
        f"table-{name}",
        f"{title}: each month’s figure by the day from which it was known; an empty cell repeats the figure to its left",
        ["Month", *days],
        [[Cell(text.month(month)), *_states_of(by_month[month], days)] for month in months],
        each.measure_id,
        [month.isoformat() for month in months],
        ["month", *days],
    )


def _states_of(rows: list[Row], days: list[str]) -> list[Cell]:
    said = {row["valid_from"].isoformat(): row for row in rows}
    return [
        tables.figure_cell({**said[day], "value_basis": "", "computed_value": None}, "en") if day in said else Cell("")
        for day in days
    ]


def _release_rows(book: Book) -> list[Row]:
    return book.marts.rows("""
        select summary.*, releases.published_text
        from marts.rpt_release_summary as summary
        inner join marts.dim_release as releases using (release_id)
        order by summary.source_id, summary.release_order desc
    """)
