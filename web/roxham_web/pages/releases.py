"""One page a source: every release that the archive holds, its files and hashes, and what it changed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import ClassVar

from roxham_web.marts import Row
from roxham_web.pages.page import Book, Content, Page

MOST_MOVED = 5


@dataclass(frozen=True)
class Releases(Content):
    """The releases of one source, newest first, each with its files and the figures that it moved most."""

    template: ClassVar[str] = "releases.html"
    releases: list[Row]
    source_id: str


def release_pages(book: Book) -> list[Page]:
    """One page a source."""
    files, moved = _files(book), _moved(book)
    releases: dict[str, list[Row]] = defaultdict(list)
    for row in book.marts.rows("""
        select releases.*, summary.* exclude (release_id, source_id, published_at, published_precision, release_order,
            first_month, last_month)
        from marts.dim_release as releases
        left join marts.rpt_release_summary as summary using (release_id)
        order by releases.source_id, releases.release_order desc nulls last, releases.release_id
    """):
        releases[row["source_id"]].append({**row, "files": files[row["release_id"]], "moved": moved[row["release_id"]]})
    titles = {row["source_id"]: row["title"] for row in book.marts.rows("select * from marts.dim_source")}
    return [
        Page(
            f"releases/{source_id}.html", f"Releases of {titles[source_id]}", Releases(rows, source_id),
            slug="revisions",
        )
        for source_id, rows in sorted(releases.items())
    ]  # fmt: skip


def _files(book: Book) -> dict[str, list[Row]]:
    files: dict[str, list[Row]] = defaultdict(list)
    for row in book.marts.rows("select * from raw.release_files order by release_id, file_name, sha256"):
        files[row["release_id"]].append(row)
    return files


def _moved(book: Book) -> dict[str, list[Row]]:
    """The figures that each release moved most, the first few of them."""
    moved: dict[str, list[Row]] = defaultdict(list)
    for row in book.marts.rows("""
        select release_id, measure_id, month, geography_id, value,
            lag(value) over (partition by measure_id, geography_id, month order by release_number) as before
        from marts.fct_crossings_monthly_vintages
        qualify is_revision
        order by abs(value - before) desc nulls last, measure_id, month, geography_id
    """):
        if len(moved[row["release_id"]]) < MOST_MOVED:
            moved[row["release_id"]].append({**row, "place": book.place(row["geography_id"])})
    return moved


def anchor(release_id: str) -> str:
    """A release's anchor on its source's page."""
    return "r-" + "".join(letter if letter.isalnum() else "-" for letter in release_id.partition("@")[2])
