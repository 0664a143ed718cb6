"""What must hold for a load of Statistics Canada's frontier counts before it counts.

Publisher's page: https://www150.statcan.gc.ca/t1/tbl1/en/tv.action?pid=2410005301 (table 24-10-0053-01). Months as columns,
kinds of traveller as lines; a line and the lines that it is made of stand beside each other, and must agree.
"""

from __future__ import annotations

from expectations import cells
from expectations.checks import Asset, Check, none_found
from ingest.catalog.source import Source

TABLE = "cells"
TRAVELLERS, SAME_DAY, OVERNIGHT = "ca_frontier_travellers", "ca_frontier_excursionists", "ca_frontier_tourists"
WAYS = ("air", "land", "water")
PARTS: dict[str, tuple[str, ...]] = {
    "all": ("non_resident_visitors", "canadian_residents", "other_travellers"),
    "non_resident_visitors": ("us_residents", "overseas_residents"),
    "canadian_residents": ("canadian_residents_from_us", "canadian_residents_from_overseas"),
    "other_travellers": ("crew", "other_purposes"),
    "crew": ("crew_us_residents", "crew_overseas_residents", "crew_canadian_residents"),
    **{
        whole: tuple(f"{whole}_{way}" for way in WAYS)
        for whole in ("us_residents", "overseas_residents", "canadian_residents_from_us",
                      "canadian_residents_from_overseas")
    },
}  # fmt: skip
MONTH = "make_date(try_cast(year as integer), try_cast(month__value as integer), 1)"

SHAPE = cells.Shape(
    table=TABLE,
    key=("geography", "year", "month_name", "column_label", "row_label"),
    period="try_cast(year as integer)",
    month=f"try({MONTH})",
    series="measure__value || ' ' || place__value",
    cell="measure__value || ' | ' || traveller__value || ' | ' || place__value || strftime(month, ' | %Y-%m')",
    line="measure__value || ' | ' || traveller__value || ' | ' || place__value",
    masks={"...": "not_applicable"},
)


def suite(release_id: str, source: Source) -> list[Asset]:
    """The assets and checks for one release."""
    further = (_total_printed(), _lines_and_parts(), _stays_and_travellers())
    return [cells.asset(source, release_id, SHAPE, further)]


def _total_printed() -> Check:
    return none_found(
        "every_month_has_its_total",
        "critical",
        "completeness",
        f"""
        select year || ' ' || month__value || ' ' || geography as observed from {{batch}} where is_new
        group by year, month__value, geography
        having count(n) filter (where measure__value = '{TRAVELLERS}' and traveller__value = 'all') = 0""",
        "the line of all travellers is the figure served for the country; a month without it is a broken column",
        limit="1 total a month",
    )


def _lines_and_parts() -> Check:
    pairs = ", ".join(f"('{whole}', '{part}')" for whole, parts in PARTS.items() for part in parts)
    return none_found(
        "lines_are_the_sum_of_their_parts",
        "warning",
        "figures",
        f"""
        with parts as (
            select whole, place__value, measure__value, year, month__value, sum(n) as n, count(*) = count(n) as known
            from {{batch}} join (values {pairs}) as belongs (whole, member) on member = traveller__value
            where is_new group by all)
        select parts.whole || ' ' || parts.measure__value || ' ' || parts.year || '-' || parts.month__value
            || ': parts sum to ' || parts.n || ', its line prints ' || lines.n as observed
        from parts join {{batch}} as lines on lines.is_new and lines.traveller__value = parts.whole
            and lines.place__value = parts.place__value and lines.measure__value = parts.measure__value
            and lines.year = parts.year and lines.month__value = parts.month__value
        where parts.known and parts.n <> lines.n""",
        "the agency's own figures contradict each other; they are served as printed",
        limit="0 lines",
    )


def _stays_and_travellers() -> Check:
    return none_found(
        "same_day_and_overnight_are_all",
        "warning",
        "figures",
        f"""
        select traveller__value || ' ' || year || '-' || month__value || ': same-day and overnight sum to '
            || sum(n) filter (where measure__value in ('{SAME_DAY}', '{OVERNIGHT}')) || ', travellers '
            || max(n) filter (where measure__value = '{TRAVELLERS}') as observed
        from {{batch}} where is_new group by place__value, traveller__value, year, month__value
        having count(n) = 3 and sum(n) filter (where measure__value in ('{SAME_DAY}', '{OVERNIGHT}'))
            <> max(n) filter (where measure__value = '{TRAVELLERS}')""",
        "the agency's own figures contradict each other; they are served as printed",
        limit="0 lines",
    )


def _months(source_id: str) -> str:
    """All accepted raw cells that print a number, with the meaning of their labels."""
    lookups = {"place": "geography", "month": "month_name", "measure": "column_label", "traveller": "row_label"}
    return f"""
        select measure__value as measure_id, {MONTH} as month, place__value as geography_id,
            traveller__value as traveller, _release_id as release_id, _sha256 as sha256, _locator as locator,
            {cells.number(SHAPE)} as n
        from ({cells.labels(source_id, TABLE, lookups)}) as labelled"""


def figures(source_id: str) -> str:
    """SQL for the line of all travellers, worked out without dbt. Grain: measure, month, geography, release, file."""
    return f"""
        select measure_id, month, geography_id, release_id, sha256, n as value
        from ({_months(source_id)}) as months where traveller = 'all' and n is not null"""


def zeros(source_id: str) -> str:
    """SQL for every printed zero: release, file, month, locator."""
    return f"select release_id, sha256, month, locator from ({_months(source_id)}) as months where n = 0"
