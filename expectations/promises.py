"""What each release promises and must bring: its source's rhythm, its own names and its predecessors say so (``expects:``).

What came and is wrong the suites find; this finds what did not come. Missing is a warning that is told the same night, and
critical where a wrong figure would be served: an older file under a new name.
"""

from __future__ import annotations

import re

from expectations.checks import Asset, Check, literal, none_found
from ingest.catalog.source import ExpectedLabel, NamedMonth, Source
from ingest.releases.parsers import parser_for

MONTHS = "['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']"


def assets(release_id: str, source: Source) -> list[Asset]:
    """The promises of one release that can be checked."""
    found = [_files(release_id, source)]
    if source.expects.labels:
        found += [_labels(release_id, source, each) for each in source.expects.labels]
    return found


def _files(release_id: str, source: Source) -> Asset:
    """One row per file of the release: how far it reaches, what its name says, and which earlier release held it."""
    named = source.expects.named_month
    promised = _promised(named, source.coverage.fiscal_year_start) if named else "cast(null as date)"
    query = f"""
        with reached as ({_reached(source)})
        select files.file_name, files.sha256, reached.last_month, {promised} as promised,
            (select max(last_month) from raw.releases as earlier where earlier.release_id <> files.release_id
                and earlier.state = 'accepted') as reached_before,
            (select string_agg(distinct held.release_id || ' as ' || held.file_name, ', ')
                from raw.release_files as held join raw.releases as holder using (release_id)
                where held.sha256 = files.sha256 and held.release_id <> files.release_id and exists (
                    -- Under its own name a file that stays as it is comes again with each release; one that had given
                    -- way to another is back.
                    select 1 from raw.releases as newer join raw.release_files as newest using (release_id)
                    where newer.state = 'accepted' and newer.release_id <> files.release_id
                        and newer.published_at > holder.published_at and newer.published_at <= this.published_at
                        and newest.sha256 <> files.sha256
                        and (held.file_name <> files.file_name or newest.file_name = files.file_name))
            ) as held_before
        from raw.release_files as files join raw.releases as this using (release_id) left join reached using (sha256)
        where files.release_id = {literal(release_id)}"""
    checks = [_older_file()]
    if source.expects.files:
        checks.append(_every_file(source))
    if named:
        checks.append(_month_of_name())
    return Asset(f"{source.id}_promised_files", query, checks)


def _reached(source: Source) -> str:
    """SQL for the last month of each file (sha256) for which it prints a figure that is not zero."""
    columns, start = source.coverage.reference_columns, source.coverage.fiscal_year_start
    cells = " union all ".join(
        f"select _sha256 as sha256, {columns.year} as year_label, {columns.month} as month_label, "
        f"{columns.printed} as printed from raw.{source.id}__{table}"
        for table in columns.tables
    )
    return f"""
        select sha256, max(try(make_date(y - case when {start} > 1 and m >= {start} then 1 else 0 end, m, 1))) as last_month
        from (
            select sha256, try_cast(coalesce(years.value, year_label) as integer) as y,
                try_cast(months.value as integer) as m
            from ({cells}) as cells
            left join raw.lookups as months on months.lookup = 'month' and months.label = month_label
            left join raw.lookups as years on years.lookup = 'fiscal_year' and years.label = year_label
            where regexp_matches(printed, '[1-9]')
        ) as dated group by sha256"""


def _promised(named: NamedMonth, fiscal_year_start: int) -> str:
    """SQL for the month that a file's name promises; NULL when it names no year."""
    groups = re.compile(named.match).groupindex
    year, month = (f"regexp_extract(lower(files.file_name), {_quoted(named.match)}, {groups[each]})"
                   for each in ("year", "month"))  # fmt: skip
    start = fiscal_year_start if named.fiscal else 1
    last = start - 1 or 12
    number = f"""case when {month} = '' then {last} else coalesce(try_cast({month} as integer),
        nullif(list_position({MONTHS}, {month}[1:3]), 0)) end"""
    full = f"(case when length({year}) = 2 then '20' else '' end || {year})"
    return f"""try(make_date(try_cast({full} as integer) - case when {start} > 1 and {number} >= {start} then 1 else 0 end,
        {number}, 1))"""


