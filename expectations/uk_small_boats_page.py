"""What must hold for a load of the page "Small boat arrivals: last 7 days" before it counts.

Publisher's page: https://www.gov.uk/government/publications/migrants-detected-crossing-the-english-channel-in-small-boats/
migrants-detected-crossing-the-english-channel-in-small-boats-last-7-days
A page speaks of the days that it prints and of no others, so each day is compared with the page before that printed the
same day. Until 2023 each week had a page of its own beside the daily one, and could be edited a month later.
"""

from __future__ import annotations

from expectations.cells import Shape, asset, labels, past
from expectations.checks import Asset, Check, literal, none_found
from ingest.catalog.source import Source

SHAPE = Shape(
    table="cells",
    key=("day", "column_label"),
    period="try_cast(year_label as integer)",
    month="try(make_date(try_cast(year_label as integer), try_cast(month__value as integer), 1))",
    series="part",
    cell="measure__value || ' | ' || day",
    line="measure__value",
    time="try_cast(day as date)",
    past_in_other_releases=True,
    parts=("day",),
)


def suite(release_id: str, source: Source) -> list[Asset]:
    """The assets and checks for one release."""
    return [
        asset(source, release_id, SHAPE, [_days_over()]),
        past(source, release_id, SHAPE),
        _days(source, release_id),
    ]


def _days_over() -> Check:
    return none_found(
        "days_before_publication", "critical", "plausibility",
        """
        select 'figures of ' || day || ', published ' || cast(any_value(published_at) as text) as observed
        from {batch} where is_new and cast(day as date) > published_at group by day""",
        "a figure, also a 0, of a day that was not over is no count",
        limit="the day of publication", overridable=False,
    )  # fmt: skip


def _days(source: Source, release_id: str) -> Asset:
    """The days of this page, and of the pages before whatever their days were."""
    query = f"""
        select cast(day as date) as day, cells._sha256 as page, cells._release_id = {literal(release_id)} as is_new,
            lower(files.file_name) like 'weekly%' as is_of_a_week
        from raw.{source.id}__cells as cells
        inner join raw.release_files as files
            on files.release_id = cells._release_id and files.sha256 = cells._sha256
        group by all"""
    checks = [
        none_found(
            "no_day_skipped", "critical", "completeness",
            """
            with followed as (select day, lead(day) over (partition by page order by day) as next_day from {batch} where is_new)
            select 'after ' || day || ' comes ' || next_day as observed from followed where next_day <> day + 1""",
            "a day without a row is not a day on which nobody came",
            limit="every day",
            measured="select min(day) || ' to ' || max(day) from {batch} where is_new",
        ),
        none_found(
            "reference_day_not_backwards", "critical", "completeness",
            """
            select 'this page reaches ' || max(day) filter (where is_new) || ', the page before '
                || max(day) filter (where not is_new) as observed
            from {batch} where not is_of_a_week having max(day) filter (where is_new) < max(day) filter (where not is_new)""",
            "a newer page that ends earlier is an older page served again",
            limit="the last day of the daily page before",
        ),
    ]  # fmt: skip
    return Asset(f"{source.id}_days", query, checks)


def figures(source_id: str) -> str:
    """The page gives no figure of a whole month."""
    return """
        select cast(null as text) as measure_id, cast(null as date) as month, cast(null as text) as geography_id,
            cast(null as text) as release_id, cast(null as text) as sha256, cast(null as bigint) as value where false"""


def zeros(source_id: str) -> str:
    """SQL for every printed zero of a day: release, file, month, locator.

    Seven-day tables overlap: of the pages that print a figure of a day, the newest one counts.
    """
    mapped = labels(source_id, "cells", {"measure": "column_label"})
    return f"""
        select release_id, sha256, month, locator
        from (
            select cells._release_id as release_id, cells._sha256 as sha256, cells._locator as locator, cells.printed,
                cast(date_trunc('month', cast(cells.day as date)) as date) as month,
                row_number() over (
                    partition by cells.day, cells.measure__value order by releases.release_order desc) as newest
            from ({mapped}) as cells
            inner join raw.releases as releases on releases.release_id = cells._release_id
            where releases.state = 'accepted')
        where newest = 1 and try_cast(printed as bigint) = 0"""
