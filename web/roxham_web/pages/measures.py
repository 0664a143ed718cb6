"""The pages of measures: one section a measure, with its definition, charts, provenance and table, in each language."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from roxham_web import charts, tables, text
from roxham_web.marts import Row
from roxham_web.pages.figure import figure_link
from roxham_web.pages.page import Book, Chart, Content, Drawn, Page
from roxham_web.reports import ShownReport, reports
from roxham_web.sections import Shown
from roxham_web.tables import Table

MARTS = {"months": "fct_crossings_monthly", "periods": "fct_published_totals", "series": "rpt_sector_series"}


@dataclass(frozen=True)
class Section:
    """One measure on a page, in one language."""

    id: str
    title: str
    place: str
    measure: Row
    definition: str
    # The language that the definition is said in: what has no French stays English and is marked so.
    definition_in: str
    unit: str
    events: list[Row]
    charts: list[Chart]
    table: Table
    mart: str
    linked: bool
    breaks: list[Row]
    drawn: Drawn


@dataclass(frozen=True)
class Measures(Content):
    """A page of sections."""

    template: ClassVar[str] = "measures.html"
    lead: str
    sections: list[Section]
    reports: list[ShownReport]


def measure_page(book: Book, page: str, language: str) -> Page:
    """A page of sections in one language."""
    suffix = "" if language == "en" else f".{language}"
    contents = [_section(book, each, language) for each in book.sections if each.section.page == page]
    languages = text.LANGUAGES if page in text.FRENCH_PAGES else ("en",)
    return Page(
        f"{page}{suffix}.html",
        text.page_title(page, language),
        Measures(text.lead(page, language), contents, reports(book.marts, page, language)),
        slug=page,
        language=language,
        drawn=tuple(each.drawn for each in contents),
        specs={each: charts.kinds(each) for each in languages},
    )


def _section(book: Book, each: Shown, language: str) -> Section:
    """One section of a page: its words, its data, its charts and their table."""
    measure = book.measures[each.measure_id]
    unit = text.unit(measure["unit"], language)
    title = text.measure_title(each.measure_id, measure["title"], language)
    rows = book.rows(each)
    events = [event for event in book.events if event["country_id"] in each.section.events]
    data = charts.figures(rows, each.places, each.whole, measure["unit"], events)
    linked = [place for place in each.places if each.grain == "months" and (each.measure_id, place) in book.traced]
    told, told_in = text.definition(each.measure_id, measure["definition"], language)
    return Section(
        id=each.id,
        title=title,
        place=_places_said(book, each, language),
        measure=book.measure_in(language, each.measure_id),
        definition=told,
        definition_in=told_in,
        unit=unit,
        events=[{**event, "name": event[f"name_{language}"]} for event in data.events],
        charts=_charts(book, each, title, unit, language),
        table=_table(book, each, f"{title}: {_places_said(book, each, language)}", language),
        mart=MARTS[each.grain],
        linked=bool(linked),
        breaks=[row for row in rows if row.get("is_break")],
        drawn=Drawn(each.id, each.query, rows, {each.id: data.as_dict(linked)}),
    )


def _table(book: Book, each: Shown, caption: str, language: str) -> Table:
    def deep(place: str, month: dt.date) -> str:
        return figure_link(book, each.measure_id, place, month, language) if each.grain == "months" else ""

    return tables.monthly(each, book.rows(each), caption, language, deep)


def _places_said(book: Book, each: Shown, language: str) -> str:
    return book.place(each.whole or str(each.section.whole or each.lead), language)


def _charts(book: Book, each: Shown, title: str, unit: str, language: str) -> list[Chart]:
    """The leading place, then its parts stacked and as lines."""
    where = _places_said(book, each, language)
    said = {kind: f"{where}, {text.word(kind.removesuffix('-alone'), language)}" for kind in _kinds(each)}
    return [Chart(f"{each.id}-{kind}", words, kind, f"{title}, {words}, {unit}") for kind, words in said.items()]


def _kinds(each: Shown) -> list[str]:
    if each.grain == "periods":
        return ["periods" if len(each.places) > 1 else "periods-alone"]
    leading = ["whole"] if each.whole else []
    if len(each.parts) > 1:
        return [*leading, "stacked", "lines"]
    return leading or ["lines"]
