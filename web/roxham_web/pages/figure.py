"""The page of one measure and place: the permanent address of each of its figures, with the cell that printed it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from roxham_web import text
from roxham_web.figure_pages import FigurePage, Period, link, page_path, script_data
from roxham_web.marts import Row
from roxham_web.pages.page import Book, Content, Page


@dataclass(frozen=True)
class Figure(Content):
    """The years and months of one measure and place, newest first, and the files that print them."""

    template: ClassVar[str] = "figure.html"
    measure: Row
    unit: str
    definition: str
    definition_in: str
    place: str
    geography_id: str
    place_page: str
    script: str
    # The same page in the other language; empty where there is none.
    translation: str
    periods: list[Period]
    months: list[Row]
    files: list[Row]


def figure_pages_of(book: Book, each: FigurePage, language: str) -> Page:
    """The page of one measure and place, in a language."""
    measure, place = book.measures[each.measure_id], book.place(each.geography_id, language)
    title = text.measure_title(each.measure_id, measure["title"], language)
    told, told_in = text.definition(each.measure_id, measure["definition"], language)
    other = "fr" if language == "en" else "en"
    content = Figure(
        measure=book.measure_in(language, each.measure_id),
        unit=text.unit(measure["unit"], language),
        definition=told,
        definition_in=told_in,
        place=place,
        geography_id=each.geography_id,
        place_page=book.place_page(each.geography_id, language),
        script=f"{page_path(each.measure_id, each.geography_id).removesuffix('.html')}.js",
        translation=page_path(each.measure_id, each.geography_id, other) if text.is_canadian(each.geography_id) else "",
        periods=each.periods,
        months=each.months,
        files=_files(book, each),
    )
    path = page_path(each.measure_id, each.geography_id, language)
    data = {} if language == "fr" else {content.script: script_data(each, book.files, book.quotations_of(each))}
    return Page(
        path, title + text.word("colon", language) + place, content, slug="figures", language=language, scripts=data
    )


def _files(book: Book, each: FigurePage) -> list[Row]:
    """The files that print the figures of the page, by their hash."""
    cells = [cell for row in each.months for cell in row["cells"]]
    cells += [cell for period in each.periods if period.printed for cell in period.printed["cells"]]
    return [book.files.get(sha256, {"sha256": sha256, "file_name": "", "url": "", "bytes": None})
            for sha256 in sorted({cell["sha256"] for cell in cells})]  # fmt: skip


def figure_link(book: Book, measure_id: str, geography_id: str, when: Any, language: str = "en") -> str:  # noqa: ANN401
    """The address of a figure, from the top of the site; empty where the figure has no page."""
    if (measure_id, geography_id) not in book.traced:
        return ""
    return link(measure_id, geography_id, when, language if text.is_canadian(geography_id) else "en")
