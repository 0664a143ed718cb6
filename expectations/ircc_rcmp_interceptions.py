"""What must hold for a load of IRCC's pages "Asylum claims by year" before it counts.

Publisher's page: https://www.canada.ca/en/immigration-refugees-citizenship/services/refugees/asylum-claims/
asylum-claims-2023.html and its siblings, nine tables each. The RCMP table is exact; the other eight are rounded to 5
and masked with ``--``. A release may bring one year's page only: it is compared with the last page of that year and
says nothing of the others.
"""

from __future__ import annotations

from expectations import cells
from expectations.cells import COUNT
from expectations.checks import Asset, Check, listed, literal, none_found
from ingest.catalog.source import Source

RCMP = "rcmp_interceptions"
SUMMARY = "cbsa_summary"

# Also "2,680" in literal quotes (2018): both quotes or none.
NUMBER = f'{COUNT}|"({COUNT})"'
MASK = listed([*cells.MASKED])
BLANK = listed(("", *cells.DASHES, *cells.MASKED))

MEASURES = {
    RCMP: "ca_rcmp_interceptions", "cbsa_air": "ca_cbsa_claimants_air", "cbsa_land": "ca_cbsa_claimants_land",
    "cbsa_marine": "ca_cbsa_claimants_marine", "cbsa_ports_of_entry": "ca_cbsa_claimants_ports_of_entry",
    "cbsa_inland": "ca_cbsa_claimants_inland", SUMMARY: "ca_cbsa_claimants", "ircc_offices": "ca_ircc_claimants",
    "all_claimants": "ca_asylum_claimants",
}  # fmt: skip

# A figure rounded to 5 may be 2.5 away from the true one, a masked one is 0 to 5; a printed 0 is a real zero.
ROUNDING = 2.5
MASKED_UP_TO = 5


SHAPE = cells.Shape(
    table="cells",
    key=("page_year", "language", "caption", "row_label", "column_label"),
    period="try_cast(page_year as integer)",
    month="try(make_date(try_cast(page_year as integer), try_cast(month__value as integer), 1))",
    series="part || ' ' || table__value",
    cell=f"""case when table__value is not null and month__value is not null and place__value is not null
        and (table__value <> '{SUMMARY}' or office__value is not null)
        then concat_ws(' | ', part, table__value, case when table__value = '{SUMMARY}' then office__value
            else place__value end, month__value) end""",
    line=f"""case when place__value is not null and (table__value <> '{SUMMARY}' or office__value is not null)
        then concat_ws(' | ', table__value, case when table__value = '{SUMMARY}' then office__value
            else place__value end) end""",
    # The totals of a year too.
    is_cell="true",
    parts=("page_year", "language"),
    masks={**cells.MASKED, **dict.fromkeys(("", *cells.DASHES), "not_yet_published")},
    # The RCMP table is exact: a mask there is no mask, and ``mask_only_where_rounded`` tells it.
    missing=f"""case when printed in ({MASK}) and table__value <> '{RCMP}' then 'suppressed'
        when printed in ({BLANK}) then 'not_yet_published' end""",
    number=NUMBER,
    # A zero under a month to come counts nobody yet.
    zero_waits=True,
    located="page_year || ' ' || _locator",
    # A year is closed once the page of the next year exists, be it in this release or in an earlier one.
    closed="""select distinct part, period from {batch}
        where period < (select greatest(max(period), max(newest_year_before)) from {batch})""",
    # The page of a year that has just begun prints no figure yet.
    may_be_absent=True,
)
# The rows and columns that sum up others.
TOTALS = {
    "is_year_total": "month__value = 'total'",
    "is_total_row": f"""case when table__value = '{SUMMARY}' then office__value = 'all'
        else row_label ilike 'total%' end""",
}


def suite(release_id: str, source: Source) -> list[Asset]:
    """The assets and checks for one release."""
    newest = f"""(select max(extract(year from last_month)) from raw.releases
        where source_id = {literal(source.id)} and state = 'accepted')"""
    further = [
        _offices_known(), _no_month_skipped(), _mask_only_where_rounded(), _rounded_to_five(), *_totals_against_parts(),
    ]  # fmt: skip
    read = cells.asset(source, release_id, SHAPE, further, {**TOTALS, "newest_year_before": newest})
    return [read, _pages(source, release_id)]


def _offices_known() -> Check:
    return none_found(
        "offices_known",
        "critical",
        "structure",
        f"""
        select 'row "' || row_label || '" of "' || caption || '"' as observed from {{batch}}
        where is_new and table__value = '{SUMMARY}' and office__value is null group by row_label, caption""",
        "the rows of the summary table are offices; one that the lookup 'office' does not know has no meaning yet",
        limit="0 unknown offices",
    )


