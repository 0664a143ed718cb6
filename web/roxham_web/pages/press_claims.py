"""What the press claimed, and what the releases say: now, as of the printing, and the cells behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from roxham_web import tables, text
from roxham_web.marts import Row
from roxham_web.months import YEAR, months_between
from roxham_web.pages.figure import figure_link
from roxham_web.pages.page import Book, Content, Page


@dataclass(frozen=True)
class Claim:
    """One sentence of a report, judged by the newest releases and by those known when it was printed."""

    now: Row
    then: Row
    place: str
    minus: str
    measure: str
    # The permanent address of the claimed figure, where it is a month or a year of one place.
    year_link: str
    cells: list[Row]


@dataclass(frozen=True)
class PressClaims(Content):
    """The claims in the order of their register."""

    template: ClassVar[str] = "press_claims.html"
    claims: list[Claim]


def press_claims(book: Book) -> Page:
    """What the press claimed, and what the releases say."""
    held = book.marts.has("rpt_claims")
    rows = book.marts.rows("select * from marts.rpt_claims order by claim_id, asked") if held else []
    cells = book.marts.rows("""
        select * from marts.rpt_claim_cells where asked = 'now' order by claim_id, side, geography_id, month
    """) if held else []  # fmt: skip
    claims = [_claim(book, now, then, cells) for now, then in zip(rows[::2], rows[1::2], strict=True)]
    return Page("press-claims.html", text.page_title("press-claims", "en"), PressClaims(claims), slug="press-claims")


def _claim(book: Book, now: Row, then: Row, cells: list[Row]) -> Claim:
    return Claim(
        now={**now, "told": _told(now), "against": _against(now)},
        then={**then, "told": _told(then)},
        place=book.place(now["geography_id"]),
        minus=book.place(now["minus_geography_id"]) if now["minus_geography_id"] else "",
        measure=book.measures[now["measure_id"]]["title"],
        year_link=_address(book, now),
        cells=[
            {**each, "place": book.place(each["geography_id"]),
             "figure": tables.figure_cell({**each, "value_basis": "computed"}, "en"),
             "link": figure_link(book, each["measure_id"], each["geography_id"], each["month"])}
            for each in cells if each["claim_id"] == now["claim_id"]
        ],
    )  # fmt: skip


def _address(book: Book, claim: Row) -> str:
    """The address of the figure that the claim is about; empty where it is none of one month or year of one place."""
    start, end = claim["period_start"], claim["period_end"]
    figures = book.traced.get((claim["measure_id"], claim["geography_id"]))
    if figures is None or claim["minus_geography_id"]:
        return ""
    fiscal = start.month > 1 and f"FY{start.year + 1}"
    is_year = len(months_between(start, end)) == YEAR
    key = f"{start:%Y-%m}" if start == end else (fiscal or str(start.year)) if is_year else ""
    return figure_link(book, claim["measure_id"], claim["geography_id"], key) if key in figures.keys else ""


def _told(claim: Row) -> str:
    """The figure in words: a count, a daily average or a change in per cent."""
    if claim["figure"] is None:
        return "no figure: the releases known by then do not cover it"
    if claim["figure_kind"] == "percent_change":
        return f"{claim['figure']:+,.1f} % from the first month to the last"
    average = claim["figure_kind"] == "largest_daily_average"
    return f"{claim['figure']:,.0f}" + (" a day, in the month with the most" if average else "")


def _against(claim: Row) -> str:
    """What the figure is measured against, where that is more than the printed number."""
    if claim["rule"] == "record" and claim["measured_against"] is not None:
        held, asked = claim["periods_compared"], claim["periods_asked"]
        of = f"{held} other years" if held == asked else f"the {held} other years held, of {asked} to compare with"
        return f"largest of {of}: {claim['measured_against']:,.0f}"
    if claim["rule"] == "at_most" and claim["measured_against"] is not None:
        return f"limit: {claim['measured_against']:,.0f}"
    return ""
