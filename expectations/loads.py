"""Checks that the load of every source needs, whatever it counts: labels, keys, sizes, months, revisions.

They look at a batch that ``mapped_rows`` makes: the raw rows of the release (``is_new``) and of the release that it
follows, with each label's meaning in ``<lookup>__value`` and ``part``, what is compared with what (a cut, a year
page). The source's suite adds ``series`` (what must go on month by month: a region of a cut, a table of a page),
``period`` (the fiscal or calendar year), ``month`` (DATE), ``cell`` (the key after lookups), ``n`` (the count) and
``missing`` (why there is none).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from expectations.checks import Check, expected, literal, none_found
from ingest.catalog.source import Source

# Months in which a period that both releases print can be compared: from the first period of this release on.
_SHARED = """
    shared as (
        select part, min(period) filter (where is_new) as first_period, max(month) filter (where is_new) as last_month
        from {batch} where month is not null group by part
        having bool_or(is_new) and bool_or(not is_new)
    )"""


def mapped_rows(source: Source, table: str, release_id: str, parts: Sequence[str]) -> str:
    """SQL for the rows of this release and of the one before, with the meaning of every label.

    The release before is looked for per part (``parts``, raw columns), as a release may bring one cut or one year page
    only and then says nothing of the others. Order is that of publication, so a late release is compared with what
    was published before it, not with what was known before it.
    """
    part = " || ' ' || ".join(parts) if parts else literal(table)
    rows = f"""
        select rows_of.*, {part} as part, candidate.release_id = rows_of._release_id as is_new, before.published_at
        from raw.{source.id}__{table} as rows_of
        join raw.releases as before on before.release_id = rows_of._release_id
        join raw.releases as candidate on candidate.release_id = {literal(release_id)}
        where (part, rows_of._release_id) in (
            select (compared.part, unnest([max(releases.release_id) filter (where is_candidate),
                arg_max(releases.release_id, (releases.published_at, releases.release_order))
                    filter (where not is_candidate and {published_before("releases", "newest")})]))
            from (select distinct {part} as part, _release_id, _release_id = {literal(release_id)} as is_candidate
                from raw.{source.id}__{table}) as compared
            join raw.releases as releases on releases.release_id = compared._release_id
            join raw.releases as newest on newest.release_id = {literal(release_id)}
            group by compared.part having bool_or(is_candidate))"""
    return with_meanings(source, table, rows, tuple(_lookups_of(source, table)))


def rows_until(source: Source, table: str, release_id: str) -> str:
    """SQL for the rows of this release and of all earlier ones that are loaded, with the meaning of every label."""
    rows = f"""
        select rows_of.*, {literal(table)} as part, newest.release_id = rows_of._release_id as is_new,
            releases.published_at
        from raw.{source.id}__{table} as rows_of
        join raw.releases as releases on releases.release_id = rows_of._release_id
        join raw.releases as newest on newest.release_id = {literal(release_id)}
        where newest.release_id = releases.release_id or {published_before("releases", "newest")}"""
    return with_meanings(source, table, rows, tuple(_lookups_of(source, table)))


def published_before(earlier: str, candidate: str) -> str:
    """SQL condition: the release ``earlier`` is accepted and was published before the release ``candidate``.

    An accepted release always has its number; one that is judged again from quarantine has none yet, and comes after
    all accepted ones of its day.
    """
    return f"""({earlier}.state = 'accepted' and ({earlier}.published_at < {candidate}.published_at
        or ({earlier}.published_at = {candidate}.published_at
            and ({candidate}.release_order is null or {earlier}.release_order < {candidate}.release_order))))"""


def with_meanings(source: Source, table: str, rows: str, lookups: Sequence[str]) -> str:
    """SQL for ``rows`` of a raw table, each lookup's value beside its label as ``<lookup>__value``."""
    columns = _lookups_of(source, table)
    return meanings(source.id, rows, {key: columns[key] for key in lookups})


