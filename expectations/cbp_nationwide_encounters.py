"""What must hold for a load of CBP's Nationwide Encounters (cuts ``-state`` and ``-aor``) before it counts.

Publisher's page: https://www.cbp.gov/document/stats/nationwide-encounters. ``Month Grouping`` flips as the year goes on
and is no part of the key; renamed categories are compared by what they mean, so a rename is no revision.
"""

from __future__ import annotations

from expectations import cells, loads
from expectations.checks import Asset, Check, literal, none_found
from ingest.catalog.source import Source

TABLES = {
    "state": (
        "fiscal_year", "month_grouping", "month_abbv", "land_border_region", "state", "demographic", "citizenship",
        "title_of_authority", "encounter_count",
    ),
    "aor": (
        "fiscal_year", "month_grouping", "month_abbv", "component", "land_border_region", "area_of_responsibility",
        "aor_abbv", "demographic", "citizenship", "title_of_authority", "encounter_type", "encounter_count",
    ),
}  # fmt: skip
NO_KEY = ("month_grouping", "encounter_count")
# Lookups whose values make a cell; the abbreviation of an area only repeats the area.
CELL = {
    "state": ("region", "state", "demographic", "citizenship", "authority"),
    "aor": ("component", "region", "area", "demographic", "citizenship", "authority", "encounter_type"),
}
# Also 9584.0, as a southwest file of the same agency prints whole numbers.
COUNT = f"""case when regexp_full_match(trim(encounter_count), '({cells.COUNT})([.]0)?')
    then cast(cast(regexp_replace(encounter_count, {cells.NOT_DIGITS}, '', 'g') as double) as bigint) end"""
# What both cuts print, so what they can be reconciled on.
IN_BOTH = ("region", "demographic", "citizenship", "authority")


def suite(release_id: str, previous: str | None, source: Source) -> list[Asset]:
    """The assets and checks for one release.

    ``previous`` is not used: the two cuts can have different predecessors, which ``loads.mapped_rows`` finds.
    """
    return [
        loads.columns_as_expected(source, TABLES),
        _release(source, release_id),
        *(_cut(source, table, release_id) for table in TABLES),
        _both_cuts(source, release_id),
    ]


def _release(source: Source, release_id: str) -> Asset:
    rows = " union all ".join(f"select _sha256, _release_id from raw.{source.id}__{table}" for table in TABLES)
    query = f"""
        select files.file_name, count(rows_of._sha256) as rows_read
        from raw.release_files as files left join ({rows}) as rows_of
            on rows_of._sha256 = files.sha256 and rows_of._release_id = files.release_id
        where files.release_id = {literal(release_id)} group by files.file_name"""
    check = none_found(
        "every_file_has_rows",
        "critical",
        "select file_name || ' brought no row' as observed from {batch} where rows_read = 0",
        "a file with a header and nothing below it is a broken extract, not a quiet month",
        limit="at least 1 row a file",
        measured="select string_agg(file_name || ' ' || rows_read || ' rows', ', ' order by file_name) from {batch}",
    )
    return Asset("release_files", query, [check])


def _cut(source: Source, table: str, release_id: str) -> Asset:
    start = source.coverage.fiscal_year_start
    cell = loads.cell_of(CELL[table], "strftime(month, '%Y-%m')")
    query = f"""
        select *, part || ' ' || region__value as series,
            case when month is not null then {cell} end as cell
        from (
            select *, try_cast(fiscal_year__value as integer) as period,
                {COUNT} as n,
                cast(null as text) as missing,
                {loads.fiscal_month(start)} as month
            from ({loads.mapped_rows(source, table, release_id, ())}) as mapped
        ) as dated"""
    checks = [
        *loads.labels_known(source, table),
        _whole_counts(table),
        loads.key_is_unique(table, [column for column in TABLES[table] if column not in NO_KEY]),
        loads.one_value_per_cell(table),
        *loads.periods_are_plausible(table, "fiscal year"),
        _fiscal_years_start_at_the_start(table, start),
        loads.no_month_skipped(table),
        *loads.months_reached(table, older_window_allowed=True),
        *loads.size_against_last(source, table),
        *loads.closed_periods(source, table, loads.fiscal_years_over(start)),
    ]
    return Asset(f"{source.id}_{table}", query, checks)