def _no_month_skipped() -> Check:
    return none_found(
        "no_month_skipped:cells",
        "warning",
        "completeness",
        """
        with reached as (
            select part, table__value, max(month) as last_month from {batch}
            where is_new and n is not null and month is not null group by part, table__value
        ), printed as (
            select part, table__value, month, count(n) as figures,
                count(*) filter (where missing = 'suppressed') as masked
            from {batch} where is_new and month is not null group by part, table__value, month
        ), due as (
            select part, table__value, last_month, cast(unnest(generate_series(
                date_trunc('year', last_month), cast(last_month as timestamp), interval 1 month)) as date) as month
            from reached)
        select due.part || ' ' || due.table__value || ': nothing for ' || strftime(due.month, '%Y-%m') || ', while '
            || strftime(last_month, '%Y-%m') || ' is printed' as observed
        from due left join printed using (part, table__value, month)
        where figures is null or figures + masked = 0""",
        "months are printed one after the other; a hole before the last printed month looks like a lost column and is "
        "served as not yet published",
        limit="0 months",
    )


def _mask_only_where_rounded() -> Check:
    return none_found(
        "mask_only_where_rounded",
        "critical",
        "figures",
        f"""
        with reached as (
            select part, max(month) as last_month from {{batch}}
            where is_new and table__value = '{RCMP}' and n is not null group by part)
        select printed || ' at ' || page_year || ' ' || _locator as observed
        from {{batch}} as cells join reached on reached.part = cells.part
        where is_new and table__value = '{RCMP}' and n is null and printed in ({MASK})
            and (is_year_total or month < last_month)""",
        "RCMP figures are exact and never masked: a mask between printed months would be served as 'not yet published'",
        limit="0 masks in the RCMP table before its last printed month",
    )


def _rounded_to_five() -> Check:
    return none_found(
        "rounded_to_five",
        "warning",
        "figures",
        f"""
        select printed || ' at ' || page_year || ' ' || _locator as observed from {{batch}}
        where is_new and table__value <> '{RCMP}' and n % 5 <> 0""",
        "the eight tables of claimants are rounded to 5; a figure that is not was printed unrounded or typed wrongly",
        limit="multiples of 5",
        measured=f"""
        select count(n) || ' figures, ' || count(*) filter (where missing = 'suppressed') || ' masked'
        from {{batch}} where is_new and table__value <> '{RCMP}'""",
    )


def _totals_against_parts() -> list[Check]:
    """Printed totals against the sum of their parts: exact in the RCMP table, within rounding in the others."""
    bounds = f"""
        sum(case when missing = 'suppressed' then 0 when n = 0 or table__value = '{RCMP}' then n
            else n - {ROUNDING} end) as at_least,
        sum(case when missing = 'suppressed' then {MASKED_UP_TO} when n = 0 or table__value = '{RCMP}' then n
            else n + {ROUNDING} end) as at_most,
        sum(n) as parts"""
    outside = f"""
        abs(parts - total) > 0 and (total + case when table__value = '{RCMP}' then 0 else {ROUNDING} end < at_least
            or total - case when table__value = '{RCMP}' then 0 else {ROUNDING} end > at_most)"""
    rows = f"""
        with parts as (
            select part, table__value, month__value, {bounds} from {{batch}}
            where is_new and not is_total_row and table__value <> '{SUMMARY}' group by all
            -- A column in which only some places are published yet does not contradict its total.
            having count(*) filter (where missing = 'not_yet_published') = 0
        ), totals as (
            select part, table__value, month__value, column_label, n as total from {{batch}}
            where is_new and is_total_row and table__value <> '{SUMMARY}' and n is not null)
        select part || ' ' || table__value || ' ' || column_label || ': rows sum to ' || parts || ', total row prints '
            || total as observed
        from parts join totals using (part, table__value, month__value) where {outside}"""
    months = f"""
        with parts as (
            select part, table__value, row_label, {bounds} from {{batch}}
            where is_new and not is_year_total group by all
        ), totals as (
            select part, table__value, row_label, n as total from {{batch}}
            where is_new and is_year_total and n is not null)
        select part || ' ' || table__value || ' ' || row_label || ': months sum to ' || parts || ', Total prints '
            || total as observed
        from parts join totals using (part, table__value, row_label) where {outside}"""
    checks = []
    for words, findings, is_total in (
        ("rows_sum_to_total", rows, "is_total_row"), ("months_sum_to_year", months, "is_year_total"),
    ):  # fmt: skip
        for table, chosen in (("rcmp", f"table__value = '{RCMP}'"), ("rounded", f"table__value <> '{RCMP}'")):
            checks.append(
                none_found(
                    f"{words}:{table}",
                    "warning",
                    "figures",
                    f"{findings} and {chosen}",
                    "the agency's own figures contradict each other; both the printed total and the parts are kept and "
                    "shown",
                    limit="0 differences" if table == "rcmp" else "differences within rounding and masking",
                    measured=f"""select count(n) || ' totals' from {{batch}} where is_new and {is_total} and {chosen}
                        having count(n) > 0""",
                )
            )
    return [*checks, _summary_repeats_tables()]


