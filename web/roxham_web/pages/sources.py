"""Each source: calendar, standing, definitions, licence."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import ClassVar

from roxham_web import text
from roxham_web.marts import Row
from roxham_web.pages.page import Book, Content, Page


@dataclass(frozen=True)
class Sources(Content):
    """The sources by id, each with its measures and its declaration."""

    template: ClassVar[str] = "sources.html"
    sources: list[Row]


def sources(book: Book) -> Page:
    """Each source: calendar, standing, definitions, licence."""
    rows = book.marts.rows("""
        select sources.*, status.status, status.reason, status.release_id, status.published_at,
            status.reached_month, status.next_expected, status.kept_back_releases, status.lagging_cuts,
            attempts.retrieved_at as last_archived
        from marts.dim_source as sources
        left join marts.rpt_source_status as status using (source_id)
        left join (
            select source_id, max(retrieved_at) as retrieved_at from marts.dim_release group by source_id
        ) as attempts using (source_id)
        order by source_id
    """)
    measures: dict[str, list[Row]] = defaultdict(list)
    for measure in sorted(book.measures.values(), key=lambda each: str(each["measure_id"])):
        measures[measure["source_id"]].append(measure)
    told = [{**row, "measures": measures[row["source_id"]], "declared": book.sources.get(row["source_id"])}
            for row in rows]  # fmt: skip
    return Page("sources.html", text.page_title("sources", "en"), Sources(told), slug="sources")