def _whole_counts(table: str) -> Check:
    return none_found(
        f"counts_are_whole_numbers:{table}",
        "critical",
        """
        select 'printed "' || coalesce(encounter_count, '') || '" at ' || _locator as observed
        from {batch} where is_new and n is null""",
        "encounters are counted one by one: a sign, a fraction, a word or nothing there means that the column is not "
        "what it was, and guessing would make a false figure",
        limit="digits, with commas only where they part thousands",
    )


def _fiscal_years_start_at_the_start(table: str, start: int) -> Check:
    return none_found(
        f"window_starts_with_a_fiscal_year:{table}",
        "warning",
        f"""
        select 'the first month is ' || strftime(min(month), '%Y-%m') as observed from {{batch}} where is_new
        having extract(month from min(month)) <> {start}""",
        "the agency's window is whole fiscal years; one that starts later was cut",
        limit="first month of a fiscal year",
    )


def _both_cuts(source: Source, release_id: str) -> Asset:
    """State and area of responsibility are the same encounters, so all totals that both can give agree."""
    lookups = ("fiscal_year", "month", *IN_BOTH)
    values = ", ".join(f"{lookup}__value" for lookup in lookups)
    rows = {
        table: f"select * from raw.{source.id}__{table} where _release_id = {literal(release_id)}" for table in TABLES
    }
    cuts = " union all ".join(
        f"""select '{table}' as cut, {values}, sum({COUNT}) as n
        from ({loads.with_meanings(source, table, rows[table], lookups)}) as mapped group by all"""
        for table in TABLES
    )
    check = none_found(
        "both_cuts_agree",
        "warning",
        f"""
        with totals as (
            select {values}, coalesce(sum(n) filter (where cut = 'state'), 0) as by_state,
                coalesce(sum(n) filter (where cut = 'aor'), 0) as by_area
            from {{batch}} group by all
        ), held as (select count(distinct cut) = 2 as both_here from {{batch}})
        select 'fiscal ' || fiscal_year__value || ' ' || region__value || ': ' || count(*)
            || ' totals differ, by state ' || sum(by_state) || ', by area ' || sum(by_area) as observed
        from totals, held where both_here and by_state <> by_area group by fiscal_year__value, region__value""",
        "the two files count the same encounters; where they do not agree the agency contradicts itself, and both "
        "figures are kept",
        limit="0 totals",
        measured=f"""
        select count(distinct ({values})) || ' totals in ' || string_agg(distinct cut, ' and ' order by cut)
        from {{batch}}""",
    )
    return Asset(f"{source.id}_both_cuts", cuts, [check])


def _dated(source_id: str, table: str) -> str:
    """All accepted raw rows of a cut with the meaning of the labels that make a monthly figure."""
    place, column = ("state", "state") if table == "state" else ("area", "area_of_responsibility")
    lookups = {"fiscal_year": "fiscal_year", "month": "month_abbv", "region": "land_border_region", place: column}
    return f"""
        select _release_id as release_id, _sha256 as sha256, _locator as locator, {loads.fiscal_month()} as month,
            region__value as region, {place}__value as place, {COUNT} as n
        from ({cells.labels(source_id, table, lookups)}) as mapped"""


def figures(source_id: str) -> str:
    """SQL for the monthly figures that each file gives, worked out without dbt.

    Grain: measure, month, geography, release, file. The country, states and border regions come from ``-state``,
    sectors and field offices from ``-aor``.
    """
    given = "'us_cbp_encounters' as measure_id, month"
    return f"""
        select {given}, 'US' as geography_id, release_id, sha256, sum(n) as value
        from ({_dated(source_id, "state")}) as dated group by all
        union all
        select {given}, region, release_id, sha256, sum(n) from ({_dated(source_id, "state")}) as dated
        where region <> 'other' group by all
        union all
        select {given}, place, release_id, sha256, sum(n) from ({_dated(source_id, "state")}) as dated group by all
        union all
        select {given}, place, release_id, sha256, sum(n) from ({_dated(source_id, "aor")}) as dated group by all"""


def zeros(source_id: str) -> str:
    """SQL for every printed zero: release, file, month, locator."""
    return " union all ".join(
        f"select release_id, sha256, month, locator from ({_dated(source_id, table)}) as dated where n = 0"
        for table in TABLES
    )
