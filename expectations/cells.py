"""The suite of a source whose parser hands over printed cells: what differs between such sources is data, not code.

A source's own module says in a ``Shape`` where year, month, place and figure stand in its raw table, what its masks
mean and when a period is closed; ``asset`` makes the checks of it. What only that source can be asked (totals against
parts, captions, subtotals) it adds as further checks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from expectations import loads, plausibility
from expectations.checks import NEW, Asset, Check, expected, literal, none_found
from ingest.catalog.source import Source

# A count as agencies print it: 46, "3,066", "3 066" (also with no-break blanks), at most 15 digits, and nothing that
# only looks like one. Exactly what staging reads: what passed here and stayed unread there would fail the whole build.
COUNT = "[0-9]{1,15}|[0-9]{1,3}(,[0-9]{3}){1,4}|[0-9]{1,3}([\u0020\u00a0\u202f][0-9]{3}){1,4}"
# A dash however it was typed (the same as staging's); two of them are the agencies' mask.
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2212"
MASKED = {2 * dash: "suppressed" for dash in DASHES}
NOT_DIGITS = """'[",\u0020\u00a0\u202f]'"""


@dataclass(frozen=True)
class Shape:
    """Where a raw table of printed cells keeps what every load is asked for; SQL is over one mapped raw row.

    Attributes:
        table: the raw table, without the source's name.
        key: the columns under which a file prints a cell once.
        period: SQL for the year (calendar or fiscal) as an integer, NULL when it cannot be read.
        month: SQL for the first day of the calendar month, NULL for totals of a longer period.
        series: SQL for what must go on month by month (a table, a region of a file).
        cell: SQL for the cell after lookups; it must be NULL when a label is unknown (the label check tells).
        is_cell: SQL condition of rows that are compared as cells: those of a month, unless totals are to be as well.
        parts: raw columns that tell what is compared with what between releases (a year page, a workbook).
        printed: the column with the printed figure.
        masks: what a cell may hold instead of a count, and the reason that it stands for.
        missing: SQL for that reason where the masks alone do not give it.
        number: a regular expression that a printed count matches fully.
        zero_waits: whether a zero under a month that had not begun at publication is no count yet.
        located: SQL for where a cell is, in words.
        closed: SQL for the (part, period) pairs over ``{batch}`` that were closed when the release before came out.
        older_window_allowed: whether a final file of an earlier year may come again (see ``loads.months_reached``).
        may_be_absent: whether a release may bring no figure of this table, but of another or of a time to come.
        reclassified_by: the column of an attribute that the agency has changed without changing counts, if any; closed
            periods are then compared on ``whole_cell``.
        whole_cell: SQL for the cell without that attribute.
        line: SQL for what a cell is about but for its time: what is followed from month to month, and from release to
            release. Without it nothing is asked of how a figure fits those beside it.
        time: SQL for the step along which a line runs: the month, or the day.
        past_in_other_releases: whether a release speaks of one time only (a quarter, a week), so that its lines' past
            stands in the earlier ones (see ``past``).
    """

    table: str
    key: tuple[str, ...]
    period: str
    month: str
    series: str
    cell: str
    is_cell: str = "month is not null"
    parts: tuple[str, ...] = ()
    printed: str = "printed"
    masks: Mapping[str, str] = field(default_factory=dict)
    missing: str | None = None
    number: str = COUNT
    zero_waits: bool = False
    located: str = "_locator"
    closed: str = """select distinct part, period from {batch} where not is_new
        and period < (select max(period) from {batch} where not is_new)"""
    older_window_allowed: bool = False
    may_be_absent: bool = False
    reclassified_by: str | None = None
    whole_cell: str = "cast(null as text)"
    line: str | None = None
    time: str = "month"
    past_in_other_releases: bool = False


def asset(
    source: Source,
    release_id: str,
    shape: Shape,
    further: Sequence[Check] = (),
    columns: Mapping[str, str] = MappingProxyType({}),
) -> Asset:
    """Labels, counts, keys, months, size and revisions of one load, and the source's ``further`` checks.

    Args:
        source: whose load it is.
        release_id: the release that is judged.
        shape: where its table keeps what is asked for.
        further: what only this source can be asked.
        columns: SQL over a typed row for further columns that those checks and ``shape.closed`` read, by name.
    """
    table = shape.table
    checks = [
        *loads.labels_known(source, table),
        *([] if shape.may_be_absent else [_has_rows(shape)]),
        _counts_readable(shape),
        loads.key_is_unique(table, shape.key),
        loads.one_value_per_cell(table),
        *loads.periods_are_plausible(table),
        *loads.months_reached(table, older_window_allowed=shape.older_window_allowed),
        loads.totals_still_there(table),
        *loads.size_against_last(source, table),
        *loads.closed_periods(source, table, shape.closed, whole=shape.reclassified_by is not None),
        *([loads.reclassified(table, shape.reclassified_by)] if shape.reclassified_by else []),
        *_plausible(source, shape),
        *further,
    ]
    return Asset(f"{source.id}_{table}", typed(source, release_id, shape, columns), checks)


def _plausible(source: Source, shape: Shape) -> list[Check]:
    if shape.line is None:
        return []
    if shape.past_in_other_releases:
        return plausibility.against_last(source, shape.table)
    return plausibility.checks(source, shape.table, daily=shape.time != "month")


def past(source: Source, release_id: str, shape: Shape) -> Asset:
    """The lines of a release that brings no past of its own, after those of all earlier ones that are loaded."""
    rows = loads.rows_until(source, shape.table, release_id)
    query = f"""
        select * from ({typed(source, release_id, replace(shape, parts=()), rows=rows)}) as typed
        qualify row_number() over (partition by line, time, is_new order by published_at desc, _locator) = 1"""
    return Asset(f"{source.id}_{shape.table}_past", query, plausibility.past_checks(source, shape.table))


def typed(
    source: Source,
    release_id: str,
    shape: Shape,
    columns: Mapping[str, str] = MappingProxyType({}),
    rows: str | None = None,
) -> str:
    """SQL for the rows of this release and of the one before with ``n, missing, period, month, series, cell``.

    ``rows``: other raw rows than those, with their labels' meanings.
    """
    reasons = " ".join(f"when {literal(mask)} then {literal(reason)}" for mask, reason in shape.masks.items())
    by_mask = f"case trim({shape.printed}) {reasons} end" if reasons else "cast(null as text)"
    added = "".join(f", {sql} as {name}" for name, sql in columns.items())
    mapped = rows or loads.mapped_rows(source, shape.table, release_id, shape.parts)
    rows = f"""
        select *, {shape.period} as period, {shape.month} as month, {number(shape)} as n,
            {shape.missing or by_mask} as missing
        from ({mapped}) as mapped"""
    counted = _zeros_that_wait(rows) if shape.zero_waits else rows
    return f"""
        select *, {shape.series} as series,
            case when {shape.is_cell} then {shape.cell} end as cell,
            case when {shape.is_cell} then {shape.whole_cell} end as whole_cell,
            {shape.line or "cast(null as text)"} as line, {shape.time} as time{added}
        from ({counted}) as typed"""


def _zeros_that_wait(rows: str) -> str:
    """SQL for rows in which a zero under a month to come is not yet published."""
    waits = "n = 0 and coalesce(month > published_at, false)"
    return f"""
        select * replace (
            case when {waits} then null else n end as n,
            case when {waits} then 'not_yet_published' else missing end as missing)
        from ({rows}) as printed"""


def number(shape: Shape) -> str:
    """SQL for the count that a cell prints, NULL when it prints none."""
    return (
        f"case when regexp_full_match(trim({shape.printed}), '{shape.number}') then "
        f"cast(cast(regexp_replace({shape.printed}, {NOT_DIGITS}, '', 'g') as double) as bigint) end"
    )


def _has_rows(shape: Shape) -> Check:
    return none_found(
        f"every_file_has_rows:{shape.table}",
        "critical",
        "completeness",
        "select 'no figure of any month was read' as observed from {batch} having count(n) filter (where is_new) = 0",
        "a file without any figure is a broken extract, not a quiet month",
        limit="at least 1 figure",
        measured="select count(n) filter (where is_new) || ' figures' from {batch}",
    )


def _counts_readable(shape: Shape) -> Check:
    told = ", ".join(each or "nothing" for each in shape.masks) or "no mask"
    return expected(
        f"counts_are_whole_numbers:{shape.table}", "critical", "structure",
        "ExpectColumnValuesToNotBeNull", {"column": "n"},
        "a cell holds a whole number or one of the marks that this source uses; a sign, a fraction or a word means that "
        "the file is read wrongly or says something new",
        findings=f"""
        select 'printed "' || coalesce({shape.printed}, '') || '" at ' || {shape.located} as observed
        from {{batch}} where is_new and n is null and missing is null""",
        limit=f"a count, or {told}",
        rows={**NEW, "missing": None},
    )  # fmt: skip


def labels(source_id: str, table: str, columns: Mapping[str, str], rows: str | None = None) -> str:
    """SQL for accepted raw rows with ``<lookup>__value`` of each lookup in ``columns`` (lookup: raw column).

    For the audit of the marts, which works figures out without dbt.
    """
    mapped = loads.meanings(source_id, rows or f"select * from raw.{source_id}__{table}", columns)
    return f"""{mapped}
        where raw_row._release_id in (select release_id from raw.releases where state = 'accepted')"""
