"""What must hold for a load of CBP's Southwest Land Border Encounters before it counts.

Publisher's page: https://www.cbp.gov/document/stats/southwest-land-border-encounters. Closed years are compared without
the encounter type: CBP has called the same Title 42 encounters first apprehensions, then expulsions.
"""

from __future__ import annotations

from expectations import cells, loads
from expectations.checks import Asset
from ingest.catalog.source import Source

TABLE = "encounters"
KEY = (
    "fiscal_year", "month_abbv", "component", "demographic", "citizenship_grouping", "title_of_authority",
    "encounter_type",
)  # fmt: skip
MONTH_WORDS = "strftime(month, '%Y-%m')"
WHOLE = ("component", "demographic", "citizenship", "authority")
# Also 9584.0: a whole number that went through a program which keeps numbers as fractions.
NUMBER = f"({cells.COUNT})([.]0)?"


SHAPE = cells.Shape(
    table=TABLE,
    key=KEY,
    period="try_cast(fiscal_year__value as integer)",
    month=loads.fiscal_month(),
    series="component",
    cell=loads.cell_of((*WHOLE, "encounter_type"), MONTH_WORDS),
    printed="encounter_count",
    number=NUMBER,
    closed=loads.fiscal_years_over(),
    reclassified_by="encounter_type",
    whole_cell=loads.cell_of(WHOLE, MONTH_WORDS),
    line=loads.cell_of(WHOLE),
)


def suite(release_id: str, source: Source) -> list[Asset]:
    """The assets and checks for one release."""
    return [cells.asset(source, release_id, SHAPE, [loads.no_month_skipped(TABLE)])]


def figures(source_id: str) -> str:
    """SQL for the monthly figures that each file gives, worked out without dbt.

    Grain: measure, month, geography, release, file: the border as a whole, summed from the file's rows.
    """
    return f"""
        select 'us_cbp_southwest_encounters' as measure_id, month, 'us-land-border-southwest' as geography_id,
            release_id, sha256, sum(n) as value
        from ({_dated(source_id)}) as dated group by all"""


def zeros(source_id: str) -> str:
    """SQL for every printed zero: release, file, month, locator."""
    return f"select release_id, sha256, month, locator from ({_dated(source_id)}) as dated where n = 0"


def _dated(source_id: str) -> str:
    mapped = cells.labels(source_id, TABLE, {"fiscal_year": "fiscal_year", "month": "month_abbv"})
    return f"""
        select _release_id as release_id, _sha256 as sha256, _locator as locator, {loads.fiscal_month()} as month,
            {cells.number(SHAPE)} as n
        from ({mapped}) as mapped"""
