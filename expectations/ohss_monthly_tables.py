"""What must hold for a load of OHSS's Immigration Enforcement and Legal Processes Monthly Tables before it counts.

Publisher's page: https://ohss.dhs.gov/topics/immigration/immigration-enforcement/
immigration-enforcement-and-legal-processes-monthly-tables. One table a sheet; figures are rounded to ten one by one, X
and NA stand where there is none. Several sheets print the same total, which must then be the same figure.
"""

from __future__ import annotations

from expectations import cells, loads
from expectations.checks import Asset, Check, literal, none_found
from ingest.catalog.source import Source

MASKS = {"X": "not_applicable", "NA": "not_collected"}
HALF = 5
SECTORS_MEASURE = "us_usbp_encounters_ohss_monthly"
# Sheets that break a measure down and print the total of another sheet again.
REPEATING = (
    "swb_citizenship", "swb_family_status", "removals_agency", "removals_citizenship",
    "enforcement_returns_citizenship", "administrative_returns_citizenship",
)  # fmt: skip
REPEATING_WHOLE = ("book_outs_family_status", "book_outs_citizenship")
# Tables whose columns are all there are, so that they add up to their total; the agency says of the others (family
# status, arresting agency) that they do not.
ADDING_UP = (
    "type_region", "swb_citizenship", "nationwide_usbp", "nationwide_ofo", "swb_usbp", "cbp_one", "book_outs_agency",
    "removals_citizenship", "enforcement_returns_citizenship", "administrative_returns_citizenship",
    "chnv_beneficiaries", "chnv_travel_authorizations", "chnv_paroles",
)  # fmt: skip


def shape() -> cells.Shape:
    """Where the raw table keeps what every load is asked for; a cell of a raw-only sheet goes by its printed heads."""
    return cells.Shape(
        table="cells",
        key=("sheet", "group_head", "head", "fiscal_year", "month_label"),
        period="try_cast(fiscal_year__value as integer)",
        month=loads.fiscal_month(),
        series="case when table__value = 'raw_only' then sheet else table__value end",
        cell="""case when table__value is not null and fiscal_year__value is not null and month__value is not null then
            concat_ws(' | ', case when table__value = 'raw_only' then sheet else table__value end,
            coalesce(upper__value, group_head), coalesce(head__value, head), fiscal_year__value, month__value) end""",
        line="""case when table__value is not null then concat_ws(' | ',
            case when table__value = 'raw_only' then sheet else table__value end,
            coalesce(upper__value, group_head), coalesce(head__value, head)) end""",
        masks=MASKS,
    )


def suite(release_id: str, source: Source) -> list[Asset]:
    """The assets and checks for one release."""
    further = [
        _heads_known(source, "group_head", "upper"),
        _heads_known(source, "head", "head"),
        _one_sheet_a_table(),
        loads.no_month_skipped("cells", "series"),
        _rounded_to_ten(),
        _months_sum_to_year(),
        _columns_sum_to_total(),
        _totals_are_printed_alike(),
    ]
    return [cells.asset(source, release_id, shape(), further), _contents(source, release_id)]


def _heads_known(source: Source, column: str, lookup: str) -> Check:
    return none_found(
        f"heads_known:{column}",
        "critical",
        "structure",
        f"""
        select {literal(column)} || ' "' || {column} || '" of ' || table__value || ' (first at '
            || arg_min(_locator, (length(_locator), _locator)) || ')' as observed
        from {{batch}} where is_new and table__value <> 'raw_only' and {lookup}__value is null
        group by table__value, {column}""",
        f"a head of a served table that the lookup {lookup!r} does not know has no meaning yet. Add it to "
        f"ingest/catalog/sources/{source.id}.yaml or reject the release",
        limit="0 unknown heads",
    )


def _one_sheet_a_table() -> Check:
    return none_found(
        "one_sheet_a_table",
        "critical",
        "structure",
        """
        select table__value || ': "' || string_agg(distinct sheet, '" and "' order by sheet) || '"' as observed
        from {batch} where is_new and table__value <> 'raw_only' group by table__value
        having count(distinct sheet) > 1""",
        "two sheets with the title of one table; nobody can say which one counts",
        limit="1 sheet a table",
        measured="select count(distinct sheet) || ' sheets' from {batch} where is_new",
    )


def _rounded_to_ten() -> Check:
    return none_found(
        "rounded_to_ten",
        "warning",
        "figures",
        "select printed || ' at ' || _locator as observed from {batch} where is_new and n % 10 <> 0",
        "every cell of the workbook is rounded to ten; one that is not was printed unrounded or typed wrongly",
        limit="multiples of ten",
        measured="select count(n) || ' figures, ' || count(missing) || ' X or NA' from {batch} where is_new",
    )


def _months_sum_to_year() -> Check:
    return none_found(
        "months_sum_to_year",
        "warning",
        "figures",
        f"""
        with sums as (
            select sheet, group_head, head, period, sum(n) filter (where month is not null) as total,
                count(n) filter (where month is not null) as parts,
                max(n) filter (where month__value = 'total') as printed_total,
                min(_locator) filter (where month__value = 'total') as _locator
            from {{batch}} where is_new group by sheet, group_head, head, period)
        select _locator || ' prints ' || printed_total || ', its months sum to ' || total as observed
        from sums where parts > 0 and abs(printed_total - total) > {HALF} * (parts + 1)""",
        "more than rounding can explain, as where a month marked X stands in the year; the raw table keeps both as printed",
        limit=f"differences of up to {HALF} for each rounded figure",
    )


