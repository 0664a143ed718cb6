"""The page of a place: each headline measure's last month, years, events, revisions and months; and the list of places."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import ClassVar

from roxham_web import charts, tables, text, windows
from roxham_web.figure_pages import FigurePage, Period
from roxham_web.marts import Row
from roxham_web.months import YEAR, shifted
from roxham_web.pages.figure import figure_link
from roxham_web.pages.page import Book, Chart, Content, Drawn, Page
from roxham_web.sections import MONTHS_COLUMNS, Shown
from roxham_web.tables import Cell, Table
from roxham_web.windows import Compared

SHOWN_REVISIONS = 12
# The kinds of places in the order in which the list has them.
KINDS = (
    "country", "union", "land_border", "province", "territory", "not_stated", "border_patrol_sector", "field_office", "state",
    "district", "us_territory",
)  # fmt: skip


@dataclass(frozen=True)
class Beside:
    """Two figures beside each other: what they are of, in words, and how far they lie apart."""

    said: str
    before: str
    value: str
    value_link: str
    before_link: str
    change: str


@dataclass(frozen=True)
class MeasureOfPlace:
    """One headline measure of a place, in one language."""

    id: str
    title: str
    measure: Row
    definition: str
    definition_in: str
    unit: str
    # A level or a running total: stands at a figure, and is never compared or summed as a count.
    is_level: bool
    last: Row
    last_said: str
    last_link: str
    compared: list[Beside]
    chart: Chart
    events: list[Row]
    years: Table
    windows: Table
    revisions: Table
    revised: int
    known_on_link: str
    table: Table
    drawn: Drawn
    mart: str = "fct_crossings_monthly"


@dataclass(frozen=True)
class OtherSide:
    """A place across the border that lies beside this one."""

    name: str
    page: str
    note: str


@dataclass(frozen=True)
class Place(Content):
    """All that is shown of a place."""

    template: ClassVar[str] = "place.html"
    geography_id: str
    translation: str
    measures: list[MeasureOfPlace]
    other_side: list[OtherSide]
    side_by_side: Table | None


@dataclass(frozen=True)
class ListedPlace:
    """A line of the list of places."""

    name: str
    page: str
    figures: list[tuple[str, str, str, str]]


@dataclass(frozen=True)
class Places(Content):
    """All places that have figures, by kind."""

    template: ClassVar[str] = "places.html"
    lead: str
    translation: str
    groups: dict[str, list[ListedPlace]]


def place_pages(book: Book) -> list[Page]:
    """The page of every place that has a headline figure, Canadian ones in French as well, and the lists of them."""
    ids = sorted({place for _, place in book.traced})
    found = [_place_page(book, place, "en") for place in ids]
    found += [_place_page(book, place, "fr") for place in ids if text.is_canadian(place)]
    return [
        _list_page(book, ids, "en"),
        _list_page(book, [each for each in ids if text.is_canadian(each)], "fr"),
        *found,
    ]


def _list_page(book: Book, ids: list[str], language: str) -> Page:
    groups: dict[str, list[ListedPlace]] = {}
    for kind in sorted({str(book.places[each]["kind"]) for each in ids}, key=_rank):
        mine = [each for each in ids if book.places[each]["kind"] == kind]
        groups[text.kind(kind, language)] = sorted(
            (_listed(book, each, language) for each in mine), key=lambda each: each.name
        )
    suffix = "" if language == "en" else ".fr"
    content = Places(text.word("places_lead", language), f"places{'.fr' if language == 'en' else ''}.html", groups)
    return Page(f"places{suffix}.html", text.page_title("places", language), content, slug="places", language=language)


def _rank(kind: str) -> tuple[int, str]:
    return (KINDS.index(kind) if kind in KINDS else len(KINDS), kind)


def _listed(book: Book, place: str, language: str) -> ListedPlace:
    figures = []
    for each in book.figures_of(place):
        last = max(each.figures, default=None)
        if last is not None:
            title = text.measure_title(each.measure_id, book.measures[each.measure_id]["title"], language)
            figures.append((title, text.month(last, language), text.number(each.figures[last], language),
                            figure_link(book, each.measure_id, place, last, language)))  # fmt: skip
    return ListedPlace(book.place(place, language), book.place_page(place, language), figures)


def _place_page(book: Book, place: str, language: str) -> Page:
    measures = [_measure(book, each, language) for each in book.figures_of(place)]
    other = "fr" if language == "en" else "en"
    sides = _other_side(book, place)
    content = Place(
        geography_id=place,
        translation=book.place_page(place, other) if text.is_canadian(place) else "",
        measures=measures,
        other_side=[
            OtherSide(book.place(each, language), book.place_page(each, language), note) for each, note in sides
        ],
        side_by_side=_side_by_side(book, place, [each for each, _ in sides], language),
    )
    return Page(
        book.place_page(place, language), book.place(place, language), content,
        slug=f"place-{place}", language=language,
        drawn=tuple(each.drawn for each in measures),
        specs={each: {"whole": charts.kinds(each)["whole"]} for each in (text.LANGUAGES if content.translation else ("en",))},
    )  # fmt: skip


def _measure(book: Book, figures: FigurePage, language: str) -> MeasureOfPlace:
    place, measure = figures.geography_id, book.measures[figures.measure_id]
    shown = _shown(book, figures)
    names = {"name_en": book.place(place), "name_fr": book.place(place, "fr")}
    rows = [{name: {**row, **names}[name] for name in MONTHS_COLUMNS} for row in reversed(figures.months)]
    unit, is_level = text.unit(measure["unit"], language), bool(measure["is_cumulative"])
    title = text.measure_title(figures.measure_id, measure["title"], language)
    told, told_in = text.definition(figures.measure_id, measure["definition"], language)
    events = [event for event in book.events if event["country_id"] in shown.section.events]
    data = charts.figures(rows, [place], place, measure["unit"], events)
    last = next(row for row in figures.months if row["value"] is not None)
    caption = title + text.word("colon", language) + book.place(place, language)

    def deep(_: str, month: dt.date) -> str:
        return figure_link(book, figures.measure_id, place, month, language)

    return MeasureOfPlace(
        id=shown.id,
        title=title,
        measure=book.measure_in(language, figures.measure_id),
        definition=told,
        definition_in=told_in,
        unit=unit,
        is_level=is_level,
        last=last,
        last_said=text.month(last["month"], language),
        last_link=deep(place, last["month"]),
        compared=[] if is_level else _compared(book, figures, last["month"], language),
        chart=Chart(f"{shown.id}-whole", f"{book.place(place, language)}, {text.word('whole', language)}", "whole",
                    f"{caption}, {unit}"),
        events=[{**event, "name": event[f"name_{language}"]} for event in data.events],
        years=_years(book, figures, caption, language),
        windows=_windows(book, figures, [] if is_level else events, caption, language),
        revisions=_revisions(book, figures, caption, language),
        known_on_link=_link(book, figures, "months", language),
        revised=sum(len(row["spans"]) > 1 for row in figures.months),
        table=tables.monthly(shown, rows, caption, language, deep),
        drawn=Drawn(shown.id, shown.query, rows, {shown.id: data.as_dict([place])}),
    )  # fmt: skip


def _shown(book: Book, figures: FigurePage) -> Shown:
    """The section that shows the measure, narrowed to this place."""
    mine = [each for each in book.headlines if each.measure_id == figures.measure_id and each.grain == "months"]
    within = [each for each in mine if figures.geography_id in each.places]
    name = f"place-{figures.geography_id}-{figures.measure_id}".replace("_", "-")
    return replace((within or mine)[0], whole=figures.geography_id, parts=(), name=name)


def _compared(book: Book, figures: FigurePage, last: dt.date, language: str) -> list[Beside]:
    """The last month beside that of a year before, and the years to date beside the same months of the years before."""
    found = []
    fiscal = book.sources[book.measures[figures.measure_id]["source_id"]].coverage.fiscal_year_start
    alone = windows.same_month(figures, last)
    asked = [(text.month(last, language), alone, f"{last:%Y-%m}", f"{shifted(last, -YEAR):%Y-%m}")]
    for key, first in [(str(last.year), 1)] + (
        [(f"FY{last.year + (last.month >= fiscal)}", fiscal)] if fiscal > 1 else []
    ):
        compared = windows.to_date(figures, last, first)
        before = f"FY{int(key[2:]) - 1}" if key.startswith("FY") else str(int(key) - 1)
        asked.append(
            (
                text.period_key(key, language) + text.word("colon", language) + _span(compared, language),
                compared,
                key,
                before,
            )
        )
    for said, compared, key, before in asked:
        if compared is not None:
            found.append(_beside(book, figures, compared, said, key, before, language))
    return found


def _beside(
    book: Book, figures: FigurePage, compared: Compared, said: str, key: str, before: str, language: str
) -> Beside:
    count = (
        "" if compared.is_whole else f" ({text.word('running', language, len(compared.months_after), compared.asked)})"
    )
    return Beside(
        said=said + count,
        before=text.number(compared.before, language),
        value=text.number(compared.after, language),
        value_link=_link(book, figures, key, language),
        # A part of the year before has no address of its own; its months have.
        before_link=_link(book, figures, before if compared.asked in (1, YEAR) else "months", language),
        change=_change(compared, language),
    )


def _change(compared: Compared, language: str) -> str:
    share = f" ({text.percent(compared.share, language)})" if compared.share is not None else ""
    return text.signed(compared.change, language) + share


def _span(compared: Compared | None, language: str) -> str:
    """The months of the later sum: from the first to the last of them."""
    return text.months(compared.months_after, language) if compared else ""


def _years(book: Book, figures: FigurePage, caption: str, language: str) -> Table:
    return Table(
        f"years-{figures.measure_id}", f"{caption}, {text.word('years', language).lower()}",
        [text.word("year", language), text.word("as_printed", language), text.word("as_summed", language)],
        [_year_row(book, figures, each, language) for each in figures.periods],
        row_keys=[each.key for each in figures.periods],
    )  # fmt: skip


def _year_row(book: Book, figures: FigurePage, year: Period, language: str) -> list[Cell]:
    """A year, its printed total, and the sum of its months; what is not of the whole year says so."""
    href, printed, summed = _link(book, figures, year.key, language), Cell("—"), Cell("—")
    if year.printed:
        printed = tables.figure_cell({**year.printed, "computed_value": None}, language, href)
        if year.covers:
            printed = replace(printed, note=text.word("covers", language, text.months(year.covers, language)))
    if year.summed is not None:
        note = "" if year.is_whole else text.word("running", language, year.told, YEAR)
        summed = Cell(text.number(year.summed, language), href, "number", note)
    return [Cell(text.period_key(year.key, language)), printed, summed]


def _windows(book: Book, figures: FigurePage, events: list[Row], caption: str, language: str) -> Table:
    """One row an event: the sums of the same calendar months in the years before and after it."""
    href = _link(book, figures, "months", language)
    rows, keys = [], []
    for event in reversed(events):
        compared = windows.around(figures, event["effective_on"])
        if compared is None:
            continue
        whole = (
            text.word("all_twelve", language)
            if compared.is_whole
            else text.word("running", language, len(compared.months_after), compared.asked)
        )
        rows.append([
            Cell(f"{event['effective_on']} {event[f'name_{language}']}"),
            Cell(text.number(compared.before, language), href, "number", text.months(compared.months_before, language)),
            Cell(text.number(compared.after, language), href, "number", text.months(compared.months_after, language)),
            Cell(_change(compared, language), kind="number"),
            Cell(whole),
        ])  # fmt: skip
        keys.append(event["policy_event_id"])
    heads = ["event", "before_event", "after_event", "change", "counted_months"]
    return Table(
        f"windows-{figures.measure_id}", f"{caption}, {text.word('windows', language).lower()}",
        [text.word(each, language) for each in heads], rows, row_keys=keys,
    )  # fmt: skip


def _revisions(book: Book, figures: FigurePage, caption: str, language: str) -> Table:
    """The last changes of a month's figure from one release to the next."""
    changes = [
        (after["valid_from"], row["month"], before, after)
        for row in figures.months for before, after in zip(row["spans"], row["spans"][1:], strict=False)
    ]  # fmt: skip
    rows = [
        [Cell(text.month(month, language)), tables.figure_cell(_state(before), language),
         tables.figure_cell(_state(after), language, _link(book, figures, month, language)),
         Cell(day.isoformat(), kind="date")]
        for day, month, before, after in sorted(changes, key=lambda each: each[:2], reverse=True)[:SHOWN_REVISIONS]
    ]  # fmt: skip
    heads = ["month", "was", "became", "known_since"]
    return Table(f"revisions-{figures.measure_id}", f"{caption}, {text.word('last_changes', language)}",
                 [text.word(each, language) for each in heads], rows)  # fmt: skip


