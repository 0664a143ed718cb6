"""The pages of measures: one section a measure, with its definition, charts, provenance and table, in each language."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from roxham_web import charts, french, tables, text
from roxham_web.figure_pages import link
from roxham_web.marts import Row
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
    told, told_in = text.definition(each.measure_id, measure["definition"], language)
    return Section(
        id=each.id,
        title=title,
        place=_places_said(book, each, language),
        measure=_in(language, measure),
        definition=told,
        definition_in=told_in,
        unit=unit,
        events=[{**event, "name": event[f"name_{language}"]} for event in data.events],
        charts=_charts(book, each, title, unit, language),
        table=_table(book, each, f"{title}: {_places_said(book, each, language)}", language),
        mart=MARTS[each.grain],
        linked=bool(each.traced),
        breaks=[row for row in rows if row.get("is_break")],
        drawn=Drawn(each.id, each.query, rows, {each.id: data.as_dict()}),
    )


def _table(book: Book, each: Shown, caption: str, language: str) -> Table:
    def deep(place: str, month: dt.date) -> str:
        return link(each.measure_id, place, month) if place in each.traced else ""

    return tables.monthly(each, book.rows(each), caption, language, deep)


def _in(language: str, measure: Row) -> Row:
    """A measure with its source's words in a language, as far as they are known in it."""
    if language == "en":
        return measure
    return {
        **measure,
        "publisher": french.PUBLISHERS.get(measure["publisher"], measure["publisher"]),
        "licence": french.LICENCES.get(measure["licence"], measure["licence"]),
        "attribution": french.ATTRIBUTIONS.get(measure["source_id"], measure["attribution"]),
    }


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