def _every_file(source: Source) -> Check:
    wanted = " union all ".join(
        f"select {literal(each.name)} as name, {literal(each.match)} as pattern, {literal(each.reason)} as reason"
        for each in source.expects.files
    )
    return none_found(
        "every_file_came",
        "warning",
        "completeness",
        f"""
        select 'no ' || name || ' file: ' || reason as observed from ({wanted}) as wanted
        where not exists (select 1 from {{batch}} where regexp_matches(lower(file_name), pattern))""",
        "a file that every release brings is not there: its figures stay as they were, and grow old unseen",
        limit=", ".join(each.name for each in source.expects.files),
        measured="select string_agg(file_name, ', ' order by file_name) from {batch}",
    )


def _month_of_name() -> Check:
    return none_found(
        "month_of_its_name_came",
        "warning",
        "completeness",
        """
        select file_name || ' is named for ' || strftime(promised, '%Y-%m') || ', its last month is '
            || coalesce(strftime(last_month, '%Y-%m'), 'none') as observed
        from {batch} where promised is not null and last_month is distinct from promised""",
        "a file that ends elsewhere than its name says is another one, or not whole",
        limit="the month of the file's name",
        measured="""
        select string_agg(strftime(promised, '%Y-%m'), ', ' order by promised) from {batch} where promised is not null""",
    )


def _older_file() -> Check:
    return none_found(
        "no_older_file_under_a_new_name",
        "critical",
        "completeness",
        """
        select file_name || ': the same bytes are held of ' || held_before as observed
        from {batch} where held_before is not null
        union all
        select file_name || ' is named for ' || strftime(promised, '%Y-%m') || ' and ends in '
            || strftime(last_month, '%Y-%m') || '; ' || strftime(reached_before, '%Y-%m') || ' was reached before'
        from {batch} where last_month < promised and last_month < reached_before""",
        "an older file that is served as a new one takes all revisions since then back: hundreds of wrong figures",
        limit="bytes that no earlier release brought under another name, and the month of the name",
        overridable=True,
        measured="select count(*) || ' files' from {batch}",
    )


def _labels(release_id: str, source: Source, expected: ExpectedLabel) -> Asset:
    """One row per file, or table of a file, of the release: how many cells stand under the label."""
    table, _, column = expected.column.partition(".")
    if column not in parser_for(source.parser).TABLES[table]:
        message = f"{source.id}: expects a label in {expected.column}, which its parser does not read"
        raise LookupError(message)
    within = expected.within or "cast(null as text)"
    query = f"""
        select files.file_name, {within} as within_table,
            count(*) filter (where regexp_matches(trim({column}), {_quoted(expected.match)})) as labelled,
            count(*) filter (where regexp_matches(trim({column}), {_quoted(expected.once)})) as due
        from raw.{source.id}__{table} as cells
        join raw.release_files as files on files.sha256 = cells._sha256 and files.release_id = cells._release_id
        where cells._release_id = {literal(release_id)} group by all"""
    check = none_found(
        f"label_is_there:{expected.column}:{expected.match}",
        "warning",
        "completeness",
        f"""
        select file_name || coalesce(' "' || within_table || '"', '') || ' has no {column} like {expected.match}' as observed
        from {{batch}} where labelled = 0 and due > 0""",
        expected.reason,
        limit="at least one",
        measured="select count(*) || ' tables' from {batch} having count(*) > 0",
    )
    return Asset(f"{source.id}_label_{column}", query, [check])


def _quoted(pattern: str) -> str:
    """A pattern as an SQL literal of an asset's query, in which, unlike in findings, nothing is filled in."""
    return "'" + pattern.replace("'", "''") + "'"
