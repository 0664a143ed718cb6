"""The first page: the last month of each headline measure, how fresh each source is, and what came in last."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass
from typing import ClassVar

from roxham_web import charts, text
from roxham_web.figure_pages import link
from roxham_web.marts import Row, quoted
from roxham_web.pages.page import Book, Content, Page
from roxham_web.sections import Shown

SPARK_MONTHS = 36


@dataclass(frozen=True)
class Change:
    """From an earlier figure to the last one; said in words where there is none to compare with."""

    since: str
    said: str
    share: str = ""
    value: int | None = None


@dataclass(frozen=True)
class Card:
    """A headline measure's last figure beside the one before, that of a year before, and its first publication."""

    title: str
    place: str
    unit: str
    page: str
    measure_id: str
    geography_id: str
    month: dt.date
    month_said: str
    value: int
    first_value: int | None
    observed: bool
    revisions: int
    final: bool
    published_at: dt.date
    link: str
    changes: list[Change]
    spark: list[str]


@dataclass(frozen=True)
class Overview(Content):
    """The cards, the freshness of each source, the releases of the newest night."""

    template: ClassVar[str] = "index.html"
    cards: list[Card]
    status: list[Row]
    came_in: list[Row]


def overview(book: Book) -> Page:
    """The last month of each headline measure, freshness, and what came in last."""
    cards = [card for each in book.headlines if (card := _card(book, each))]
    status = book.marts.rows("select * from marts.rpt_source_status order by source_id")
    return Page("index.html", text.page_title("index", "en"), Overview(cards, status, _came_in(book)), slug="index")


def _card(book: Book, each: Shown) -> Card | None:
    if each.grain != "months":
        return None
    rows = book.marts.rows(f"""
        select month, value, first_value, first_value_basis, revision_count, is_final, published_at
        from marts.fct_crossings_monthly
        where measure_id = {quoted(each.measure_id)} and geography_id = {quoted(each.lead)} and value is not null
        order by month
    """)
    if not rows:
        return None
    last, by_month = rows[-1], {row["month"]: row["value"] for row in rows}
    measure = book.measures[each.measure_id]
    return Card(
        title=measure["title"],
        place=book.place(each.lead),
        unit=measure["unit"],
        page=f"{each.section.page}.html#{each.id}",
        measure_id=each.measure_id,
        geography_id=each.lead,
        month=last["month"],
        month_said=text.month(last["month"]),
        value=last["value"],
        first_value=last["first_value"],
        observed=last["first_value_basis"] == "observed_first",
        revisions=last["revision_count"],
        final=last["is_final"],
        published_at=last["published_at"],
        link=link(each.measure_id, each.lead, last["month"]),
        changes=[_change(last["value"], month, by_month.get(month)) for month in _compared(last["month"], by_month)],
        spark=_spark(last["month"], by_month),
    )


def _compared(last: dt.date, by_month: dict[dt.date, int]) -> list[dt.date]:
    """The month before the last one (a quarter before, where no month is printed), and that of a year before."""
    number = last.year * 12 + last.month - 1
    return [dt.date((number - ago) // 12, (number - ago) % 12 + 1, 1) for ago in (_step(by_month), 12)]


def _step(by_month: dict[dt.date, int]) -> int:
    """How many months usually lie between two figures."""
    numbers = [month.year * 12 + month.month for month in sorted(by_month)]
    gaps = [after - before for before, after in itertools.pairwise(numbers)]
    return max(set(gaps), key=lambda gap: (gaps.count(gap), -gap)) if gaps else 1


def _change(last: int, month: dt.date, before: int | None) -> Change:
    if before is None:
        return Change(text.month(month), text.reason("not_held"))
    share = f" ({100 * (last - before) / before:+.1f}\u00a0%)".replace("-", "−") if before else ""
    return Change(text.month(month), text.signed(last - before), share, before)


def _spark(last: dt.date, by_month: dict[dt.date, int]) -> list[str]:
    """The last months as polylines in a box of 100 by 24; a figure that is not there breaks the line."""
    number = last.year * 12 + last.month - SPARK_MONTHS
    months = charts.months_between(dt.date(number // 12, number % 12 + 1, 1), last)
    top = max((by_month[month] for month in months if month in by_month), default=0) or 1
    runs: list[list[str]] = []
    step, before = _step(by_month), -len(months)
    for at, month in enumerate(months):
        if month in by_month:
            if at - before > step:
                runs.append([])
            runs[-1].append(f"{at * 100 / (SPARK_MONTHS - 1):.1f},{23 - 22 * by_month[month] / top:.1f}")
            before = at
    return [" ".join(run) for run in runs if len(run) > 1]


def _came_in(book: Book) -> list[Row]:
    """The releases that the build's newest night brought, with what each changed."""
    return book.marts.rows("""
        select summary.*, releases.retrieved_at, releases.published_text, sources.title
        from marts.rpt_release_summary as summary
        inner join marts.dim_release as releases using (release_id)
        inner join marts.dim_source as sources on sources.source_id = summary.source_id
        where cast(releases.retrieved_at as date) =
            (select max(cast(retrieved_at as date)) from marts.dim_release where state = 'accepted')
        order by summary.source_id, summary.release_order
    """)
