"""Where the agencies' own figures contradict each other: both sides, and what is known of the difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from roxham_web import text
from roxham_web.marts import Row
from roxham_web.pages.page import Book, Content, Page
from roxham_web.reports import ShownReport, reports

MOST_ROWS = 200


@dataclass(frozen=True)
class Discrepancies(Content):
    """The first rows, how many there are, how many of them stand in the newest releases."""

    template: ClassVar[str] = "discrepancies.html"
    rows: list[Row]
    counted: int
    current: int
    reports: list[ShownReport]


def discrepancies(book: Book) -> Page:
    """Where the agencies' own figures contradict each other."""
    rows = book.marts.rows("""
        select contradictions.*, measures.title as measure_title, places.name_en as place
        from marts.rpt_discrepancies as contradictions
        inner join marts.dim_measure as measures using (measure_id)
        inner join marts.dim_geography as places using (geography_id)
        order by is_current desc, measure_id, period_start desc, kind, geography_id, office, breakdown, release_id
    """)
    current = sum(bool(row["is_current"]) for row in rows)
    content = Discrepancies(rows[:MOST_ROWS], len(rows), current, reports(book.marts, "discrepancies", "en"))
    return Page("discrepancies.html", text.page_title("discrepancies", "en"), content, slug="discrepancies")