def _link(book: Book, figures: FigurePage, when: dt.date | str, language: str) -> str:
    """The address of a month or a period of these figures; where there is none such, of the table of their months."""
    if isinstance(when, str) and when not in figures.keys:
        when = "months"
    return figure_link(book, figures.measure_id, figures.geography_id, when, language)


def _state(span: Row) -> Row:
    return {"value": span["value"], "missing_reason": span["missing_reason"], "value_basis": "", "computed_value": None}


def _other_side(book: Book, place: str) -> list[tuple[str, str]]:
    """The places across the border that lie beside this one and have a page, each with what is known of the pair."""
    if not book.marts.has("dim_border_link"):
        return []
    found: dict[str, list[str]] = defaultdict(list)
    for row in book.border_links:
        for here, there in (("ca_geography_id", "us_geography_id"), ("us_geography_id", "ca_geography_id")):
            if row[here] == place and book.linkable(row[there]):
                found[row[there]].append(row["note"])
    return [(there, "; ".join(notes)) for there, notes in found.items()]


def _side_by_side(book: Book, place: str, others: list[str], language: str) -> Table | None:
    """The calendar years of the first headline measure of this place and of those across the border; never added."""
    columns = [each[0] for each in (book.figures_of(one) for one in [place, *others]) if each]
    if len(columns) < 2:
        return None
    years = [{each.key: each for each in column.periods if not each.is_fiscal} for column in columns]
    keys = sorted({key for each in years for key in each}, reverse=True)
    rows = [
        [Cell(key), *(_year_cell(book, column, each.get(key), language)
                      for column, each in zip(columns, years, strict=True))]
        for key in keys
    ]  # fmt: skip
    heads = [text.word("year", language), *(_place_and_title(book, each, language) for each in columns)]
    return Table("side-by-side", text.word("side_by_side", language), heads, rows, row_keys=keys)


def _place_and_title(book: Book, figures: FigurePage, language: str) -> str:
    title = text.measure_title(figures.measure_id, book.measures[figures.measure_id]["title"], language)
    return book.place(figures.geography_id, language) + text.word("colon", language) + title


def _year_cell(book: Book, figures: FigurePage, year: Period | None, language: str) -> Cell:
    if year is None or year.value is None:
        return Cell("—")
    is_part = not year.is_printed and not year.is_whole
    note = text.word("running", language, year.told, YEAR) if is_part else ""
    href = _link(book, figures, year.key, language)
    return Cell(text.number(year.value, language), href, "number", note)
