"""Downloads with their dictionary, example queries, citation, licences."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from ingest.core.home import REPOSITORY
from roxham_web import text
from roxham_web.exported_files import SUPERSET, WORKBOOK
from roxham_web.marts import Row
from roxham_web.pages.page import Book, Content, Page

EXAMPLES = REPOSITORY / "dbt_project" / "analyses"


@dataclass(frozen=True)
class Example:
    """A query of the analyses; its first comment is its question."""

    name: str
    question: str
    sql: str


@dataclass(frozen=True)
class Data(Content):
    """The exported tables as the datapackage has them, the example queries, the licences by source."""

    template: ClassVar[str] = "data.html"
    tables: list[dict[str, Any]]
    examples: list[Example]
    licences: list[Row]
    workbook: str = WORKBOOK
    superset: str = SUPERSET


def data(book: Book) -> Page:
    """Downloads with their dictionary, example queries, citation, licences."""
    about = book.marts.comments()
    content = Data(
        tables=[{**entry, "about": about.get(str(entry["table"]), "")} for entry in book.exports],
        examples=[example(path) for path in sorted(EXAMPLES.glob("*.sql"))],
        licences=book.marts.rows("select * from marts.dim_source order by source_id"),
    )
    return Page("data.html", text.page_title("data", "en"), content, slug="data")


def example(path: Path) -> Example:
    """An example query with the question that it answers."""
    query = path.read_text(encoding="utf-8")
    return Example(path.stem, query.splitlines()[0].removeprefix("-- "), query)
