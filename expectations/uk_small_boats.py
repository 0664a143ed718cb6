"""What must hold for a load of the weekly workbook "Small boats - time series" before it counts.

Publisher's page: https://www.gov.uk/government/publications/migrants-detected-crossing-the-english-channel-in-small-boats
A file is the whole series by day (SB_01) and by week (SB_02); a day left out would make a month too small, so no hole
between the first and the last day is allowed. A printed 0 is a count, ``-`` is a figure that was not collected then.
"""

from __future__ import annotations

from expectations.cells import Shape, asset, labels
from expectations.checks import Asset, Check, literal, none_found
from ingest.catalog.source import Source

SHAPE = Shape(
    table="cells",
    key=("sheet", "day", "column_label"),
    period="try_cast(year_label as integer)",
    month="try(make_date(try_cast(year_label as integer), try_cast(month__value as integer), 1))",
    series="part || ' ' || measure__value",
    cell="sheet__value || ' | ' || measure__value || ' | ' || day",
    line="sheet__value || ' | ' || measure__value",
    time="try_cast(day as date)",
    parts=("sheet",),
    masks={"-": "not_collected"},
)
WEEKLY = ("uk_small_boat_migrants_prevented", "uk_small_boat_events_prevented")


def suite(release_id: str, source: Source) -> list[Asset]:
    """The assets and checks for one release."""
    checks = [_no_day_skipped(), _reaches_as_far(), _days_over(), _weeks_sum_of_days()]
    return [asset(source, release_id, SHAPE, checks), _sheets(source, release_id)]


def _sheets(source: Source, release_id: str) -> Asset:
    """What this workbook and the one before count by days and by weeks."""
    query = f"""
        select distinct lookups.value as kind, _release_id = {literal(release_id)} as is_new
        from raw.{source.id}__cells join raw.lookups as lookups on lookups.lookup = 'sheet' and label = sheet"""
    check = none_found(
        "no_sheet_lost", "critical", "completeness",
        "select kind || ' figures were printed before' as observed from {batch} group by kind having not bool_or(is_new)",
        "early workbooks have no sheet of weeks; one that was there before and is gone was lost",
        limit="the sheets of the release before",
    )  # fmt: skip
    return Asset(f"{source.id}_sheets", query, [check])


def _no_day_skipped() -> Check:
    return none_found(
        "no_day_skipped", "critical", "completeness",
        """
        with days as (select distinct sheet__value as kind, cast(day as date) as day from {batch} where is_new),
        followed as (select *, lead(day) over (partition by kind order by day) as next_day from days)
        select kind || ': after ' || day || ' comes ' || next_day as observed from followed
        where next_day is not null and next_day <> day + case kind when 'daily' then 1 else 7 end""",
        "a day (or week) without a row is not a day on which nobody came; the month around it would be served too small",
        limit="every day, every seventh day",
        measured="select min(day) || ' to ' || max(day) from {batch} where is_new",
    )  # fmt: skip


def _reaches_as_far() -> Check:
    return none_found(
        "reference_day_not_backwards", "critical", "completeness",
        """
        select part || ': from ' || min(day) filter (where is_new) || ' to ' || max(day) filter (where is_new)
            || ', the release before from ' || min(day) filter (where not is_new) || ' to '
            || max(day) filter (where not is_new) as observed
        from {batch} group by part
        having max(day) filter (where is_new) < max(day) filter (where not is_new)
            or min(day) filter (where is_new) > min(day) filter (where not is_new)""",
        "every file is the whole series: one that begins later or ends earlier is an older file, or a cut-off one",
        limit="the first and the last day of the release before",
    )  # fmt: skip


def _days_over() -> Check:
    return none_found(
        "days_before_publication", "critical", "plausibility",
        """
        select sheet || ' prints ' || count(*) || ' figures of ' || day || ', published '
            || cast(any_value(published_at) as text) as observed
        from {batch} where is_new and n is not null and cast(day as date) > published_at group by sheet, day""",
        "a figure, also a 0, of a day that was not over is no count",
        limit="the day of publication", overridable=False,
    )  # fmt: skip


def _weeks_sum_of_days() -> Check:
    return none_found(
        "weeks_sum_of_days", "warning", "figures",
        """
        with weeks as (
            select measure__value as measure, cast(day as date) as day, n from {batch}
            where is_new and sheet__value = 'weekly' and n is not null),
        days as (
            select measure__value as measure, cast(day as date) as day, n from {batch}
            where is_new and sheet__value = 'daily' and n is not null)
        select weeks.measure || ' of the week to ' || weeks.day || ': days sum to ' || sum(days.n) || ', printed '
            || weeks.n as observed
        from weeks join days on days.measure = weeks.measure and days.day between weeks.day - 6 and weeks.day
        group by weeks.measure, weeks.day, weeks.n having count(*) = 7 and sum(days.n) <> weeks.n""",
        "the weekly sheet repeats the daily one; where it does not, the agency contradicts itself",
        limit="0 differences",
    )  # fmt: skip


def _cells(source_id: str) -> str:
    mapped = labels(source_id, "cells", {"sheet": "sheet", "measure": "column_label"})
    return f"""
        select measure__value as measure_id, sheet__value as sheet_kind, cast(day as date) as day,
            cast(date_trunc('month', cast(day as date)) as date) as month, try_cast(replace(printed, ',', '') as bigint) as n,
            _release_id as release_id, _sha256 as sha256, _locator as locator
        from ({mapped}) as cells"""


def figures(source_id: str) -> str:
    """SQL for the monthly figures: the sum of the days where every day of the month prints a count, else no figure."""
    return f"""
        select measure_id, month, 'GB' as geography_id, release_id, sha256,
            case when count(n) = extract(day from last_day(month)) then cast(sum(n) as bigint) end as value
        from ({_cells(source_id)}) as days where sheet_kind = 'daily'
        group by measure_id, month, release_id, sha256"""


def zeros(source_id: str) -> str:
    """SQL for every printed zero that counts: of days, and of weeks where only the weekly sheet prints the figure."""
    weekly = ", ".join(map(literal, WEEKLY))
    return f"""
        select release_id, sha256, month, locator from ({_cells(source_id)}) as cells
        where n = 0 and (sheet_kind = 'daily' or measure_id in ({weekly}))"""
