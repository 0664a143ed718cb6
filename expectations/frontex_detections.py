"""What must hold for a load of Frontex's monthly detections before it counts.

Publisher's page: https://www.frontex.europa.eu/what-we-do/monitoring-and-risk-analysis/migratory-map/. A rectangle of
series by months, every cell filled; the notes say of which day the data are.
"""

from __future__ import annotations

from expectations import cells, loads
from expectations.checks import Asset, Check, literal, none_found
from ingest.catalog.source import Source

MEASURE = "eu_frontex_detections"
UNION = "EU"
LOOKUPS = {
    "route": "route", "border_type": "border_type", "citizenship": "nationality", "month": "month_label",
    "fiscal_year": "month_label",
}  # fmt: skip
MONTH = "try(make_date(cast(fiscal_year__value as integer), cast(month__value as integer), 1))"


def shape() -> cells.Shape:
    """Where the raw table keeps what every load is asked for."""
    return cells.Shape(
        table="cells",
        key=("route", "border_type", "nationality", "month_label"),
        period="try_cast(fiscal_year__value as integer)",
        month=MONTH,
        series="route__value",
        cell=loads.cell_of(("route", "border_type", "citizenship", "fiscal_year", "month")),
        line=loads.cell_of(("route", "border_type", "citizenship")),
    )


def suite(release_id: str, source: Source) -> list[Asset]:
    """The assets and checks for one release."""
    further = [loads.no_month_skipped("cells", "series"), _every_month_has_detections()]
    return [cells.asset(source, release_id, shape(), further), _notes(source, release_id)]


def _every_month_has_detections() -> Check:
    """Guards against a month that is laid out before its figures came: a column of zeros reads as a border at rest."""
    return none_found(
        "every_month_has_detections",
        "critical",
        "plausibility",
        """
        select strftime(month, '%Y-%m') || ': all ' || count(*) || ' series print 0' as observed
        from {batch} where is_new group by month having sum(n) = 0""",
        "in no month since 2009 was nobody detected at all: a column of zeros is a month that has not come yet",
        limit="at least one detection a month",
        measured="select count(distinct month) || ' months, ' || sum(n) || ' detections' from {batch} where is_new",
        overridable=False,
    )


def _notes(source: Source, release_id: str) -> Asset:
    """The day of the data, beside the last month that has a figure and the day of publication."""
    query = f"""
        with dated as (
            select try(strptime(regexp_extract(upper(note), 'AS OF ([0-9]{{2}}[A-Z]{{3}}[0-9]{{2}})', 1), '%d%b%y'))
                as as_of
            from raw.{source.id}__notes where _release_id = {literal(release_id)} and note ilike '%data as of%')
        select max(as_of) as as_of, count(*) as notes, any_value(releases.published_at) as published_at
        from raw.releases as releases left join dated on true
        where releases.release_id = {literal(release_id)}"""
    check = none_found(
        "day_of_the_data_is_told",
        "warning",
        "plausibility",
        """
        select coalesce('data as of ' || strftime(as_of, '%Y-%m-%d') || ', published '
            || strftime(published_at, '%Y-%m-%d'), 'no readable "data as of" in the notes') as observed
        from {batch} where as_of is null or as_of > published_at""",
        "the notes say of which day the data are; without it, or with a day after publication, the vintage is in doubt",
        limit="a day up to that of publication",
        measured="select 'data as of ' || strftime(as_of, '%Y-%m-%d') from {batch}",
    )
    return Asset(f"{source.id}_notes", query, [check])


def _counted(source_id: str) -> str:
    """Raw cells with month and count, worked out without dbt."""
    return f"""
        select *, {cells.number(shape())} as n, {MONTH} as month
        from ({cells.labels(source_id, "cells", LOOKUPS)}) as labelled"""


def figures(source_id: str) -> str:
    """SQL for the monthly figures: each route and the whole are the sum of their series. Grain: as the marts'."""
    return f"""
        select {MEASURE!r} as measure_id, month, coalesce(route__value, {UNION!r}) as geography_id,
            _release_id as release_id, _sha256 as sha256, cast(sum(n) as bigint) as value
        from ({_counted(source_id)}) as counted
        group by grouping sets ((month, route__value, _release_id, _sha256), (month, _release_id, _sha256))"""


def zeros(source_id: str) -> str:
    """SQL for every printed zero of a month: release, file, month, locator."""
    return f"""
        select _release_id as release_id, _sha256 as sha256, month, _locator as locator
        from ({_counted(source_id)}) as counted where n = 0"""
