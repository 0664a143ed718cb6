"""What must hold for a load of (say: which publication) before it counts.

Publisher's page: https://agency.example/new_source_id/.
"""

from __future__ import annotations

from expectations import cells, loads
from expectations.checks import Asset
from ingest.catalog.source import Source

LOOKUPS = {"fiscal_year": "year_label", "month": "month_label", "place": "place"}
MONTH = "try(make_date(try_cast(fiscal_year__value as integer), try_cast(month__value as integer), 1))"
SHAPE = cells.Shape(
    table="cells",
    key=("year_label", "month_label", "place"),
    period="try_cast(fiscal_year__value as integer)",
    month=MONTH,
    series="place__value",
    cell=loads.cell_of(tuple(LOOKUPS)),
    line="place__value",
)


def suite(release_id: str, source: Source) -> list[Asset]:
    """The assets and checks for one release; what only this source can be asked joins the list of further checks."""
    return [cells.asset(source, release_id, SHAPE, [loads.no_month_skipped("cells", "series")])]


def _counted(source_id: str) -> str:
    """Raw cells with month and count, worked out without dbt."""
    return f"""
        select *, {cells.number(SHAPE)} as n, {MONTH} as month
        from ({cells.labels(source_id, "cells", LOOKUPS)}) as labelled"""


def figures(source_id: str) -> str:
    """SQL for the monthly figures, as printed. Grain: as the marts'."""
    return f"""
        select 'new_source_id' as measure_id, month, place__value as geography_id,
            _release_id as release_id, _sha256 as sha256, n as value
        from ({_counted(source_id)}) as counted"""


def zeros(source_id: str) -> str:
    """SQL for every printed zero of a month: release, file, month, locator."""
    return f"""
        select _release_id as release_id, _sha256 as sha256, month, _locator as locator
        from ({_counted(source_id)}) as counted where n = 0"""