def meanings(source_id: str, rows: str, columns: Mapping[str, str]) -> str:
    """SQL for ``rows`` with ``<lookup>__value`` of each lookup in ``columns`` (lookup: column that holds its label)."""
    values = "".join(f", {key}__lookup.value as {key}__value" for key in columns)
    joins = "".join(
        f"""
        left join raw.lookups as {key}__lookup on {key}__lookup.source_id = {literal(source_id)}
            and {key}__lookup.lookup = {literal(key)} and {key}__lookup.label = raw_row.{column}"""
        for key, column in columns.items()
    )
    return f"select raw_row.*{values} from ({rows}) as raw_row{joins}"


def cell_of(lookups: Sequence[str], *before: str) -> str:
    """SQL for the cell made of the meanings of these labels, after other SQL values if given.

    NULL when a meaning is unknown: the label check tells, the others stay silent about it.
    """
    values = [f"{lookup}__value" for lookup in lookups]
    known = " and ".join(f"{value} is not null" for value in values)
    return f"case when {known} then concat_ws(' | ', {', '.join((*before, *values))}) end"


def fiscal_month(start: int = 10) -> str:
    """SQL for the first day of the calendar month, of a fiscal year named after the calendar year in which it ends.

    From ``fiscal_year__value`` and ``month__value`` (1 to 12); NULL when one of them is no number.
    """
    month = "try_cast(month__value as integer)"
    return f"""try(make_date(try_cast(fiscal_year__value as integer) - case when {month} >= {start} then 1 else 0 end,
        {month}, 1))"""


def fiscal_years_over(start: int = 10) -> str:
    """SQL for the (part, period) pairs of fiscal years whose last month the release before printed: these are closed."""
    return f"""select distinct part, period from {{batch}}
        where not is_new and extract(month from month) = {start - 1 or 12}"""


def labels_known(source: Source, table: str) -> list[Check]:
    """Every label of this release has a meaning in the YAML (rule 3: unknown stops the source)."""
    return [
        expected(
            f"labels_known:{table}.{column}", "critical", "structure",
            "ExpectColumnValuesToNotBeNull", {"column": f"{key}__value"},
            f"a label that the lookup {key!r} does not know has no meaning yet; guessing one would make a false "
            f"figure. Add it to ingest/catalog/sources/{source.id}.yaml or reject the release",
            findings=f"""
            select {literal(column)} || ' "' || coalesce({column}, '') || '" (' || count(*) || ' rows, first at '
                || arg_min(_locator, (length(_locator), _locator)) || ')' as observed
            from {{batch}} where is_new and {key}__value is null group by {column}""",
            limit="0 unknown labels",
        )
        for key, column in _lookups_of(source, table).items()
        if source.lookups[key].required
    ]  # fmt: skip


def _lookups_of(source: Source, table: str) -> dict[str, str]:
    """Lookup name to raw column, for one raw table."""
    found = {}
    for key, lookup in source.lookups.items():
        for column in lookup.columns:
            owner, _, field = column.partition(".")
            if owner == table:
                found[key] = field
    return found


def key_is_unique(table: str, key: Sequence[str]) -> Check:
    """A file prints each cell once."""
    columns = ("_sha256", *key)
    names = ", ".join(columns)
    return expected(
        f"key_is_unique:{table}", "critical", "structure",
        "ExpectCompoundColumnsToBeUnique", {"column_list": list(columns), "ignore_row_if": "never"},
        "two rows with one key: one of them is wrong or a column that tells them apart is not read; a sum would count "
        "both",
        findings=f"""
        select string_agg(_locator, ' and ' order by length(_locator), _locator) || ' have the same key' as observed
        from {{batch}} where is_new group by {names} having count(*) > 1""",
        limit="0 repeated keys",
    )  # fmt: skip


