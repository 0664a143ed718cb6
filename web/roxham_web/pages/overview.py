"""The first page: the last month of each headline measure, how fresh each source is, and what came in last."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass
from typing import ClassVar

from roxham_web import text
from roxham_web.marts import Row, quoted
from roxham_web.months import YEAR, months_between, shifted
from roxham_web.pages.figure import figure_link
from roxham_web.pages.page import Book, Content, Page
from roxham_web.sections import Shown

SPARK_MONTHS = 36
# What the first screen answers: who crosses into Canada, and who into the United States from there.
QUESTIONS = (
    ("Crossings into Canada", "ca_rcmp_interceptions", "CA"),
    ("Crossings into the United States", "us_cbp_encounters", "us-land-border-northern"),
)
FIRST_PLACES = (
    "CA", "CA-QC", "CA-ON", "CA-BC", "us-land-border-northern", "usbp-sector-swanton", "US-NY",
    "us-land-border-southwest", "US",
)  # fmt: skip


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
    # A level or a running total: it stands at a figure, and its change is no count of a month.
    is_level: bool
    link: str
    place_page: str
    changes: list[Change]
    spark: list[str]


@dataclass(frozen=True)
class Answer:
    """How many crossed one way: the last month, and the last year that has twelve months."""

    title: str
    measure: str
    unit: str
    place: str
    place_page: str
    month: str
    value: int
    link: str
    year: str
    year_value: int | None
    year_link: str


@dataclass(frozen=True)
class Changed:
    """The last change of a headline figure from one release to the next."""

    said: str
    link: str
    before: str
    after: str
    on: dt.date


@dataclass(frozen=True)
class Overview(Content):
    """The cards, the freshness of each source, the releases of the newest night."""

    template: ClassVar[str] = "index.html"
    answers: list[Answer]
    changed: Changed | None
    places: list[tuple[str, str]]
    cards: list[Card]
    status: list[Row]
    came_in: list[Row]


def overview(book: Book) -> Page:
    """The last month of each headline measure, freshness, and what came in last."""
    cards = [card for each in book.headlines if (card := _card(book, each))]
    status = book.marts.rows("select * from marts.rpt_source_status order by source_id")
    answers = [answer for question in QUESTIONS if (answer := _answer(book, *question))]
    places = [(book.place(each), book.place_page(each)) for each in FIRST_PLACES if book.linkable(each)]
    content = Overview(answers, _changed(book), places, cards, status, _came_in(book))
    return Page("index.html", text.page_title("index", "en"), content, slug="index")


def _answer(book: Book, title: str, measure_id: str, place: str) -> Answer | None:
    figures = book.traced.get((measure_id, place))
    last = max(figures.figures, default=None) if figures else None
    if figures is None or last is None:
        return None
    measure = book.measures[measure_id]
    year = next(
        (each for each in figures.periods if each.is_whole and each.value is not None and not each.is_fiscal), None
    )
    return Answer(
        title, measure["title"], measure["unit"], book.place(place), book.place_page(place), text.month(last),
        figures.figures[last], figure_link(book, measure_id, place, last), year.key if year else "",
        year.value if year else None, figure_link(book, measure_id, place, year.key) if year else "",
    )  # fmt: skip


def _changed(book: Book) -> Changed | None:
    """The newest revision among the leading places of the headline measures, the largest of its day."""
    leads = {(each.measure_id, each.lead) for each in book.headlines}
    changes = [
        (after["valid_from"], abs(after["value"] - before["value"]), row["month"], key, before, after)
        for key, figures in sorted(book.traced.items()) if key in leads
        for row in figures.months for before, after in itertools.pairwise(row["spans"])
        if before["value"] is not None and after["value"] is not None
    ]  # fmt: skip
    if not changes:
        return None
    on, _, month, (measure_id, place), before, after = max(changes, key=lambda each: each[:3])
    said = f"{book.measures[measure_id]['title']}, {book.place(place)}, {text.month(month)}"
    return Changed(said, figure_link(book, measure_id, place, month), text.number(before["value"]),
                   text.number(after["value"]), on)  # fmt: skip


def _card(book: Book, each: Shown) -> Card | None:
    if each.grain != "months":
        return None
    rows = book.marts.rows(f"""
        select month, value, missing_reason, first_value, first_value_basis, revision_count, is_final, published_at
        from marts.fct_crossings_monthly
        where measure_id = {quoted(each.measure_id)} and geography_id = {quoted(each.lead)}
        order by month
    """)
    told = {row["month"]: row["missing_reason"] for row in rows}
    rows = [row for row in rows if row["value"] is not None]
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
        is_level=bool(measure["is_cumulative"]),
        link=figure_link(book, each.measure_id, each.lead, last["month"]),
        place_page=book.place_page(each.lead),
        changes=[]
        if measure["is_cumulative"]
        else [
            _change(last["value"], month, by_month.get(month), told.get(month, "not_held"))
            for month in _compared(last["month"], by_month)
        ],
        spark=_spark(last["month"], by_month),
    )


def _compared(last: dt.date, by_month: dict[dt.date, int]) -> list[dt.date]:
    """The month before the last one (a quarter before, where no month is printed), and that of a year before."""
    return [shifted(last, -ago) for ago in (_step(by_month), YEAR)]


def _step(by_month: dict[dt.date, int]) -> int:
    """How many months usually lie between two figures."""
    numbers = [month.year * 12 + month.month for month in sorted(by_month)]
    gaps = [after - before for before, after in itertools.pairwise(numbers)]
    return max(set(gaps), key=lambda gap: (gaps.count(gap), -gap)) if gaps else 1


def _change(last: int, month: dt.date, before: int | None, why: str | None) -> Change:
    if before is None:
        return Change(text.month(month), text.reason(why))
    share = f" ({text.percent(100 * (last - before) / before)})" if before else ""
    return Change(text.month(month), text.signed(last - before), share, before)


def _spark(last: dt.date, by_month: dict[dt.date, int]) -> list[str]:
    """The last months as polylines in a box of 100 by 24; a figure that is not there breaks the line."""
    months = months_between(shifted(last, 1 - SPARK_MONTHS), last)
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
