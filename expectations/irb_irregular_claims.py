"""What must hold for a load of the IRB's page on claims by irregular border crossers before it counts.

Publisher's page: https://irb-cisr.gc.ca/en/statistics/Pages/irregular-border-crossers-countries.aspx. One release is one
period from the start of 2017 to a quarter's end, so cells are compared with an earlier print of the same quarter only;
what a new quarter is held against are the totals of the quarter before.
"""

from __future__ import annotations

from expectations import cells, loads
from expectations.checks import Asset, Check, literal, none_found
from ingest.catalog.source import Source

TABLE = "cells"
PREFIX = "ca_irb_irregular_"
OUTCOMES = ("accepted", "rejected", "abandoned", "withdrawn_other")
MEASURES = ("intake", *OUTCOMES, "finalized", "pending")
MONTH = "make_date(try_cast({year} as integer), try_cast({month} as integer), 1)"

SHAPE = cells.Shape(
    table=TABLE,
    key=("row_label", "column_label"),
    period="try_cast(period_to_year as integer)",
    month=f"try({MONTH.format(year='period_to_year', month='month__value')})",
    series="part || ' ' || measure__value",
    cell="part || ' | ' || measure__value || ' | ' || country__value",
    line="measure__value || ' | ' || country__value",
    past_in_other_releases=True,
    parts=("period_to_year", "period_to_month"),
    masks=cells.MASKED,
    # The quarters of a year are closed once one of a later year is published.
    closed="""select distinct part, period from {batch}
        where period < (select max(extract(year from newest_month_before)) from {batch})""",
)


def suite(release_id: str, source: Source) -> list[Asset]:
    """The assets and checks for one release."""
    newest = {"newest_month_before": f"({_before(source.id, release_id, 'max(earlier.last_month)')})"}
    page = cells.asset(source, release_id, SHAPE, (*_totals_printed(), *_identities()), newest)
    return [page, cells.past(source, release_id, SHAPE), _totals_against_last(source, release_id)]


def _before(source_id: str, release_id: str, found: str) -> str:
    """SQL for one thing found among the accepted releases that were published before this one (``earlier``)."""
    return f"""
        select {found} from raw.releases as earlier, raw.releases as candidate
        where candidate.release_id = {literal(release_id)} and earlier.source_id = {literal(source_id)}
            and earlier.release_id <> candidate.release_id and {loads.published_before("earlier", "candidate")}"""


def _totals_printed() -> list[Check]:
    due = ", ".join(f"('{PREFIX}{measure}')" for measure in MEASURES)
    return [
        none_found(
            "every_column_has_its_total",
            "critical",
            "completeness",
            f"""
            select measure_id as observed from (values {due}) as due (measure_id)
            where measure_id not in (select measure__value from {{batch}}
                where is_new and country__value = 'all' and n is not null)""",
            "the row of all countries is the figure that counts, and it is never masked; without it, or without one of "
            "the seven columns, the page is not the one that this source is read for",
            limit="7 totals",
        ),
        none_found(
            "period_ends_with_a_quarter",
            "warning",
            "plausibility",
            """
            select distinct 'period to ' || period_to_month || ' ' || period_to_year as observed from {batch}
            where is_new and month is not null and extract(month from month) not in (3, 6, 9, 12)""",
            "the page came by quarters; a period that ends elsewhere yields no quarter in rpt_irb_quarters",
            limit="March, June, September or December",
        ),
    ]


