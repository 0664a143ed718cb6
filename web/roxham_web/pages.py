"""Puts the pages together: for each its template and everything that stands on it."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ingest.catalog.source import Source, load_sources
from ingest.core.builds import CandidateInfo
from ingest.core.home import REPOSITORY
from roxham_web import charts, french, tables, text
from roxham_web.figure_pages import FigurePage, link
from roxham_web.marts import Marts, Row, quoted
from roxham_web.reports import reports
from roxham_web.sections import Shown, shown
from roxham_web.tables import Table

EXAMPLES = REPOSITORY / "dbt_project" / "analyses"
SEVERITIES = {
    "critical": "would have stopped the release or the build",
    "warning": "published, flagged, told to the operators",
    "info": "worth knowing",
}
MARTS = {"months": "fct_crossings_monthly", "periods": "fct_published_totals", "series": "rpt_sector_series"}
MOST_ROWS = 200
MOST_MOVED = 5


@dataclass(frozen=True)
class Page:
    """One file of the site."""

    path: str
    template: str
    title: str
    language: str = "en"
    content: dict[str, Any] = field(default_factory=dict)

    @property
    def root(self) -> str:
        """The way from this page back to the top of the site."""
        return "../" * self.path.count("/")


@dataclass(frozen=True)
class Chart:
    """One chart of a section, as its page names and describes it."""

    id: str
    title: str
    # What its specification is called in the page's charts.
    spec: str
    described: str


class Book:
    """Everything that pages are made from: the marts, the build, the sources."""

    def __init__(self, marts: Marts, info: CandidateInfo, exports: list[dict[str, Any]]) -> None:
        self.marts, self.info, self.exports = marts, info, exports
        self.sections = shown(marts)
        self._rows: dict[str, list[Row]] = {}

    @cached_property
    def measures(self) -> dict[str, Row]:
        """dim_measure by id, with its source's words beside it."""
        return self.marts.by(
            "measure_id",
            "select measures.*, sources.publisher, sources.licence, sources.attribution, sources.page,\n"
            "    status.status, status.published_at, status.reached_month, status.kept_back_releases, status.lagging_cuts\n"
            "from marts.dim_measure as measures\n"
            "inner join marts.dim_source as sources using (source_id)\n"
            "left join marts.rpt_source_status as status using (source_id)",
        )

    @cached_property
    def places(self) -> dict[str, Row]:
        """dim_geography by id."""
        return self.marts.by("geography_id", "select * from marts.dim_geography")

    @cached_property
    def sources(self) -> dict[str, Source]:
        """The sources as their YAMLs declare them."""
        return load_sources()

    @cached_property
    def events(self) -> list[Row]:
        """Policy events, oldest first."""
        return self.marts.rows("select * from marts.dim_policy_event order by effective_on, policy_event_id")

    @property
    def headlines(self) -> list[Shown]:
        """The sections whose figures lead to printed cells and stand on the overview."""
        return [each for each in self.sections if each.section.headline]

    def rows(self, each: Shown) -> list[Row]:
        """The rows of a section; the pages of both languages share them."""
        if each.id not in self._rows:
            self._rows[each.id] = self.marts.rows(each.query)
        return self._rows[each.id]

    def place(self, geography_id: str, language: str = "en") -> str:
        """A place's name."""
        return str(self.places[geography_id][f"name_{language}"])


def section_content(book: Book, each: Shown, language: str) -> dict[str, Any]:
    """One section of a page: its words, its data, its charts and their table."""
    measure = book.measures[each.measure_id]
    unit = text.unit(measure["unit"], language)
    title = text.measure_title(each.measure_id, measure["title"], language)
    rows = book.rows(each)
    events = [event for event in book.events if event["country_id"] in each.section.events]
    data = charts.figures(rows, each.places, each.whole, measure["unit"], events)

    def deep(place: str, month: dt.date) -> str:
        return link(each.measure_id, place, month) if place in each.traced else ""

    caption = f"{title}: {_places_said(book, each, language)}"
    told, told_in = text.definition(each.measure_id, measure["definition"], language)
    return {
        "id": each.id,
        "title": title,
        "place": _places_said(book, each, language),
        "measure": _in(language, measure),
        "definition": told,
        "definition_in": told_in,
        "unit": unit,
        "figures": {each.id: data.as_dict()},
        "events": [{**event, "name": event[f"name_{language}"]} for event in data.events],
        "charts": _charts(book, each, title, unit, language),
        "table": tables.monthly(each, rows, caption, language, deep),
        "query": each.query,
        "rows": rows,
        "mart": MARTS[each.grain],
        "linked": bool(each.traced),
        "breaks": [row for row in rows if row.get("is_break")],
    }


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


