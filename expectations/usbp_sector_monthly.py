"""What must hold for a load of the Border Patrol document of fiscal 2000 to 2020 before it counts.

Publisher's page: https://www.cbp.gov/document/stats/us-border-patrol-monthly-encounters-fy-2000-fy-2020. The document
prints totals in both directions; in the edition at hand all of them add up, so one that does not is told.
"""

from __future__ import annotations

from expectations import loads
from expectations.cells import COUNT, NOT_DIGITS, Shape, asset, labels
from expectations.checks import Asset, Check, none_found
from ingest.catalog.source import Source

MEASURE = "us_usbp_encounters_fy2000_2020"
IS_MONTH = "try_cast(month__value as integer) is not null"

SHAPE = Shape(
    table="cells",
    key=("title", "row_label", "column_label"),
    period="try_cast(fiscal_year__value as integer)",
    month=f"case when {IS_MONTH} then {loads.fiscal_month()} end",
    series="'document'",
    cell="concat_ws(' | ', place__value, strftime(month, '%Y-%m'))",
    line="place__value",
    masks={"N/A": "not_collected"},
    # The document was published after all of its years were over.
    closed="select distinct part, period from {batch} where not is_new",
)


def suite(release_id: str, source: Source) -> list[Asset]:
    """The assets and checks for one release."""
    return [asset(source, release_id, SHAPE, [_all_months(), *_totals_against_parts()])]


def _all_months() -> Check:
    return none_found(
        "every_month_of_every_fiscal_year",
        "critical",
        "completeness",
        """
        with years as (select min(period) as first_year, max(period) as last_year from {batch} where is_new),
        due as (select cast(unnest(generate_series(make_date(first_year - 1, 10, 1), make_date(last_year, 9, 1),
            interval 1 month)) as date) as month from years)
        select strftime(due.month, '%Y-%m') || ' has no figure' as observed
        from due left join (select * from {batch} where is_new and n is not null) as printed using (month)
        group by due.month having count(printed.n) = 0""",
        "the document is a finished run of whole fiscal years: a page or a column that is not there was lost",
        limit="0 months between the first and the last page",
        measured="select count(distinct month) || ' months' from {batch} where is_new and month is not null",
    )


def _totals_against_parts() -> list[Check]:
    """Printed totals against the sum of what is printed for their parts, in every column and along every row."""
    parts = """
        with parts as (
            select title, column_label, part_of__value as place, sum(n) as parts from {batch}
            where is_new group by all having count(n) > 0
        ), totals as (select title, column_label, row_label, place__value as place, n from {batch} where is_new)
        select title || ', ' || row_label || ', ' || column_label || ': parts sum to ' || parts || ', printed '
            || coalesce(cast(n as text), 'nothing') as observed
        from parts join totals using (title, column_label, place) where n is distinct from parts"""
    years = """
        with months as (
            select title, row_label, sum(n) as months from {batch} where is_new and month is not null
            group by all having count(n) > 0
        ), totals as (select title, row_label, n from {batch} where is_new and month__value = 'total')
        select title || ', ' || row_label || ': months sum to ' || months || ', the yearly total prints '
            || coalesce(cast(n as text), 'nothing') as observed
        from months join totals using (title, row_label) where n is distinct from months"""
    reason = "the document's own figures contradict each other; the total and its parts are kept as printed and shown"
    return [
        none_found("rows_sum_to_total", "warning", "figures", parts, reason, limit="0 differences"),
        none_found("months_sum_to_year", "warning", "figures", years, reason, limit="0 differences"),
    ]


def _months(source_id: str) -> str:
    """All accepted raw cells that print a number for a month, with the meaning of their labels."""
    columns = {"fiscal_year": "title", "month": "column_label", "place": "row_label"}
    return f"""
        select _release_id as release_id, _sha256 as sha256, _locator as locator, place__value as place,
            {loads.fiscal_month()} as month,
            cast(regexp_replace(printed, {NOT_DIGITS}, '', 'g') as bigint) as n
        from ({labels(source_id, "cells", columns)}) as cells
        where {IS_MONTH} and regexp_full_match(printed, '{COUNT}')"""


def figures(source_id: str) -> str:
    """SQL for the monthly figures of sectors, borders and the country, worked out without dbt.

    Grain: measure, month, geography, release, file.
    """
    return f"""
        select '{MEASURE}' as measure_id, month, place as geography_id, release_id, sha256, n as value
        from ({_months(source_id)}) as months"""


def zeros(source_id: str) -> str:
    """SQL for every printed zero of a month: release, file, month, locator."""
    return f"select release_id, sha256, month, locator from ({_months(source_id)}) as months where n = 0"
