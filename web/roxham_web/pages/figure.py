"""The page of one measure and place: its months, the releases that stated each, and the printed cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from roxham_web.figure_pages import FigurePage
from roxham_web.marts import Row
from roxham_web.pages.page import Book, Content, Page


@dataclass(frozen=True)
class Figure(Content):
    """The months of one measure and place, newest first."""

    template: ClassVar[str] = "figure.html"
    measure: Row
    place: str
    geography_id: str
    months: list[Row]


def figure_page(book: Book, each: FigurePage) -> Page:
    """The page of one measure and place."""
    measure, place = book.measures[each.measure_id], book.place(each.geography_id)
    content = Figure(measure, place, each.geography_id, each.months)
    return Page(each.path, f"{measure['title']}: {place}", content)