def measure_page(book: Book, page: str, language: str) -> Page:
    """A page of sections in one language."""
    suffix = "" if language == "en" else f".{language}"
    contents = [section_content(book, each, language) for each in book.sections if each.section.page == page]
    languages = text.LANGUAGES if page in text.FRENCH_PAGES else ("en",)
    return Page(
        f"{page}{suffix}.html", "measures.html", text.page_title(page, language), language,
        {"page": page, "lead": text.lead(page, language), "sections": contents, "reports": reports(book.marts, page, language),
         "specs": {each: charts.kinds(each) for each in languages}},
    )  # fmt: skip


def overview(book: Book) -> Page:
    """The last month of each headline measure, freshness, and what came in last."""
    return Page("index.html", "index.html", text.page_title("index", "en"), "en", {
        "page": "index",
        "cards": [card for each in book.headlines if (card := _card(book, each))],
        "status": book.marts.rows("select * from marts.rpt_source_status order by source_id"),
        "came_in": _came_in(book),
    })  # fmt: skip


def _card(book: Book, each: Shown) -> dict[str, Any] | None:
    """A headline measure's last figure beside the one before, that of a year before, and its first publication."""
    if each.grain != "months":
        return None
    rows = book.marts.rows(
        "select month, value, first_value, first_value_basis, revision_count, is_final, published_at, release_id\n"
        f"from marts.fct_crossings_monthly where measure_id = {quoted(each.measure_id)}\n"
        f"    and geography_id = {quoted(each.lead)} and value is not null order by month"
    )
    if not rows:
        return None
    last, by_month = rows[-1], {row["month"]: row["value"] for row in rows}
    measure = book.measures[each.measure_id]
    return {
        "title": measure["title"], "place": book.place(each.lead), "unit": measure["unit"], "measure": measure,
        "page": f"{each.section.page}.html#{each.id}", "measure_id": each.measure_id, "geography_id": each.lead,
        "month": last["month"], "month_said": text.month(last["month"]), "value": last["value"],
        "first_value": last["first_value"], "observed": last["first_value_basis"] == "observed_first",
        "revisions": last["revision_count"], "final": last["is_final"], "published_at": last["published_at"],
        "link": link(each.measure_id, each.lead, last["month"]),
        "changes": [_change(last, before) for before in _compared(last, by_month)],
        "spark": _spark(rows[-1]["month"], by_month),
    }  # fmt: skip


