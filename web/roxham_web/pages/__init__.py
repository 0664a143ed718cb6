"""The pages of the site, one module each: a function from the marts to typed content, and its template.

A new page is a module here, a template, and a line in ``all_pages`` (and in ``text.PAGES`` where it stands in the menu).
"""

from __future__ import annotations

from collections.abc import Iterable

from roxham_web import text
from roxham_web.figure_pages import FigurePage
from roxham_web.pages.data import data
from roxham_web.pages.discrepancies import discrepancies
from roxham_web.pages.figure import figure_pages_of
from roxham_web.pages.measures import measure_page
from roxham_web.pages.overview import overview
from roxham_web.pages.page import Book, Content, Drawn, Page
from roxham_web.pages.place import place_pages
from roxham_web.pages.press_claims import press_claims
from roxham_web.pages.quality import quality
from roxham_web.pages.releases import anchor, release_pages
from roxham_web.pages.revisions import revisions
from roxham_web.pages.sources import sources

__all__ = ["Book", "Content", "Drawn", "Page", "all_pages", "anchor"]


def all_pages(book: Book, figure_pages: Iterable[FigurePage], feed: str | None) -> list[Page]:
    """Every page of the site."""
    book.traced = {(each.measure_id, each.geography_id): each for each in figure_pages}
    return [
        overview(book),
        *(measure_page(book, page, "en") for page in text.LEADS),
        *(measure_page(book, page, "fr") for page in text.FRENCH_PAGES),
        revisions(book, feed),
        discrepancies(book),
        press_claims(book),
        quality(book),
        sources(book),
        data(book),
        *release_pages(book),
        *place_pages(book),
        *(figure_pages_of(book, each, "en") for each in book.traced.values()),
        *(figure_pages_of(book, each, "fr") for each in book.traced.values() if text.is_canadian(each.geography_id)),
    ]
