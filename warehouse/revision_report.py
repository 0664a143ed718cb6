"""The revision report of each release: what moved, by how much, what appeared, what left the window, what was withdrawn.

Three shapes of the same rows: the tables ``rpt_release_summary`` and ``fct_revisions``, one JSON per release in
``revisions/``, and an Atom feed ``feed.xml`` in the build. Deterministic: an entry is dated by its release, never by
when it was written.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
from feedgen.feed import FeedGenerator

from ingest.core.builds import CandidateInfo
from ingest.core.home import Home
from ingest.core.outgoing_text import all_readable, in_one_line, readable

# A feed is for what is new; every release has its JSON.
NEWEST_IN_FEED = 100
LARGEST_SHOWN = 50
ID = "tag:roxham,2026:revisions"
# How many cells moved, by kind and tier.
TIERS = """
    select release_id, grain, change_kind, tier, count(*) as cells, cast(sum(absolute_change) as bigint) as net_change,
        count(*) filter (where was_final) as of_closed_periods
    from marts.fct_revisions group by all order by all"""
# The largest of them, each from and to.
LARGEST = f"""
    select release_id, cell_id, measure_id, month, geography_id, grain, change_kind, tier, from_value,
        from_missing_reason, to_value, to_missing_reason, absolute_change, relative_change, was_final
    from (
        select *, abs(case when from_value is null then to_value when to_value is null then from_value
            else absolute_change end) as moved
        from marts.fct_revisions)
    qualify row_number() over (partition by release_id order by moved desc nulls last, cell_id, grain) <= {LARGEST_SHOWN}
    order by release_id, moved desc nulls last, cell_id, grain"""


def write(home: Home, info: CandidateInfo) -> None:
    """Write ``revisions/<release>.json`` for every accepted release, their index, and ``feed.xml``."""
    folder = home.candidate / "revisions"
    folder.mkdir(exist_ok=True)
    with duckdb.connect(str(home.candidate_warehouse), read_only=True) as connection:
        summaries = _rows(connection, "select * from marts.rpt_release_summary order by published_at, release_id")
        tiers, largest = _by_release(_rows(connection, TIERS)), _by_release(_rows(connection, LARGEST))
    for summary in summaries:
        release_id = summary["release_id"]
        changes = {"changes": tiers.get(release_id, []), "largest_changes": largest.get(release_id, [])}
        _dump(folder / file_name(release_id), {"sample": info.sample, **summary, **changes})
    _dump(folder / "index.json", [
        {"release_id": each["release_id"], "published": _published(each), "report": file_name(each["release_id"])}
        for each in summaries
    ])  # fmt: skip
    (home.candidate / "feed.xml").write_bytes(_feed(summaries, info))


def file_name(release_id: str) -> str:
    """The report's file name: a release id without the characters that file systems and addresses dislike."""
    return release_id.replace("@", "_").replace("~", "_") + ".json"


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    found = connection.execute(sql)
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _by_release(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row.pop("release_id"), []).append(row)
    return found


def _published(summary: dict[str, Any]) -> str:
    """The date as precise as it is known: a release of a month is not of its last day."""
    length = {"year": 4, "month": 7, "day": 10}[summary["published_precision"]]
    return str(summary["published_at"])[:length]


def _dump(path: Path, content: object) -> None:
    text = json.dumps(all_readable(content), indent=1, default=str, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def _feed(summaries: Sequence[dict[str, Any]], info: CandidateInfo) -> bytes:
    stamp = "SAMPLE: " if info.sample else ""
    feed = FeedGenerator()
    feed.id(ID)
    feed.title(f"{stamp}Roxham: what each release changed")
    feed.author({"name": "Roxham"})
    feed.link(href="feed.xml", rel="self")
    feed.updated(_moment(max((each["published_at"] for each in summaries), default=info.as_of)))
    for summary in summaries[-NEWEST_IN_FEED:]:
        entry = feed.add_entry(order="prepend")
        entry.id(in_one_line(f"{ID}:{summary['release_id']}"))
        entry.title(in_one_line(f"{stamp}{summary['source_id']}, release of {_published(summary)}"))
        entry.updated(_moment(summary["published_at"]))
        address = in_one_line(f"revisions/{file_name(summary['release_id'])}")
        entry.link(href=address, rel="alternate", type="application/json")
        entry.content(readable(in_words(summary)), type="text")
    written: bytes = feed.atom_str(pretty=True)
    return written


def in_words(summary: dict[str, Any]) -> str:
    """One release's summary as a sentence for people."""
    told = {
        "new": "cells_new", "revised": "cells_revised", "appeared in months already covered": "cells_appeared",
        "vanished": "cells_vanished", "reclassified": "cells_reclassified", "left the window": "cells_left_window",
        "changed in closed periods": "cells_changed_after_final",
    }  # fmt: skip
    counts = [f"{summary[column]:,} {words}" for words, column in told.items() if summary.get(column)]
    return f"{summary['cells_printed']:,} cells printed; " + (", ".join(counts) or "nothing changed") + "."


def _moment(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