def _identities() -> list[Check]:
    """What the page's own columns and rows must add up to; only where no part is masked."""
    columns = ", ".join(f"max(n) filter (where measure__value = '{PREFIX}{each}') as {each}" for each in MEASURES)
    rows = f"with printed as (select row_label, {columns} from {{batch}} where is_new group by row_label)"
    outcomes = " + ".join(OUTCOMES)
    why = "the agency's own figures contradict each other; they are served as printed, and the difference is shown"
    return [
        none_found(
            "finalized_and_pending_are_intake",
            "warning",
            "figures",
            f"""{rows} select row_label || ': finalized ' || finalized || ' and pending ' || pending || ' are '
                || (finalized + pending) || ', intake ' || intake as observed
            from printed where finalized + pending <> intake""",
            why,
            limit="0 rows",
        ),
        none_found(
            "outcomes_are_finalized",
            "warning",
            "figures",
            f"""{rows} select row_label || ': outcomes sum to ' || ({outcomes}) || ', finalized ' || finalized
                as observed
            from printed where {outcomes} <> finalized""",
            why,
            limit="0 rows",
        ),
        none_found(
            "countries_are_total",
            "warning",
            "figures",
            """
            select column_label || ': countries sum to ' || (sum(n) filter (where country__value <> 'all'))
                || ', all countries ' || max(n) filter (where country__value = 'all') as observed
            from {batch} where is_new group by column_label
            having sum(n) filter (where country__value <> 'all') > max(n) filter (where country__value = 'all')
                or (count(*) = count(n)
                    and sum(n) filter (where country__value <> 'all') <> max(n) filter (where country__value = 'all'))""",
            why,
            limit="0 columns",
        ),
    ]


def _totals_against_last(source: Source, release_id: str) -> Asset:
    """The totals of this release beside those of the newest quarter that was published before it."""
    least = source.limit("intake_against_last_release_min_share")
    month = f"try({MONTH.format(year='page.period_to_year', month='month__value')})"
    before = _before(source.id, release_id, "arg_max(earlier.release_id, earlier.last_month)")
    rows = f"select * from raw.{source.id}__{TABLE} where _release_id in ({literal(release_id)}, ({before}))"
    pages = loads.with_meanings(source, TABLE, rows, ("measure", "country", "month"))
    query = f"""
        select _release_id = {literal(release_id)} as is_new, measure__value as measure_id, {month} as month,
            {cells.number(SHAPE)} as n
        from ({pages}) as page where country__value = 'all'"""
    checks = [
        none_found(
            "quarter_not_backwards",
            "critical",
            "completeness",
            """
            select 'the release before reached ' || strftime(max(month) filter (where not is_new), '%Y-%m')
                || ', this one ' || strftime(max(month) filter (where is_new), '%Y-%m') as observed
            from {batch} having max(month) filter (where is_new) < max(month) filter (where not is_new)""",
            "a newer page that ends earlier is an older page served again",
            limit="the quarter of the release before",
            measured="select strftime(max(month) filter (where is_new), '%Y-%m') from {batch}",
        ),
        none_found(
            "intake_against_last_release_min_share",
            least.severity,
            "plausibility",
            f"""
            select 'intake ' || max(n) filter (where is_new) || ', before ' || max(n) filter (where not is_new)
                as observed
            from {{batch}} where measure_id = '{PREFIX}intake'
            having max(n) filter (where is_new) < {least.limit} * max(n) filter (where not is_new)""",
            least.reason,
            limit=f"{least.limit:g}",
        ),
        none_found(
            "running_totals_do_not_fall",
            "warning",
            "plausibility",
            f"""
            select measure_id || ': ' || max(n) filter (where is_new) || ', before ' || max(n) filter (where not is_new)
                as observed
            from {{batch}} where measure_id <> '{PREFIX}pending' group by measure_id
            having max(n) filter (where is_new) < max(n) filter (where not is_new)""",
            "a figure that runs on since 2017 can only fall by correction; the quarter by difference is negative then",
            limit="0 measures",
        ),
    ]
    return Asset(f"{source.id}_totals", query, checks)


def _months(source_id: str) -> str:
    """All accepted raw cells that print a number, with the meaning of their labels."""
    lookups = {"measure": "column_label", "country": "row_label", "month": "period_to_month"}
    return f"""
        select measure__value as measure_id, {MONTH.format(year="period_to_year", month="month__value")} as month,
            country__value as country, _release_id as release_id, _sha256 as sha256, _locator as locator,
            {cells.number(SHAPE)} as n
        from ({cells.labels(source_id, TABLE, lookups)}) as page"""


def figures(source_id: str) -> str:
    """SQL for the totals of each page, worked out without dbt. Grain: measure, month, geography, release, file."""
    return f"""
        select measure_id, month, 'CA' as geography_id, release_id, sha256, n as value
        from ({_months(source_id)}) as months where country = 'all' and n is not null"""


def zeros(source_id: str) -> str:
    """SQL for every printed zero: release, file, month, locator."""
    return f"select release_id, sha256, month, locator from ({_months(source_id)}) as months where n = 0"
