"""What is shown where: one line per measure, or per family of measures. A measure that a build lacks is left out.

Adding a measure to the site is adding a line here; one that no line names lands on the page of its country.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatch

from roxham_web.marts import Marts, listed, quoted

SECTORS, PROVINCES = ("border_patrol_sector",), ("province", "territory", "not_stated")
NORTH, SOUTHWEST = "us-land-border-northern", "us-land-border-southwest"


@dataclass(frozen=True)
class Section:
    """A measure (or a pattern of them) on a page: of which place, and by which parts of it."""

    page: str
    measure: str
    # The place whose figure leads; None: the country, or the place with the most figures.
    whole: str | None = None
    # Kinds of places shown as parts beside it, and the place that they lie in.
    kinds: tuple[str, ...] = ()
    within: str | None = None
    # Countries whose policy events are marked on the charts.
    events: tuple[str, ...] = ()
    # Shown on the overview; every figure of the measure has an address, and every place of it a page.
    headline: bool = False
    # Takes only measures that no other line has taken.
    rest: bool = False


SECTIONS = (
    Section("canada", "ca_rcmp_interceptions", "CA", PROVINCES, "CA", ("CA",), headline=True),
    Section("canada", "ca_frontier_*", "CA", PROVINCES, "CA", ("CA",)),
    Section("northern-border", "us_cbp_encounters", NORTH, SECTORS, NORTH, ("US", "CA"), headline=True),
    Section("northern-border", "us_usbp_*", NORTH, SECTORS, NORTH, ("US", "CA")),
    Section("northern-border", "us_*_ohss*", NORTH, SECTORS, NORTH, ("US", "CA")),
    Section("southwest-border", "us_cbp_encounters", SOUTHWEST, SECTORS, SOUTHWEST, ("US",), headline=True),
    Section("southwest-border", "us_cbp_southwest_*", SOUTHWEST, SECTORS, SOUTHWEST, ("US",)),
    Section("southwest-border", "us_usbp_*", SOUTHWEST, SECTORS, SOUTHWEST, ("US",)),
    Section("southwest-border", "us_*_ohss*", SOUTHWEST, SECTORS, SOUTHWEST, ("US",)),
    Section("southwest-border", "us_swb_*", events=("US",)),
    Section("claims", "ca_asylum_claimants", "CA", PROVINCES, "CA", ("CA",), headline=True),
    Section("claims", "ca_ircc_asylum_claimants*", "CA", PROVINCES, "CA", ("CA",), headline=True),
    Section("claims", "ca_irb_irregular_intake", "CA", events=("CA",), headline=True),
    Section("claims", "ca_irb_*", "CA", events=("CA",)),
    Section("claims", "ca_ircc_*", "CA", events=("CA",)),
    Section("claims", "ca_cbsa_*", "CA", events=("CA",)),
    Section("claims", "ca_*", "CA", events=("CA",), rest=True),
    Section("elsewhere", "uk_small_boat_arrivals", headline=True),
    Section("elsewhere", "eu_frontex_detections", headline=True),
    Section("elsewhere", "uk_*"),
    Section("elsewhere", "us_*", events=("US",), rest=True),
    Section("elsewhere", "*", rest=True),
)  # fmt: skip

# The columns of a section of months, as its query names them.
MONTHS_COLUMNS = (
    "measure_id", "month", "geography_id", "name_en", "name_fr", "value", "missing_reason", "value_basis", "computed_value",
    "is_final", "release_id", "flags",
)  # fmt: skip

# The page, and the sector, of the series that joins several sources (rpt_sector_series).
SERIES = Section("northern-border", "*", events=("US", "CA"))
SERIES_SECTOR = "usbp-sector-swanton"


@dataclass(frozen=True)
class Shown:
    """A section that this build can fill: one measure, its leading place and the parts that have figures."""

    section: Section
    measure_id: str
    # None where the measure has no figure of the place that the parts lie in.
    whole: str | None
    parts: tuple[str, ...]
    # `months` from fct_crossings_monthly, `periods` (quarters, years) from fct_published_totals, `series` from
    # rpt_sector_series: the months for which this measure speaks in a series of several.
    grain: str
    # What it is called where that is not its page's and its measure's name.
    name: str = ""

    @property
    def id(self) -> str:
        """Its anchor, and the name of its files."""
        if self.name:
            return self.name
        said = f"{self.section.page}-{'series-' if self.grain == 'series' else ''}{self.measure_id}"
        return said.replace("_", "-")

    @property
    def places(self) -> list[str]:
        """The leading place first, then its parts."""
        return [*([self.whole] if self.whole else []), *self.parts]

    @property
    def lead(self) -> str:
        """The place whose figure stands for the section."""
        return self.places[0]

    @property
    def query(self) -> str:
        """The SQL that its charts, its table and its CSV are made of; runs as printed on ``warehouse.duckdb``."""
        if self.grain == "series":
            return (
                "select series.measure_id, series.month, series.geography_id, places.name_en, places.name_fr,\n"
                "    series.value, series.missing_reason, '' as value_basis, cast(null as bigint) as computed_value,\n"
                "    series.is_break, series.break_reason, series.release_id\n"
                "from marts.rpt_sector_series as series\n"
                "inner join marts.dim_geography as places on places.geography_id = series.geography_id\n"
                f"where series.measure_id = {quoted(self.measure_id)}\n"
                f"    and series.geography_id in ({listed(self.places)})\n"
                "order by series.month, series.geography_id"
            )
        if self.grain == "months":
            return (
                "select figures.measure_id, figures.month, figures.geography_id, places.name_en, places.name_fr,\n"
                "    figures.value, figures.missing_reason, figures.value_basis, figures.computed_value,\n"
                "    figures.is_final, figures.release_id, figures.flags\n"
                "from marts.fct_crossings_monthly as figures\n"
                "inner join marts.dim_geography as places on places.geography_id = figures.geography_id\n"
                f"where figures.measure_id = {quoted(self.measure_id)}\n"
                f"    and figures.geography_id in ({listed(self.places)})\n"
                "order by figures.month, figures.geography_id"
            )
        return (
            "select totals.measure_id, totals.period_kind, totals.period_start as month, totals.geography_id,\n"
            "    places.name_en, places.name_fr, totals.value, totals.missing_reason, totals.value_basis,\n"
            "    totals.sum_of_months as computed_value, totals.covers_from, totals.covers_to, totals.is_complete,\n"
            "    totals.release_id\n"
            "from marts.fct_published_totals as totals\n"
            "inner join marts.dim_geography as places on places.geography_id = totals.geography_id\n"
            f"where totals.measure_id = {quoted(self.measure_id)} and totals.office is null\n"
            f"    and totals.geography_id in ({listed(self.places)})\n"
            "    and totals.period_kind = (\n"
            "        select period_kind from marts.fct_published_totals\n"
            f"        where measure_id = {quoted(self.measure_id)} and office is null\n"
            "        group by period_kind order by count(*) desc, period_kind limit 1)\n"
            "order by totals.period_start, totals.geography_id"
        )


def shown(marts: Marts) -> list[Shown]:
    """The sections that this build can fill: series first, then in the order of the list above."""
    return [*_series(marts), *_measures(marts)]


def _series(marts: Marts) -> list[Shown]:
    """One section a measure of the joined series: two measures never share an axis, however well they fit."""
    if not marts.has("rpt_sector_series"):
        return []
    measures = marts.rows(
        "select measure_id from marts.rpt_sector_series\n"
        f"where geography_id = {quoted(SERIES_SECTOR)} group by measure_id having count(value) > 0 order by min(month)"
    )
    return [Shown(SERIES, each["measure_id"], SERIES_SECTOR, (), "series") for each in measures]


def _measures(marts: Marts) -> list[Shown]:
    places = _places_with_figures(marts)
    found: list[Shown] = []
    for section in sorted(SECTIONS, key=lambda each: each.rest):
        taken = {(each.section.page, each.measure_id) for each in found}
        anywhere = {measure for _, measure in taken}
        for (measure_id, grain), here in places.items():
            free = measure_id not in anywhere if section.rest else (section.page, measure_id) not in taken
            if free and fnmatch(measure_id, section.measure):
                found += _filled(section, measure_id, grain, here)
    order = {section: number for number, section in enumerate(SECTIONS)}
    return sorted(found, key=lambda each: order[each.section])


def _places_with_figures(marts: Marts) -> dict[tuple[str, str], list[dict[str, str]]]:
    """Places by measure, those with the most figures first; printed periods only where there are no months."""
    found: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in marts.rows(
        "with figures as (\n"
        "    select measure_id, 'months' as grain, geography_id, value from marts.fct_crossings_monthly\n"
        "    union all\n"
        "    select measure_id, 'periods', geography_id, value from marts.fct_published_totals\n"
        "    where office is null and measure_id not in (select measure_id from marts.fct_crossings_monthly))\n"
        "select measure_id, grain, geography_id, kind, parent_id, sum(abs(value)) as size\n"
        "from figures inner join marts.dim_geography using (geography_id)\n"
        "group by all having count(value) > 0 order by measure_id, size desc, geography_id"
    ):
        found.setdefault((row["measure_id"], row["grain"]), []).append(row)
    return found


def _filled(section: Section, measure_id: str, grain: str, here: list[dict[str, str]]) -> list[Shown]:
    parts = tuple(
        each["geography_id"]
        for each in here
        if each["kind"] in section.kinds and each["parent_id"] == section.within
    )  # fmt: skip
    ids = [each["geography_id"] for each in here]
    if section.whole in ids:
        whole: str | None = section.whole
    elif parts:
        whole = None
    elif section.within and section.whole:
        return []  # a measure of another border
    else:
        countries = [each["geography_id"] for each in here if each["kind"] == "country"]
        whole = (countries or ids)[0]
    return [Shown(section, measure_id, whole, parts, grain)]
