"""What a page is: its place in the site, its template, and typed content; and the book that all pages are made from."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, ClassVar

from ingest.catalog.source import Source, load_sources
from ingest.core.builds import CandidateInfo
from roxham_web import french, text
from roxham_web.figure_pages import FigurePage
from roxham_web.marts import Marts, Row
from roxham_web.sections import Shown, shown


@dataclass(frozen=True)
class Content:
    """What a template is filled with: one subclass a page, its fields the names that the template uses."""

    template: ClassVar[str]

    def as_names(self) -> dict[str, Any]:
        """The fields by name, as Jinja wants them; what they hold stays as typed as it is."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


@dataclass(frozen=True)
class Chart:
    """One chart of a section, as its page names and describes it."""

    id: str
    title: str
    # What its specification is called in the page's charts.
    spec: str
    described: str


@dataclass(frozen=True)
class Drawn:
    """What stands behind a section's charts: the query, its rows, and the data of each chart by name."""

    id: str
    query: str
    rows: list[Row]
    chart_data: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Page:
    """One file of the site."""

    path: str
    title: str
    content: Content
    # The page's name in the menu; empty for a page that does not stand there.
    slug: str = ""
    language: str = "en"
    # The charts of the page, and their specifications by language and kind.
    drawn: tuple[Drawn, ...] = ()
    specs: dict[str, dict[str, Any]] | None = None
    # Further scripts of data beside the page, by their path below the site.
    scripts: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def root(self) -> str:
        """The way from this page back to the top of the site."""
        return "../" * self.path.count("/")


class Book:
    """Everything that pages are made from: the marts, the build, the sources."""

    def __init__(self, marts: Marts, info: CandidateInfo, exports: list[dict[str, Any]]) -> None:
        self.marts, self.info, self.exports = marts, info, exports
        # The figures that have permanent addresses, by measure and place.
        self.traced: dict[tuple[str, str], FigurePage] = {}
        self.sections = shown(marts)
        self._rows: dict[str, list[Row]] = {}

    @cached_property
    def measures(self) -> dict[str, Row]:
        """dim_measure by id, with its source's words beside it."""
        return self.marts.by("measure_id", """
            select measures.*, sources.publisher, sources.licence, sources.attribution, sources.page,
                status.status, status.published_at, status.reached_month, status.kept_back_releases, status.lagging_cuts
            from marts.dim_measure as measures
            inner join marts.dim_source as sources using (source_id)
            left join marts.rpt_source_status as status using (source_id)
        """)  # fmt: skip

    @cached_property
    def places(self) -> dict[str, Row]:
        """dim_geography by id."""
        return self.marts.by("geography_id", "select * from marts.dim_geography")

    @cached_property
    def border_links(self) -> list[Row]:
        """Which provinces and Border Patrol sectors lie on either side of the border."""
        return self.marts.rows("select * from marts.dim_border_link order by ca_geography_id, us_geography_id")

    @cached_property
    def quotations(self) -> list[Row]:
        """What the press quoted before the first release held, oldest quotation first; empty where the build has none."""
        if not self.marts.has("fct_press_quotations"):
            return []
        return self.marts.rows(
            "select * from marts.fct_press_quotations where quoted_on is not null and value is not null"
            " order by quoted_on, period_start, period_end, value"
        )

    def quotations_of(self, figures: FigurePage) -> list[Row]:
        """What the press quoted of these figures."""
        key = (figures.measure_id, figures.geography_id)
        return [each for each in self.quotations if (each["measure_id"], each["geography_id"]) == key]

    @cached_property
    def files(self) -> dict[str, Row]:
        """The files of all releases, by their hash."""
        return self.marts.by("sha256", "select * from raw.release_files order by release_id desc, file_name desc")

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

    def figures_of(self, geography_id: str) -> list[FigurePage]:
        """The figures of a place that have addresses, in the order of the sections."""
        order = [each.measure_id for each in self.headlines]
        mine = [each for (_, place), each in self.traced.items() if place == geography_id]
        return sorted(mine, key=lambda each: order.index(each.measure_id))

    def place_page(self, geography_id: str, language: str = "en") -> str:
        """The address of a place's page from the top of the site."""
        return f"places/{geography_id}{'.fr' if language == 'fr' and text.is_canadian(geography_id) else ''}.html"

    def linkable(self, geography_id: str) -> bool:
        """Whether a place has a page."""
        return any(place == geography_id for _, place in self.traced)

    def measure_in(self, language: str, measure_id: str) -> Row:
        """A measure with its source's words in a language, as far as they are known in it."""
        measure = self.measures[measure_id]
        if language == "en":
            return measure
        return {
            **measure,
            "publisher": french.PUBLISHERS.get(measure["publisher"], measure["publisher"]),
            "licence": french.LICENCES.get(measure["licence"], measure["licence"]),
            "attribution": french.ATTRIBUTIONS.get(measure["source_id"], measure["attribution"]),
        }