def one_value_per_cell(table: str) -> Check:
    """After lookups, and over all files of the release, a cell has one value."""
    return none_found(
        f"one_value_per_cell:{table}",
        "critical",
        "structure",
        """
        select cell || ' is printed as ' || coalesce(cast(min(n) as text), 'nothing') || ' and '
            || coalesce(cast(max(n) as text), 'nothing') || ' (' || min(_locator) || ', ' || max(_locator) || ')'
            as observed
        from {batch} where is_new and cell is not null group by cell
        having count(*) > 1 and (min(coalesce(n, -1)) <> max(coalesce(n, -1)) or count(distinct _sha256) < count(*))""",
        "two labels with one meaning, or two files of one release, give different values for the same cell; nobody "
        "can say which one counts",
        limit="0 cells",
    )


def periods_are_plausible(table: str) -> list[Check]:
    """No absurd dates: years before 1990, years well after publication, months that are not over yet."""
    return [
        none_found(
            f"years_plausible:{table}",
            "critical",
            "plausibility",
            """
            select 'year ' || coalesce(cast(period as text), 'that cannot be read') || ' ('
                || count(*) || ' rows, first at ' || arg_min(_locator, (length(_locator), _locator)) || ')' as observed
            from {batch}
            where is_new and (period is null or period < 1990 or period > extract(year from published_at) + 2)
            group by period""",
            "a year before 1990 or more than two years after publication is an error of typing or of reading",
            limit="1990 to the year of publication + 2",
            overridable=False,
        ),
        none_found(
            f"months_not_after_publication:{table}",
            "critical",
            "plausibility",
            """
            select strftime(month, '%Y-%m') || ' (' || count(*) || ' figures, published '
                || strftime(any_value(published_at), '%Y-%m-%d') || ')' as observed
            from {batch} where is_new and n > 0 and month > published_at group by month""",
            "a figure for a month that began after the release was published cannot be a count: the date of "
            "publication is wrong (a zero or a mask for a coming month is read as not yet published)",
            limit="the month of publication",
            overridable=False,
        ),
    ]


# How far each series goes, in this release and in the one before.
_REACH = """
    reach as (
        select series, is_new, max(month) as last_month, max(period) as last_period,
            count(distinct month) filter (where period = newest) = 12 as full_last_period
        from (select *, max(period) over (partition by series, is_new) as newest
            from {batch} where n is not null and month is not null) as figures
        group by series, is_new
    )"""


def months_reached(table: str, *, older_window_allowed: bool = False) -> list[Check]:
    """The release goes as far as the one before, and has every month in between.

    A window that rolled past its first years loses nothing: months before this release's first period are not looked
    for. ``older_window_allowed``: a final file of an earlier year, printed again, is not a step backwards.
    """
    older_final = "and not (after.full_last_period and after.last_period < before.last_period)"
    exempt = older_final if older_window_allowed else ""
    return [
        none_found(
            f"reference_month_not_backwards:{table}",
            "critical",
            "completeness",
            f"""
            with {_REACH}
            select before.series || ': the release before reached ' || strftime(before.last_month, '%Y-%m')
                || ', this one ' || coalesce(strftime(after.last_month, '%Y-%m'), 'no month') as observed
            from reach as before left join reach as after on after.series = before.series and after.is_new
            where not before.is_new
                and (after.last_month is null or after.last_month < before.last_month {exempt})""",
            "a newer release that ends earlier is an older file served again, or a cut-off one",
            limit="the last month of the release before",
            measured="""
            select string_agg(part || ' reaches ' || strftime(last_month, '%Y-%m'), ', ' order by part) from (
                select part, max(month) as last_month from {batch} where is_new and n is not null group by part)""",
        ),
        none_found(
            f"no_month_lost:{table}",
            "critical",
            "completeness",
            f"""
            with {_SHARED}
            select before.series || ': ' || strftime(before.month, '%Y-%m') || ' was printed before ('
                || count(*) || ' figures)' as observed
            from {{batch}} as before join shared on shared.part = before.part
            where not before.is_new and before.n is not null
                and before.period >= shared.first_period and before.month <= shared.last_month
                and not exists (select 1 from {{batch}} as after where after.is_new and after.series = before.series
                    and after.month = before.month and after.n is not null)
            group by before.series, before.month""",
            "a month inside the window that this release spans has no figure any more; served, it would read as nobody "
            "counted",
            limit="0 months",
        ),
    ]