def _summary_repeats_tables() -> Check:
    return none_found(
        "summary_repeats_tables",
        "warning",
        "figures",
        f"""
        with summary as (
            select part, month__value, column_label, office__value, printed, n from {{batch}}
            where is_new and table__value = '{SUMMARY}' and office__value <> 'all'
        ), totals as (
            select part, month__value, replace(table__value, 'cbsa_', '') as office__value, printed, n from {{batch}}
            where is_new and is_total_row and table__value like 'cbsa%' and table__value <> '{SUMMARY}')
        select part || ' ' || office__value || ' ' || column_label || ': its table prints ' || totals.printed
            || ', the summary ' || summary.printed as observed
        from summary join totals using (part, month__value, office__value) where summary.n is distinct from totals.n""",
        "the summary repeats the total rows of five tables; where it does not, the agency contradicts itself",
        limit="0 differences",
    )


def _pages(source: Source, release_id: str) -> Asset:
    """One row per page and table of this release and of the one before."""
    query = f"""
        select part, is_new, table__value, count(distinct caption) as captions, string_agg(distinct caption, '" and "'
            order by caption) as named, count(distinct row_label) filter (where is_total_row) as total_rows
        from ({cells.typed(source, release_id, SHAPE, TOTALS)}) as cells group by all"""
    return Asset(f"{source.id}_pages", query, [*_tables_of_a_page(source), *_total_rows()])


def _tables_of_a_page(source: Source) -> list[Check]:
    """The tables that a page promises are there, each once."""
    found = source.limit("tables_found")
    return [
        none_found(
            "rcmp_table_on_every_page",
            "critical", "completeness",
            f"""
            select part || ' has no RCMP table' as observed from {{batch}} where is_new group by part
            having count(*) filter (where table__value = '{RCMP}') = 0""",
            "the table of interceptions is what the source is read for",
            limit="1 table a page",
            measured="select count(distinct part) || ' pages' from {batch} where is_new",
        ),
        none_found(
            "captions_are_different",
            "critical", "structure",
            """
            select part || ' ' || table__value || ': "' || named || '"' as observed from {batch}
            where is_new and table__value is not null and captions > 1""",
            "two tables of one page mean the same; nobody can say which one counts",
            limit="1 caption a table",
        ),
        none_found(
            "no_table_lost",
            "critical", "completeness",
            """
            select part || ': ' || table__value as observed from {batch} where table__value is not null
            group by part, table__value having bool_and(not is_new)""",
            "a table that the page of this year printed before is gone: a changed caption or a cut-off page",
            limit="the tables of the page before",
        ),
        none_found(
            "tables_found", found.severity, "completeness",
            f"""
            select part || ': ' || count(distinct table__value) || ' tables' as observed from {{batch}} where is_new
            group by part having count(distinct table__value) < {found.limit}""",
            found.reason, limit=f"{found.limit:g}",
        ),
    ]  # fmt: skip


def _total_rows() -> list[Check]:
    """Each table has one total row: its figure is the published one."""
    return [
        none_found(
            "one_total_row_a_table",
            "critical",
            "structure",
            """
            select part || ' ' || table__value || ': ' || max(total_rows) filter (where is_new) || ' total rows' as observed
            from {batch} where table__value is not null group by part, table__value
            having max(total_rows) filter (where is_new) > 1 or (max(total_rows) filter (where is_new) = 0
                and max(total_rows) filter (where not is_new) > 0)""",
            "the total row is the published figure: with two nobody knows which one, and one that was printed before and "
            "is gone was read as something else",
            limit="1 total row",
        ),
        none_found(
            "total_row_printed",
            "warning",
            "structure",
            """
            select part || ' ' || table__value as observed from {batch}
            where is_new and table__value is not null and total_rows = 0""",
            "without a total row there is nothing to hold the parts against, and the total served is a computed one",
            limit="1 total row",
        ),
    ]


def _months(source_id: str) -> str:
    """All raw cells that print a number for a month, with the meaning of their labels."""
    lookups = {"table": "caption", "month": "column_label", "place": "row_label", "office": "row_label"}
    month = "make_date(try_cast(page_year as integer), try_cast(month__value as integer), 1)"
    return f"""
        select _release_id as release_id, _sha256 as sha256, _locator as locator, table__value as table_name,
            {month} as month, place__value as place, office__value as office,
            {cells.number(SHAPE)} as n
        from ({cells.labels(source_id, "cells", lookups)}) as mapped
        inner join raw.releases as releases on releases.release_id = _release_id
        where month__value <> 'total' and regexp_full_match(printed, '{NUMBER}')
            -- A zero under a month to come is no count.
            and not (regexp_full_match(printed, '0+') and releases.published_at < {month})"""


def figures(source_id: str) -> str:
    """SQL for the monthly figures that each page gives, worked out without dbt.

    Grain: measure, month, geography, release, file. The summary table gives its total row; its other rows are detail.
    """
    measures = " ".join(f"when {literal(table)} then {literal(measure)}" for table, measure in MEASURES.items())
    return f"""
        select case table_name {measures} end as measure_id, month, place as geography_id, release_id, sha256,
            n as value
        from ({_months(source_id)}) as months where table_name <> '{SUMMARY}' or office = 'all'"""


def zeros(source_id: str) -> str:
    """SQL for every printed zero of a month: release, file, month, locator."""
    return f"select release_id, sha256, month, locator from ({_months(source_id)}) as months where n = 0"
