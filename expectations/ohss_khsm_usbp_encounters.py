"""What must hold for a load of OHSS's workbook of Border Patrol encounters before it counts.

Publisher's page: https://ohss.dhs.gov/khsm/cbp-encounters. Sixteen sheets print the same encounters by month and by
fiscal year, each rounded to ten on its own: parts need not add up to their total, but they stay within the rounding.
"""

from __future__ import annotations

from expectations import cells, loads
from expectations.checks import Asset, Check, expected, none_found
from ingest.catalog.source import Source

LABEL_COLUMNS = ("sheet", "fiscal_year", "month_label", "region", "sector", "citizenship", "family_status")
LABELS = ("sheet", "fiscal_year", "month", "region", "sector", "citizenship", "family_status")
MEASURE = "us_usbp_encounters_ohss"
# Sheets whose figures are served as those of a place, and those served as detail; the others stay raw.
PLACES = ("monthly_count", "monthly_region", "monthly_sector")
DETAIL = (
    "monthly_citizenship", "monthly_family_status", "monthly_region_citizenship", "monthly_region_family_status",
)  # fmt: skip
HALF = 5


def shape() -> cells.Shape:
    """Where the raw table keeps what every load is asked for."""
    return cells.Shape(
        table="cells",
        key=LABEL_COLUMNS,
        period="try_cast(fiscal_year__value as integer)",
        month=loads.fiscal_month(),
        series="sheet__value",
        cell=loads.cell_of(LABELS),
        line=loads.cell_of(("sheet", "region", "sector", "citizenship", "family_status")),
    )


def suite(release_id: str, source: Source) -> list[Asset]:
    """The assets and checks for one release."""
    further = [
        _sheets_found(source),
        _rounded_to_ten(),
        _months_sum_to_year(),
        _parts_sum_to_total(),
        _sectors_are_printed_alike(),
        loads.no_month_skipped("cells", "series"),
    ]
    return [cells.asset(source, release_id, shape(), further)]


def _sheets_found(source: Source) -> Check:
    found = source.limit("sheets_found")
    return expected(
        "sheets_found", found.severity, "completeness",
        "ExpectColumnUniqueValueCountToBeBetween", {"column": "sheet__value", "min_value": found.limit},
        found.reason,
        findings="""
        select count(distinct sheet__value) || ' sheets: ' || string_agg(distinct sheet__value, ', '
            order by sheet__value) as observed
        from {batch} where is_new""",
        limit=f"{found.limit:g} sheets",
        measured="select count(distinct sheet__value) || ' sheets' from {batch} where is_new",
    )  # fmt: skip


def _rounded_to_ten() -> Check:
    return none_found(
        "rounded_to_ten",
        "warning",
        "figures",
        "select printed || ' at ' || _locator as observed from {batch} where is_new and n % 10 <> 0",
        "everything in this workbook is rounded to ten; a figure that is not says that the agency changed its rule",
        limit="multiples of ten",
        measured="select count(n) || ' figures' from {batch} where is_new",
    )


def _months_sum_to_year() -> Check:
    return none_found(
        "months_sum_to_year",
        "warning",
        "figures",
        f"""
        with months as (
            select replace(sheet__value, 'monthly_', '') as list, period, region__value, sector__value,
                sum(n) as total
            from {{batch}} where is_new and sheet__value in {PLACES} group by all
        ), reached as (
            -- A month with fewer than five is rounded to nothing and has no row: it counts as a part all the same.
            select period, count(distinct month) as parts from {{batch}} where is_new and month is not null group by period
        ), years as (
            select replace(sheet__value, 'annual_', '') as list, period, region__value, sector__value, n, _locator
            from {{batch}} where is_new and sheet__value in ('annual_count', 'annual_region', 'annual_sector'))
        select _locator || ' prints ' || n || ', its months sum to ' || total as observed
        from years join months using (list, period, region__value, sector__value) join reached using (period)
        where abs(n - total) > {HALF} * (parts + 1)""",
        "the agency's own figures differ by more than rounding can explain; both are kept and shown",
        limit=f"differences of up to {HALF} for each rounded figure",
    )


def _parts_sum_to_total() -> Check:
    return none_found(
        "parts_sum_to_total",
        "warning",
        "figures",
        f"""
        with parts as (
            select sheet__value, month, sum(n) as total, (select count(distinct sector__value) from {{batch}}) as parts
            from {{batch}} where is_new and sheet__value in ('monthly_region', 'monthly_sector') group by all
        ), whole as (select month, n, _locator from {{batch}} where is_new and sheet__value = 'monthly_count')
        select _locator || ' prints ' || n || ', ' || sheet__value || ' sums to ' || total as observed
        from whole join parts using (month) where abs(n - total) > {HALF} * (parts + 1)""",
        "regions and sectors are all there are; where they miss the total by more than rounding, the agency "
        "contradicts itself",
        limit=f"differences of up to {HALF} for each rounded figure",
    )


def _sectors_are_printed_alike() -> Check:
    return none_found(
        "sectors_are_printed_alike",
        "warning",
        "figures",
        """
        with twice as (
            select replace(sheet__value, 'region_', '') as list, period, month__value, sector__value,
                any_value(n) filter (where sheet__value like '%\\_region\\_sector' escape '\\') as again,
                any_value(n) filter (where sheet__value in ('monthly_sector', 'annual_sector')) as first
            from {batch} where is_new and sheet__value like '%sector' and sector__value is not null group by all)
        select list || ' ' || period || ' ' || month__value || ' ' || sector__value || ': '
            || coalesce(cast(first as text), 'nothing') || ', by region ' || coalesce(cast(again as text), 'nothing')
            as observed
        from twice where first is distinct from again""",
        "two sheets print the same sectors; only one of them is served, and it must not matter which",
        limit="0 differences",
    )


def _served(source_id: str, sheets: tuple[str, ...]) -> str:
    """Raw rows of those sheets with month and count, worked out without dbt."""
    lookups = dict(zip(LABELS, LABEL_COLUMNS, strict=True))
    return f"""
        select *, {cells.number(shape())} as n, {loads.fiscal_month()} as month
        from ({cells.labels(source_id, "cells", lookups)}) as labelled where sheet__value in {sheets}"""


def figures(source_id: str) -> str:
    """SQL for the monthly figures of places. Grain: measure, month, geography, release, file."""
    return f"""
        select {MEASURE!r} as measure_id, month, case when sector__value <> 'all' then sector__value
                when region__value <> 'all' then region__value else 'US' end as geography_id,
            _release_id as release_id, _sha256 as sha256, n as value
        from ({_served(source_id, PLACES)}) as places"""


def zeros(source_id: str) -> str:
    """SQL for every printed zero of a served month: release, file, month, locator."""
    return f"""
        select _release_id as release_id, _sha256 as sha256, month, _locator as locator
        from ({_served(source_id, (*PLACES, *DETAIL))}) as served where n = 0"""
