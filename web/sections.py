"""What is shown where: one line per measure, or per family of measures. A measure that a build lacks is left out.

Adding a measure to the site is adding a line here; one that no line names lands on the page of its country.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatch

from web.marts import Marts, listed, quoted

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
    # Shown on the overview, and traced cell by cell.
    headline: bool = False
    # Takes only measures that no other line has taken.
    rest: bool = False


SECTIONS = (
    Section("canada", "ca_rcmp_interceptions", "CA", PROVINCES, "CA", ("CA",), headline=True),
    Section("canada", "ca_statcan_*", "CA", PROVINCES, "CA", ("CA",)),
    Section("canada", "*frontier*", "CA", PROVINCES, "CA", ("CA",)),
    Section("northern-border", "us_cbp_encounters", NORTH, SECTORS, NORTH, ("US", "CA"), headline=True),
    Section("northern-border", "us_usbp_*", NORTH, SECTORS, NORTH, ("US", "CA")),
    Section("northern-border", "us_ohss_*", NORTH, SECTORS, NORTH, ("US", "CA")),
    Section("southwest-border", "us_cbp_encounters", SOUTHWEST, SECTORS, SOUTHWEST, ("US",), headline=True),
    Section("southwest-border", "us_cbp_southwest_*", SOUTHWEST, SECTORS, SOUTHWEST, ("US",)),
    Section("southwest-border", "us_usbp_*", SOUTHWEST, SECTORS, SOUTHWEST, ("US",)),
    Section("southwest-border", "us_ohss_*", SOUTHWEST, SECTORS, SOUTHWEST, ("US",)),
    Section("claims", "ca_asylum_claimants*", "CA", PROVINCES, "CA", ("CA",), headline=True),
    Section("claims", "ca_ircc_asylum*", "CA", PROVINCES, "CA", ("CA",), headline=True),
    Section("claims", "ca_irb_*", "CA", events=("CA",), headline=True),
    Section("claims", "ca_ircc_*", "CA", events=("CA",)),
    Section("claims", "ca_cbsa_*", "CA", events=("CA",)),
    Section("claims", "ca_*", "CA", events=("CA",), rest=True),
    Section("southwest-border", "us_*", events=("US",), rest=True),
    Section("elsewhere", "uk_*", headline=True),
    Section("elsewhere", "*frontex*", headline=True),
    Section("elsewhere", "*", rest=True),
)


@dataclass(frozen=True)
class Shown:
    """A section that this build can fill: one measure, its leading place and the parts that have figures."""

    section: Section
    measure_id: str
    # None where the measure has no figure of the place that the parts lie in.
    whole: str | None
    parts: tuple[str, ...]
    # `months` from fct_crossings_monthly, `periods` (quarters, years) from fct_published_totals.
    grain: str

    @property
    def id(self) -> str:
        """Its anchor, and the name of its files."""
        return f"{self.section.page}-{self.measure_id}".replace("_", "-")

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
        if self.grain == "months":
            return (
                "select figures.measure_id, figures.month, figures.geography_id, places.name_en, places.name_fr,\n"
                "    figures.value, figures.missing_reason, figures.value_basis, figures.computed_value,\n"
                "    figures.is_final, figures.release_id\n"
                "from marts.fct_crossings_monthly as figures\n"
                "inner join marts.dim_geography as places on places.geography_id = figures.geography_id\n"
                f"where figures.measure_id = {quoted(self.measure_id)}\n"
                f"    and figures.geography_id in ({listed(self.places)})\n"
                "order by figures.month, figures.geography_id"
            )
        return (
            "select totals.measure_id, totals.period_kind, totals.period_start as month, totals.geography_id,\n"
            "    places.name_en, places.name_fr, totals.value, totals.missing_reason, totals.value_basis,\n"
            "    totals.sum_of_months as computed_value, totals.release_id\n"
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
    """The sections that this build can fill, in the order of the list above."""
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