def totals_still_there(table: str) -> Check:
    """The totals that stood beside the months of a period stand there still: they prove the parts."""
    return none_found(
        f"totals_still_there:{table}",
        "warning",
        "completeness",
        """
        with sums as (
            select part, series, period, count(n) filter (where month is null and is_new) as after,
                count(n) filter (where month is null and not is_new) as before,
                count(n) filter (where month is not null and is_new) as months
            from {batch} where period is not null group by part, series, period)
        select series || ', ' || period || ': ' || before || ' totals were printed before, none is' as observed
        from sums where before > 0 and after = 0 and months > 0""",
        "a total that is not printed any more proves its months no more, and is not served beside their sum",
        limit="0 periods",
    )


def size_against_last(source: Source, table: str) -> list[Check]:
    """Rows in the months that both releases print, as a share; limits come from the YAML.

    Of the month in which the release before ended only the days that it could print: a series by day grows within it.
    """
    least = source.limit("rows_against_last_release_min_share")
    most = source.limit("rows_against_last_release_max_share")
    size = f"""
        with {_SHARED}, ended as (
            select part, max(time) filter (where not is_new) as last_time from {{batch}} group by part
        ), sizes as (
            select period, count(*) filter (where is_new) as after, count(*) filter (where not is_new) as before
            from {{batch}} as figures join shared using (part) join ended using (part)
            where period >= shared.first_period and time <= ended.last_time
                and (part, month) in (select (part, month) from {{batch}}
                    group by part, month having bool_or(is_new) and bool_or(not is_new))
            group by period
        ), told as (
            select *, after / before as share, period || ': ' || after || ' rows in shared months, before ' || before
                || ' (share ' || printf('%.3f', after / before) || ')' as observed
            from sizes where before > 0)"""
    measured = f"{size} select string_agg(observed, '; ' order by observed) from told"
    return [
        none_found(
            f"rows_against_last_release_min_share:{table}", least.severity, "completeness",
            f"{size} select observed from told where share < {least.limit}",
            least.reason, limit=f"{least.limit:g}", measured=measured,
        ),
        none_found(
            f"rows_against_last_release_max_share:{table}", most.severity, "plausibility",
            f"{size} select observed from told where share > {most.limit}",
            most.reason, limit=f"{most.limit:g}", measured=measured,
        ),
    ]  # fmt: skip


def no_month_skipped(table: str, series: str | None = None) -> Check:
    """Between the first and the last month stands every month, with a figure or with a mask: in each file, or series.

    ``series``: the column of the batch that tells series apart; without it, files are looked at one by one.
    """
    by, told = (series, f"{series} || ': ' || ") if series else ("_sha256", "")
    return none_found(
        f"no_month_skipped:{table}",
        "critical",
        "completeness",
        f"""
        with printed as (select distinct {by}, month from {{batch}} where is_new and month is not null),
        followed as (select *, lead(month) over (partition by {by} order by month) as next_month from printed)
        select {told}'nothing between ' || strftime(month, '%Y-%m') || ' and ' || strftime(next_month, '%Y-%m')
            as observed
        from followed where next_month > month + interval 1 month""",
        "a month without any row would be served as one in which nobody was counted",
        limit="0 months",
    )


