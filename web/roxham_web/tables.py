"""Lays out: what stands in a page's tables, cell by cell. A missing figure is its reason, never a 0."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from roxham_web import text
from roxham_web.marts import Row
from roxham_web.months import YEAR, months_between
from roxham_web.sections import Shown


@dataclass(frozen=True)
class Cell:
    """What one cell says, and where it leads."""

    text: str
    href: str = ""
    # number, missing, flag or empty.
    kind: str = ""
    note: str = ""


@dataclass(frozen=True)
class Table:
    """A caption, column heads, and rows whose first cell is their head."""

    id: str
    caption: str
    heads: list[str]
    rows: list[list[Cell]]
    # What tests and readers of the page's source find the figures by.
    measure_id: str = ""
    row_keys: list[str] = field(default_factory=list)
    head_keys: list[str] = field(default_factory=list)
    # The reasons for missing figures that occur in it, each with what it means.
    reasons: list[tuple[str, str]] = field(default_factory=list)


def figure_cell(row: Row | None, language: str, href: str = "") -> Cell:
    """A figure as printed or computed, or the reason why there is none."""
    if row is None or row["value"] is None:
        code = row["missing_reason"] if row else "not_held"
        return Cell(text.reason(code, language), href, kind="missing")
    beside = row.get("computed_value")
    notes = [text.word("implausible", language)] if row.get("flags") else []
    if row.get("is_complete") is False:
        notes.append(text.word("running", language, *months_covered(row)))
    if row["value_basis"] == "published" and beside is not None and beside != row["value"]:
        notes.append(text.word("parts_sum", language, text.number(beside, language)))
    return Cell(text.number(row["value"], language), href, kind="number", note=", ".join(notes))


def months_covered(total: Row) -> tuple[int, int]:
    """How many months a printed total covers, and how many its period has: 2 of 12 of a fiscal year that has begun."""
    first, last = total["covers_from"], total["covers_to"]
    return len(months_between(first, last)), 3 if total["period_kind"] == "quarter" else YEAR


def monthly(shown: Shown, rows: list[Row], caption: str, language: str, link: Callable[[str, dt.date], str]) -> Table:
    """One row a month, newest first; the leading place first, then its parts."""
    cells = {(row["geography_id"], row["month"]): row for row in rows}
    names = {row["geography_id"]: row[f"name_{language}"] for row in rows}
    held = sorted({row["month"] for row in rows})
    months = held if shown.grain == "periods" else months_between(held[0], held[-1])
    kinds = {row["month"]: row["period_kind"] for row in rows if "period_kind" in row}
    body = []
    for month in reversed(months):
        head = text.period(kinds[month], month, language) if kinds else text.month(month, language)
        body.append([Cell(head)] + [
            figure_cell(cells.get((place, month)), language,
                        link(place, month) if (place, month) in cells else "")
            for place in shown.places
        ])  # fmt: skip
    return Table(
        id=f"table-{shown.id}",
        caption=caption,
        heads=[text.word("month" if shown.grain == "months" else "period", language),
               *(names[place] for place in shown.places)],
        rows=body,
        measure_id=shown.measure_id,
        row_keys=[month.isoformat() for month in reversed(months)],
        head_keys=["month", *shown.places],
        reasons=reasons_told([cells.get((place, month)) for place in shown.places for month in months], language),
    )  # fmt: skip


def reasons_told(rows: Sequence[Row | None], language: str) -> list[tuple[str, str]]:
    """What the missing figures among these rows are called, and what each reason means."""
    codes = {row["missing_reason"] if row else "not_held" for row in rows if row is None or row["value"] is None}
    return [(text.reason(code, language), text.reason_told(code, language)) for code in text.REASONS if code in codes]


def plain(table_id: str, caption: str, rows: Sequence[Row], columns: dict[str, str]) -> Table:
    """Rows of a mart with these columns, under these heads."""
    return Table(table_id, caption, list(columns.values()), [[cell(row.get(name)) for name in columns] for row in rows])


def cell(value: Any) -> Cell:  # noqa: ANN401  a value of any SQL type
    """A value of a report as it is best read; nothing is a dash."""
    match value:
        case None:
            return Cell("—")
        case bool():
            return Cell("yes" if value else "no")
        case int():
            return Cell(text.number(value), kind="number")
        case float():
            return Cell(f"{value:,.4g}", kind="number")
        case dt.datetime():
            return Cell(f"{value:%Y-%m-%d %H:%M} UTC")
        case dt.date():
            return Cell(value.isoformat(), kind="date")
        case list():
            return Cell("; ".join(map(str, value)))
    return Cell(str(value))