def _columns_sum_to_total() -> Check:
    return none_found(
        "columns_sum_to_total",
        "warning",
        "figures",
        f"""
        with sums as (
            select sheet, group_head, fiscal_year, month__value,
                sum(n) filter (where head__value <> 'total') as total,
                count(n) filter (where head__value <> 'total') as parts,
                max(n) filter (where head__value = 'total') as printed_total,
                min(_locator) filter (where head__value = 'total') as _locator
            from {{batch}} where is_new and table__value in {ADDING_UP}
            group by sheet, group_head, fiscal_year, month__value)
        select _locator || ' prints ' || printed_total || ', its columns sum to ' || total as observed
        from sums where abs(printed_total - total) > {HALF} * (parts + 1)""",
        "columns that are all there are miss their total by more than rounding: the agency contradicts itself",
        limit=f"differences of up to {HALF} for each rounded figure",
    )


def _totals_are_printed_alike() -> Check:
    return none_found(
        "totals_are_printed_alike",
        "warning",
        "figures",
        """
        with totals as (
            select case
                    when head__value = 'place:us-land-border-southwest' and upper__value = 'all' then 'southwest'
                    when head__value = 'repeat' and head ilike 'total cbp' then 'southwest'
                    when table__value like 'swb%' and measure__value = 'us_cbp_encounters_ohss'
                        and upper__value = 'all' and head__value = 'total' then 'southwest'
                    when table__value like 'book_outs%' and upper__value = 'all' and head__value = 'total'
                        then 'southwest'
                    when upper__value = 'measure:us_dhs_removals' and head__value = 'total' then 'removals'
                    when upper__value like 'measure:us_dhs_%' and head__value = 'total' then split_part(upper__value, ':', 2)
                    when table__value like 'removals%' and head__value = 'total' then 'removals'
                    when table__value like '%returns_citizenship' and head__value = 'total' then measure__value
                end as thing, fiscal_year, month__value, n, _locator
            from {batch} where is_new)
        select thing || ' ' || fiscal_year || ' ' || month__value || ': ' || min(n) || ' and ' || max(n) || ' ('
            || arg_min(_locator, n) || ', ' || arg_max(_locator, n) || ')' as observed
        from totals where thing is not null group by thing, fiscal_year, month__value having min(n) <> max(n)""",
        "several sheets print this total; one of them is served, and it must not matter which",
        limit="0 differences",
    )


def _contents(source: Source, release_id: str) -> Asset:
    query = f"""
        select listed_title, contents._locator, count(figures.title) as sheets
        from raw.{source.id}__contents as contents
        left join (select distinct title from raw.{source.id}__cells where _release_id = {literal(release_id)})
            as figures on starts_with(figures.title, listed_title || ':')
        where contents._release_id = {literal(release_id)} group by all"""
    check = none_found(
        "listed_tables_are_there",
        "warning",
        "completeness",
        "select listed_title || ' (' || _locator || ') has ' || sheets || ' sheets' as observed from {batch} "
        "where sheets <> 1",
        "the table of contents lists a table that no sheet carries: a sheet may have been lost",
        limit="1 sheet for each listed table",
        measured="select count(*) || ' tables listed' from {batch}",
    )
    return Asset(f"{source.id}_contents", query, [check])


def _served(source_id: str) -> str:
    """Raw figures of the served sheets with measure, place, month and count, worked out without dbt."""
    lookups = {
        "table": "title", "measure": "title", "place": "title", "fiscal_year": "fiscal_year", "month": "month_label",
        "upper": "group_head", "head": "head",
    }  # fmt: skip
    sector = "upper__value = 'component:usbp' and head__value like 'area:%'"
    return f"""
        select *, {cells.number(shape())} as n, {loads.fiscal_month()} as month,
            case when {sector} then '{SECTORS_MEASURE}'
                when head__value like 'measure:%' then split_part(head__value, ':', 2)
                when upper__value like 'measure:%' then split_part(upper__value, ':', 2)
                else measure__value end as measure_id,
            case when {sector} then 'usbp-sector-' || split_part(head__value, ':', 2)
                when head__value like 'place:%' then split_part(head__value, ':', 2)
                else place__value end as geography_id,
            ({sector}) or ((upper__value = 'all' or upper__value like 'measure:%') and (head__value = 'total'
                or head__value like 'place:%' or head__value like 'measure:%')) as is_whole
        from ({cells.labels(source_id, "cells", lookups)}) as labelled
        where table__value <> 'raw_only' and month__value <> 'total' and head__value <> 'repeat'
            and not (upper__value = 'all' and table__value in {REPEATING_WHOLE})
            and not (upper__value = 'all' and head__value = 'total' and table__value in {REPEATING})"""


def figures(source_id: str) -> str:
    """SQL for the monthly figures of places. Grain: measure, month, geography, release, file."""
    return f"""
        select measure_id, month, geography_id, _release_id as release_id, _sha256 as sha256, n as value
        from ({_served(source_id)}) as served where is_whole"""


def zeros(source_id: str) -> str:
    """SQL for every printed zero of a served month: release, file, month, locator."""
    return f"""
        select _release_id as release_id, _sha256 as sha256, month, _locator as locator
        from ({_served(source_id)}) as served where n = 0"""