def _compared(last: Row, by_month: dict[dt.date, int]) -> list[Row]:
    """The figure before the last one (a month ago, or a quarter where no month is printed), and the one of a year ago."""
    number = last["month"].year * 12 + last["month"].month - 1
    step = _step(by_month)
    return [{"month": month, "value": by_month.get(month)}
            for month in (dt.date((number - ago) // 12, (number - ago) % 12 + 1, 1) for ago in (step, 12))]  # fmt: skip


def _step(by_month: dict[dt.date, int]) -> int:
    """How many months usually lie between two figures."""
    numbers = [month.year * 12 + month.month for month in sorted(by_month)]
    gaps = [after - before for before, after in itertools.pairwise(numbers)]
    return max(set(gaps), key=lambda gap: (gaps.count(gap), -gap)) if gaps else 1


def _change(last: Row, before: Row) -> dict[str, Any]:
    value = before["value"]
    if value is None:
        return {"since": text.month(before["month"]), "said": text.reason("not_held"), "share": ""}
    share = f" ({100 * (last['value'] - value) / value:+.1f}\u00a0%)".replace("-", "−") if value else ""
    said = text.signed(last["value"] - value)
    return {"since": text.month(before["month"]), "said": said, "share": share, "value": value}


def _spark(last: dt.date, by_month: dict[dt.date, int]) -> list[str]:
    """The last 36 months as polylines in a box of 100 by 24; a figure that is not there breaks the line."""
    number = last.year * 12 + last.month - 1
    months = charts.months_between(dt.date((number - 35) // 12, (number - 35) % 12 + 1, 1), last)
    top = max((by_month[month] for month in months if month in by_month), default=0) or 1
    runs: list[list[str]] = []
    step, before = _step(by_month), -len(months)
    for at, month in enumerate(months):
        if month in by_month:
            if at - before > step:
                runs.append([])
            runs[-1].append(f"{at * 100 / 35:.1f},{23 - 22 * by_month[month] / top:.1f}")
            before = at
    return [" ".join(run) for run in runs if len(run) > 1]


def _came_in(book: Book) -> list[Row]:
    """The releases that the build's newest night brought, with what each changed."""
    return book.marts.rows(
        "select summary.*, releases.retrieved_at, releases.published_text, sources.title\n"
        "from marts.rpt_release_summary as summary\n"
        "inner join marts.dim_release as releases using (release_id)\n"
        "inner join marts.dim_source as sources on sources.source_id = summary.source_id\n"
        "where cast(releases.retrieved_at as date) =\n"
        "    (select max(cast(retrieved_at as date)) from marts.dim_release where state = 'accepted')\n"
        "order by summary.source_id, summary.release_order"
    )


def revisions(book: Book, feed: str | None) -> Page:
    """Pictures of how months were revised, and the report of each release."""
    pictures = [picture for each in book.headlines if (picture := _picture(book, each))]
    return Page("revisions.html", "revisions.html", text.page_title("revisions", "en"), "en", {
        "page": "revisions", "pictures": pictures, "feed": feed, "releases": _release_rows(book),
        "specs": {"en": {name: spec for each in pictures for name, spec in each["specs"].items()}},
        "mart": "fct_crossings_monthly_vintages",
    })  # fmt: skip


def _picture(book: Book, each: Shown) -> dict[str, Any] | None:
    """The month of the leading place that was revised most, and the triangle of its neighbours."""
    query = (
        "select measure_id, month, geography_id, valid_from, valid_to, value, missing_reason, first_value, release_id\n"
        "from marts.fct_crossings_monthly_vintages\n"
        f"where measure_id = {quoted(each.measure_id)} and geography_id = {quoted(each.lead)}\n"
        "    and month in (\n"
        "        select month from marts.fct_crossings_monthly_vintages\n"
        f"        where measure_id = {quoted(each.measure_id)} and geography_id = {quoted(each.lead)} and is_revision)\n"
        "order by month, valid_from"
    )
    rows = book.marts.rows(query) if each.grain == "months" else []
    if not rows:
        return None
    by_month: dict[dt.date, list[Row]] = defaultdict(list)
    for row in rows:
        by_month[row["month"]].append(row)
    month = max(sorted(by_month), key=lambda one: len(by_month[one]))
    measure = book.measures[each.measure_id]
    name = f"revisions-{each.id}"
    return {
        "id": name, "title": measure["title"], "place": book.place(each.lead), "measure": measure,
        "unit": measure["unit"], "month": text.month(month), "query": query, "rows": rows, "events": [],
        "mart": "fct_crossings_monthly_vintages",
        "figures": {f"{name}-triangle": _picture_data(each.measure_id, by_month),
                    f"{name}-states": _states_data(each.measure_id, by_month[month], book.info.as_of)},
        "specs": {f"{name}-triangle": charts.triangle(),
                  f"{name}-states": charts.states(measure["unit"], _distinct(by_month[month]))},
        "states": Chart(f"{name}-states", f"{text.month(month)}, as known from release to release", f"{name}-states",
                        f"{measure['title']}, {text.month(month)}, by release"),
        "triangle": Chart(f"{name}-triangle", "Every revised month (across), as known at each release (down)",
                          f"{name}-triangle",
                          f"{measure['title']}: reference months against releases"),
        "table": _triangle_table(name, each, f"{measure['title']}, {book.place(each.lead)}", by_month),
    }  # fmt: skip


def _states_data(measure_id: str, states: list[Row], until: dt.date) -> dict[str, Any]:
    """One month's figure by the day from which it was known, the last one drawn up to this build."""
    end = {**states[-1], "valid_from": max(until, states[-1]["valid_from"])}
    rows = [[row["valid_from"].isoformat(), row["value"]] for row in [*states, end]]
    return {"measure_id": measure_id, "columns": ["known_from", "value"], "rows": rows, "events": []}


def _distinct(states: list[Row]) -> list[int]:
    return sorted({row["value"] for row in states if row["value"] is not None})


def _picture_data(measure_id: str, by_month: dict[dt.date, list[Row]]) -> dict[str, Any]:
    """Each month's figure as known at each release, and how far it stood from the month's first one, in per cent."""
    releases = sorted({row["valid_from"] for rows in by_month.values() for row in rows})
    found = []
    for month, rows in sorted(by_month.items()):
        for day in releases:
            known = [row for row in rows if row["valid_from"] <= day]
            if known and known[-1]["value"] is not None and known[-1]["first_value"]:
                value, first = known[-1]["value"], known[-1]["first_value"]
                found.append([f"{month:%Y-%m}", day.isoformat(), value, round(100 * (value - first) / first, 4)])
    return {"measure_id": measure_id, "columns": ["month", "release", "value", "change"], "rows": found, "events": []}


def _triangle_table(name: str, each: Shown, title: str, by_month: dict[dt.date, list[Row]]) -> Table:
    releases = sorted({row["valid_from"] for rows in by_month.values() for row in rows})
    body = []
    for month in sorted(by_month, reverse=True):
        said = {row["valid_from"]: row for row in by_month[month]}
        body.append([tables.Cell(text.month(month))] + [
            tables.figure_cell({**said[day], "value_basis": "", "computed_value": None}, "en")
            if day in said else tables.Cell("") for day in releases
        ])  # fmt: skip
    return Table(
        f"table-{name}", f"{title}: each month’s figure by the day from which it was known; an empty cell repeats the "
        "figure to its left", ["Month", *(day.isoformat() for day in releases)], body, each.measure_id,
        [month.isoformat() for month in sorted(by_month, reverse=True)],
        ["month", *(day.isoformat() for day in releases)],
    )  # fmt: skip


def _release_rows(book: Book) -> list[Row]:
    return book.marts.rows(
        "select summary.*, releases.published_text from marts.rpt_release_summary as summary\n"
        "inner join marts.dim_release as releases using (release_id)\n"
        "order by summary.source_id, summary.release_order desc"
    )


def release_pages(book: Book) -> list[Page]:
    """One page a source: every release that the archive holds, its files and hashes, and what it changed."""
    files: dict[str, list[Row]] = defaultdict(list)
    moved: dict[str, list[Row]] = defaultdict(list)
    for row in book.marts.rows("select * from raw.release_files order by release_id, file_name, sha256"):
        files[row["release_id"]].append(row)
    for row in book.marts.rows(
        "select release_id, measure_id, month, geography_id, value,\n"
        "    lag(value) over (partition by measure_id, geography_id, month order by release_number) as before\n"
        "from marts.fct_crossings_monthly_vintages\n"
        "qualify is_revision order by abs(value - before) desc nulls last, measure_id, month, geography_id"
    ):
        if len(moved[row["release_id"]]) < MOST_MOVED:
            moved[row["release_id"]].append({**row, "place": book.place(row["geography_id"])})
    releases: dict[str, list[Row]] = defaultdict(list)
    for row in book.marts.rows(
        "select releases.*, summary.* exclude (release_id, source_id, published_at, published_precision, release_order,\n"
        "    first_month, last_month)\n"
        "from marts.dim_release as releases left join marts.rpt_release_summary as summary using (release_id)\n"
        "order by releases.source_id, releases.release_order desc nulls last, releases.release_id"
    ):
        releases[row["source_id"]].append({**row, "files": files[row["release_id"]], "moved": moved[row["release_id"]]})
    titles = {row["source_id"]: row["title"] for row in book.marts.rows("select * from marts.dim_source")}
    return [
        Page(f"releases/{source_id}.html", "releases.html", f"Releases of {titles[source_id]}", "en",
             {"page": "revisions", "releases": rows, "source_id": source_id})
        for source_id, rows in sorted(releases.items())
    ]  # fmt: skip


def anchor(release_id: str) -> str:
    """A release's anchor on its source's page."""
    return "r-" + "".join(letter if letter.isalnum() else "-" for letter in release_id.partition("@")[2])


def discrepancies(book: Book) -> Page:
    """Where the agencies' own figures contradict each other."""
    rows = book.marts.rows(
        "select contradictions.*, measures.title as measure_title, places.name_en as place\n"
        "from marts.rpt_discrepancies as contradictions\n"
        "inner join marts.dim_measure as measures using (measure_id)\n"
        "inner join marts.dim_geography as places using (geography_id)\n"
        "order by is_current desc, measure_id, period_start desc, kind, geography_id, office, breakdown, release_id"
    )
    return Page("discrepancies.html", "discrepancies.html", text.page_title("discrepancies", "en"), "en", {
        "page": "discrepancies", "rows": rows[:MOST_ROWS], "counted": len(rows),
        "current": sum(bool(row["is_current"]) for row in rows), "reports": reports(book.marts, "discrepancies", "en"),
    })  # fmt: skip


def press_claims(book: Book) -> Page:
    """What the press claimed, and what the releases say: now, as of the printing, and the cells behind it."""
    held = book.marts.has("rpt_claims")
    rows = book.marts.rows("select * from marts.rpt_claims order by claim_id, asked") if held else []
    cells = book.marts.rows(
        "select * from marts.rpt_claim_cells where asked = 'now' order by claim_id, side, geography_id, month"
    ) if held else []  # fmt: skip
    claims = [
        {
            "now": {**now, "told": _claim_figure(now), "against": _claim_limit(now)},
            "then": {**then, "told": _claim_figure(then)},
            "place": book.place(now["geography_id"]),
            "minus": book.place(now["minus_geography_id"]) if now["minus_geography_id"] else "",
            "measure": book.measures[now["measure_id"]]["title"],
            "cells": [
                {**each, "place": book.place(each["geography_id"]), "figure": tables.figure_cell(
                    {**each, "value_basis": "computed"}, "en")}
                for each in cells if each["claim_id"] == now["claim_id"]
            ],
        }
        for now, then in zip(rows[::2], rows[1::2], strict=True)
    ]  # fmt: skip
    return Page("press-claims.html", "press_claims.html", text.page_title("press-claims", "en"), "en",
                {"page": "press-claims", "claims": claims})  # fmt: skip


def _claim_figure(claim: Row) -> str:
    """The figure in words: a count, a daily average or a change in per cent."""
    if claim["figure"] is None:
        return "no figure: the releases known by then do not cover it"
    if claim["figure_kind"] == "percent_change":
        return f"{claim['figure']:+,.1f} % from the first month to the last"
    average = claim["figure_kind"] == "largest_daily_average"
    return f"{claim['figure']:,.0f}" + (" a day, in the month with the most" if average else "")


def _claim_limit(claim: Row) -> str:
    """What the figure is measured against, where that is more than the printed number."""
    if claim["rule"] == "record" and claim["measured_against"] is not None:
        held, asked = claim["periods_compared"], claim["periods_asked"]
        of = f"{held} other years" if held == asked else f"the {held} other years held, of {asked} to compare with"
        return f"largest of {of}: {claim['measured_against']:,.0f}"
    if claim["rule"] == "at_most" and claim["measured_against"] is not None:
        return f"limit: {claim['measured_against']:,.0f}"
    return ""


def quality(book: Book) -> Page:
    """Every check of the build: what failed one by one, what passed counted."""
    failed = book.marts.rows("select * from marts.rpt_quality where not success order by position")
    decided = book.marts.rows(
        "select * from marts.rpt_quality where \"check\" = 'decided_by_a_person' order by position"
    )
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in book.marts.rows(
        "select coalesce(source_id, '') as source_id, \"check\", severity, min(reason) as reason, min(stage) as stage,\n"
        "    count(*) filter (success) as passed, count(*) filter (not success) as failed\n"
        'from marts.rpt_quality group by all order by source_id, "check", severity'
    ):
        groups[row["source_id"]].append({**row, "said": text.spoken(row["check"])})
    return Page("quality.html", "quality.html", text.page_title("quality", "en"), "en", {
        "page": "quality", "failed": [{**row, "said": text.spoken(row["check"])} for row in failed],
        "decided": decided, "groups": dict(groups), "severities": SEVERITIES,
        "counts": book.marts.rows(
            "select severity, count(*) filter (success) as passed, count(*) filter (not success) as failed\n"
            "from marts.rpt_quality group by severity order by severity"),
    })  # fmt: skip


def sources(book: Book) -> Page:
    """Each source: calendar, standing, definitions, licence."""
    rows = book.marts.rows(
        "select sources.*, status.status, status.reason, status.release_id, status.published_at,\n"
        "    status.reached_month, status.next_expected, status.kept_back_releases, status.lagging_cuts,\n"
        "    attempts.retrieved_at as last_archived\n"
        "from marts.dim_source as sources\n"
        "left join marts.rpt_source_status as status using (source_id)\n"
        "left join (select source_id, max(retrieved_at) as retrieved_at from marts.dim_release\n"
        "    group by source_id) as attempts using (source_id)\n"
        "order by source_id"
    )
    measures: dict[str, list[Row]] = defaultdict(list)
    for measure in sorted(book.measures.values(), key=lambda each: str(each["measure_id"])):
        measures[measure["source_id"]].append(measure)
    return Page("sources.html", "sources.html", text.page_title("sources", "en"), "en", {
        "page": "sources",
        "sources": [{**row, "measures": measures[row["source_id"]], "declared": book.sources.get(row["source_id"])}
                    for row in rows],
    })  # fmt: skip


def data(book: Book) -> Page:
    """Downloads with their dictionary, example queries, citation, licences."""
    about = book.marts.comments()
    return Page("data.html", "data.html", text.page_title("data", "en"), "en", {
        "page": "data",
        "tables": [{**entry, "about": about.get(str(entry["table"]), "")} for entry in book.exports],
        "examples": [example(path) for path in sorted(EXAMPLES.glob("*.sql"))],
        "licences": book.marts.rows("select * from marts.dim_source order by source_id"),
    })  # fmt: skip


def example(path: Path) -> dict[str, str]:
    """An example query: its first comment is its question."""
    query = path.read_text(encoding="utf-8")
    return {"name": path.stem, "question": query.splitlines()[0].removeprefix("-- "), "sql": query}


def figure_page(book: Book, each: FigurePage) -> Page:
    """The page of one measure and place."""
    measure = book.measures[each.measure_id]
    place = book.place(each.geography_id)
    return Page(each.path, "figure.html", f"{measure['title']}: {place}", "en", {
        "page": "", "measure": measure, "place": place, "geography_id": each.geography_id, "months": each.months,
    })  # fmt: skip


def all_pages(book: Book, figure_pages: list[FigurePage], feed: str | None) -> list[Page]:
    """Every page of the site."""
    measured = [measure_page(book, page, "en") for page in text.LEADS]
    french = [measure_page(book, page, "fr") for page in text.FRENCH_PAGES]
    return [
        overview(book), *measured, *french, revisions(book, feed), discrepancies(book), press_claims(book),
        quality(book), sources(book), data(book), *release_pages(book),
        *(figure_page(book, each) for each in figure_pages),
    ]  # fmt: skip
