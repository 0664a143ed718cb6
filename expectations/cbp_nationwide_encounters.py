"""What must hold for a load of CBP's Nationwide Encounters (cuts ``-state`` and ``-aor``) before it counts.

Publisher's page: https://www.cbp.gov/document/stats/nationwide-encounters. ``Month Grouping`` flips as the year goes on
and is no part of the key; renamed categories are compared by what they mean, so a rename is no revision.
"""

from __future__ import annotations

from expectations import cells, loads
from expectations.checks import Asset, Check, expected, literal, none_found
from ingest.catalog.source import Source

# What a cut prints as a cell, by lookup: the key of its rows, but for the abbreviation of an area, which repeats it.
LABELS = {
    "state": {
        "region": "land_border_region", "state": "state", "demographic": "demographic", "citizenship": "citizenship",
        "authority": "title_of_authority",
    },
    "aor": {
        "component": "component", "region": "land_border_region", "area": "area_of_responsibility",
        "demographic": "demographic", "citizenship": "citizenship", "authority": "title_of_authority",
        "encounter_type": "encounter_type",
    },
}  # fmt: skip
KEYS = {
    "state": ("fiscal_year", "month_abbv", *LABELS["state"].values()),
    "aor": ("fiscal_year", "month_abbv", *LABELS["aor"].values(), "aor_abbv"),
}
# What both cuts print, so what they can be reconciled on.
IN_BOTH = ("region", "demographic", "citizenship", "authority")


def shape(table: str) -> cells.Shape:
    """Where a cut keeps what every load is asked for; a release may bring one of the two."""
    return cells.Shape(
        table=table,
        key=KEYS[table],
        period="try_cast(fiscal_year__value as integer)",
        month=loads.fiscal_month(),
        series="part || ' ' || region__value",
        cell=loads.cell_of(tuple(LABELS[table]), "strftime(month, '%Y-%m')"),
        line=loads.cell_of(tuple(LABELS[table])),
        printed="encounter_count",
        # Also 9584.0, as a southwest file of the same agency prints whole numbers.
        number=f"({cells.COUNT})([.]0)?",
        closed=loads.fiscal_years_over(),
        older_window_allowed=True,
        may_be_absent=True,
    )


def suite(release_id: str, source: Source) -> list[Asset]:
    """The assets and checks for one release."""
    cuts = [
        cells.asset(
            source,
            release_id,
            shape(table),
            [_fiscal_years_start_at_the_start(table), loads.no_month_skipped(table), *_abbreviations(table)],
        )
        for table in KEYS
    ]
    return [_release(source, release_id), *cuts, _both_cuts(source, release_id)]


def _release(source: Source, release_id: str) -> Asset:
    rows = " union all ".join(f"select _sha256, _release_id from raw.{source.id}__{table}" for table in KEYS)
    query = f"""
        select files.file_name, count(rows_of._sha256) as rows_read
        from raw.release_files as files left join ({rows}) as rows_of
            on rows_of._sha256 = files.sha256 and rows_of._release_id = files.release_id
        where files.release_id = {literal(release_id)} group by files.file_name"""
    check = expected(
        "every_file_has_rows", "critical", "completeness",
        "ExpectColumnValuesToBeBetween", {"column": "rows_read", "min_value": 1},
        "a file with a header and nothing below it is a broken extract, not a quiet month",
        findings="select file_name || ' brought no row' as observed from {batch} where rows_read = 0",
        limit="at least 1 row a file",
        measured="select string_agg(file_name || ' ' || rows_read || ' rows', ', ' order by file_name) from {batch}",
        rows={},
    )  # fmt: skip
    return Asset("release_files", query, [check])


def _fiscal_years_start_at_the_start(table: str) -> Check:
    return none_found(
        f"window_starts_with_a_fiscal_year:{table}",
        "warning",
        "completeness",
        """
        select 'the first month is ' || strftime(min(month), '%Y-%m') as observed from {batch} where is_new
        having extract(month from min(month)) <> 10""",
        "the agency's window is whole fiscal years; one that starts later was cut",
        limit="first month of a fiscal year",
    )


def _abbreviations(table: str) -> list[Check]:
    """An area and its abbreviation say the same twice; where one moved alone nobody knows which of them is right."""
    if table != "aor":
        return []
    check = none_found(
        "abbreviations_name_their_area",
        "warning",
        "plausibility",
        """
        with named as (select distinct area__value as area, aor_abbv, is_new from {batch} where area__value is not null),
        compared as (
            select area, string_agg(aor_abbv, ', ' order by aor_abbv) filter (where is_new) as now,
                string_agg(aor_abbv, ', ' order by aor_abbv) filter (where not is_new) as before
            from named group by area)
        select area || ' is abbreviated ' || now || coalesce(', before ' || before, '') as observed
        from compared where contains(now, ',') or now <> before""",
        "the area and its abbreviation are printed beside each other and have always gone together",
        limit="1 abbreviation an area",
        flags="""
        with before as (select distinct area__value as area, aor_abbv from {batch} where not is_new)
        select distinct _sha256, _locator from {batch} as cells
        where is_new and exists (select 1 from before where before.area = cells.area__value)
            and not exists (select 1 from before where before.area = cells.area__value
                and before.aor_abbv = cells.aor_abbv)""",
    )
    return [check]


def _both_cuts(source: Source, release_id: str) -> Asset:
    """State and area of responsibility are the same encounters, so all totals that both can give agree."""
    lookups = ("fiscal_year", "month", *IN_BOTH)
    values = ", ".join(f"{lookup}__value" for lookup in lookups)
    rows = {
        table: f"select * from raw.{source.id}__{table} where _release_id = {literal(release_id)}" for table in KEYS
    }
    cuts = " union all ".join(
        f"""select '{table}' as cut, {values}, sum({cells.number(shape(table))}) as n
        from ({loads.with_meanings(source, table, rows[table], lookups)}) as mapped group by all"""
        for table in KEYS
    )
    check = none_found(
        "both_cuts_agree",
        "warning",
        "figures",
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
        from {{batch}} having count(distinct cut) = 2""",
        when_nothing="warning",
    )
    return Asset(f"{source.id}_both_cuts", cuts, [check])


def _dated(source_id: str, table: str) -> str:
    """All accepted raw rows of a cut with the meaning of the labels that make a monthly figure."""
    place = "state" if table == "state" else "area"
    lookups = {
        "fiscal_year": "fiscal_year", "month": "month_abbv", "region": "land_border_region", place: LABELS[table][place],
    }  # fmt: skip
    return f"""
        select _release_id as release_id, _sha256 as sha256, _locator as locator, {loads.fiscal_month()} as month,
            region__value as region, {place}__value as place, {cells.number(shape(table))} as n
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
        for table in KEYS
    )