def reclassified(table: str, attribute: str) -> Check:
    """Counts that moved from one ``attribute`` to another while the sum over it stood still: told, no revision.

    The batch has ``whole_cell``, the cell without the attribute.
    """
    return none_found(
        f"reclassified:{table}",
        "warning",
        "figures",
        f"""
        with {_SHARED}, pairs as (
            select part, period, whole_cell, cell, min({attribute}) as label,
                sum(n) filter (where is_new) as after, sum(n) filter (where not is_new) as before
            from {{batch}} join shared using (part)
            where period >= shared.first_period and month <= shared.last_month and cell is not null
            group by part, period, whole_cell, cell
        ), wholes as (
            select *, sum(after) over whole as whole_after, sum(before) over whole as whole_before
            from pairs window whole as (partition by part, period, whole_cell)
        ), gains as (
            select part, period, label, case when before is null then after else after - before end as gain
            from wholes where whole_after = whole_before and (after > before or (before is null and after > 0)))
        select part || ', ' || period || ': ' || sum(gain) || ' became ' || label || ' in ' || count(*)
            || ' cells, no sum over {attribute} changed' as observed
        from gains group by part, period, label""",
        "the agency counts the same under another name: figures by that name moved, and no revision of a count is told",
        limit="0 encounters",
    )


def closed_periods(source: Source, table: str, closed: str, *, whole: bool = False) -> list[Check]:
    """Cells of closed periods that differ from the release before: told when few, stopping when many.

    ``closed`` is SQL for the (part, period) pairs over ``{batch}`` that were closed when the release before came out.
    A cell that said nothing before (not printed, or not yet published) and has a figure now is added, not revised; the
    share is of the cells that said something before. ``whole``: what is compared is ``whole_cell``, the cell without the
    attribute by which its agency reclassifies (``reclassified`` tells of that).
    """
    most = source.limit("closed_period_changed_share")
    changes = _closed_changes(closed, whole=whole)
    measured = f"""{changes}
        select sum(revised + added + vanished) || ' of ' || sum(cells) || ' closed cells changed' from worded"""
    return [
        none_found(
            f"closed_period_revised:{table}",
            "warning",
            "figures",
            f"{changes} select observed from worded where revised + added + vanished > 0",
            "figures of a closed year changed; they are published and flagged, because a reader may have quoted the "
            "old ones",
            limit="0 cells",
            measured=measured,
        ),
        none_found(
            f"closed_period_changed_share:{table}",
            most.severity,
            "plausibility",
            f"""{changes}
            select period || ': ' || changed || ' of ' || all_cells || ' cells changed (share '
                || printf('%.3f', changed / all_cells) || ')' as observed
            from shares where changed > {most.limit} * all_cells""",
            most.reason,
            limit=f"{most.limit:g}",
            measured=measured,
        ),
    ]


def _closed_changes(closed: str, *, whole: bool) -> str:
    """SQL that compares the cells of closed periods: ``worded`` a row a period, ``shares`` what changed of it."""
    # What a cell says: its count, or that it is masked; NULL when it is not printed or not published yet.
    said = "sum(n)" if whole else "max(case when missing = 'suppressed' then missing else cast(n as text) end)"
    cell = "whole_cell" if whole else "cell"
    return f"""
        with {_SHARED}, closed as ({closed}), pairs as (
            select part, period, {cell},
                {said} filter (where is_new) as after, {said} filter (where not is_new) as before
            from {{batch}} join closed using (part, period) join shared using (part)
            where period >= shared.first_period and month <= shared.last_month and {cell} is not null
            group by part, period, {cell}
        ), told as (
            select part, period, count(*) filter (where before <> after) as revised,
                count(*) filter (where before is null and after is not null) as added,
                count(*) filter (where before is not null and after is null) as vanished, count(before) as cells
            from pairs group by part, period
        ), worded as (
            select *, part || ', ' || period || ': ' || revised || ' cells revised, ' || added || ' added, '
                || vanished || ' vanished of ' || cells as observed
            from told
        ), shares as (
            select period, sum(revised + vanished) as changed, sum(cells) as all_cells from told group by period)"""
