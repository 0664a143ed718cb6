"""Every check of the build: what failed one by one, what passed counted."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import ClassVar

from roxham_web import text
from roxham_web.marts import Row
from roxham_web.pages.page import Book, Content, Page

SEVERITIES = {
    "critical": "would have stopped the release or the build",
    "warning": "published, flagged, told to the operators",
    "info": "worth knowing",
}


@dataclass(frozen=True)
class Quality(Content):
    """Failed checks, people's decisions, and the checks of each source counted."""

    template: ClassVar[str] = "quality.html"
    failed: list[Row]
    decided: list[Row]
    groups: dict[str, list[Row]]
    counts: list[Row]
    severities: dict[str, str] = field(default_factory=lambda: SEVERITIES)


def quality(book: Book) -> Page:
    """Every check of the build."""
    failed = book.marts.rows("select * from marts.rpt_quality where not success order by position")
    content = Quality(
        failed=[{**row, "said": text.spoken(row["check"])} for row in failed],
        decided=book.marts.rows("""
            select * from marts.rpt_quality where "check" = 'decided_by_a_person' order by position
        """),
        groups=_groups(book),
        counts=book.marts.rows("""
            select severity, count(*) filter (success) as passed, count(*) filter (not success) as failed
            from marts.rpt_quality group by severity order by severity
        """),
    )
    return Page("quality.html", text.page_title("quality", "en"), content, slug="quality")


def _groups(book: Book) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in book.marts.rows("""
        select coalesce(source_id, '') as source_id, "check", severity, min(reason) as reason, min(stage) as stage,
            count(*) filter (success) as passed, count(*) filter (not success) as failed
        from marts.rpt_quality group by all order by source_id, "check", severity
    """):
        groups[row["source_id"]].append({**row, "said": text.spoken(row["check"])})
    return dict(groups)
