"""What must hold for a scraped table of CBP's southwest border dashboard before it counts.

Publisher's page: https://www.cbp.gov/newsroom/stats/southwest-land-border-encounters. The dashboard works its subtotals
out of the rows that it shows, so in a whole scrape every one of them is the sum of its detail; where one is not, rows
were lost on the way (the two scrapes of 2022-02-08 lack 48 and 40 rows, and differ from each other).
"""

from __future__ import annotations

from itertools import product

from expectations import cells, loads
from expectations.cbp_southwest_encounters import MONTH_WORDS, WHOLE
from expectations.checks import Asset, Check, expected, none_found
from ingest.catalog.source import Source

TABLE = "cells"
KEY = (
    "fiscal_year_value", "month_abbv_value", "citizenship_grouping", "component", "demographic", "title_of_authority",
)  # fmt: skip
# Also 74.0, 58.00 and 7.000 (September 2022): a fixed width in which the decimals are all zero. Thousands have commas, and
# a 7.000 that meant seven thousand would show in the subtotals.
NUMBER = f"({cells.COUNT})([.]0{{1,3}})?"
GRAND_TOTAL = " and ".join(f"{lookup}__value = 'all'" for lookup in WHOLE)
DETAIL = " and ".join(f"{lookup}__value <> 'all'" for lookup in WHOLE)

SHAPE = cells.Shape(
    table=TABLE,
    key=KEY,
    period="try_cast(fiscal_year__value as integer)",
    month=loads.fiscal_month(),
    series="component",
    cell=loads.cell_of(WHOLE, MONTH_WORDS),
    line=loads.cell_of(WHOLE),
    printed="encounter_count",
    # No figure: the dashboard's word for it, and the empty cell of September and October 2022.
    masks={"%null%": "not_listed", "": "not_listed"},
    number=NUMBER,
    closed=loads.fiscal_years_over(),
)


def suite(release_id: str, source: Source) -> list[Asset]:
    """The assets and checks for one release."""
    further = [
        loads.no_month_skipped(TABLE), *_value_and_alias_agree(), _every_month_has_its_total(), _whole_cube(),
    ]  # fmt: skip
    return [cells.asset(source, release_id, SHAPE, further)]


def _value_and_alias_agree() -> list[Check]:
    return [
        expected(
            f"value_and_alias_agree:{field}", "critical", "structure",
            "ExpectColumnPairValuesToBeEqual", {"column_A": f"{field}_value", "column_B": f"{field}_alias"},
            "the dashboard's field and what it shows for it name the same month; where they do not, one of them is read "
            "from another row",
            findings=f"""
            select fiscal_year_value || ' ' || month_abbv_value || ' is shown as ' || fiscal_year_alias || ' '
                || month_abbv_alias || ' at ' || _locator as observed
            from {{batch}} where is_new and {field}_value is distinct from {field}_alias""",
            limit="0 rows",
        )
        for field in ("fiscal_year", "month_abbv")
    ]  # fmt: skip


def _every_month_has_its_total() -> Check:
    return none_found(
        "every_month_has_its_total",
        "critical",
        "completeness",
        f"""
        select strftime(month, '%Y-%m') || ': ' || count(n) filter ({GRAND_TOTAL}) || ' grand totals' as observed
        from {{batch}} where is_new and month is not null group by month having count(n) filter ({GRAND_TOTAL}) <> 1""",
        "the row that says `all` four times is the month's published figure",
        limit="1 grand total a month",
    )


def _whole_cube() -> Check:
    """Every subtotal that the detail gives is printed, and is its sum."""
    sums = " union all ".join(_subtotals(folded) for folded in product((False, True), repeat=len(WHOLE)) if any(folded))
    values = ", ".join(f"{lookup}__value" for lookup in WHOLE)
    return none_found(
        "subtotals_are_the_sums_of_their_detail",
        "critical",
        "completeness",
        f"""
        with detail as (select month, {values}, n from {{batch}} where is_new and month is not null and {DETAIL}),
        expected as ({sums}),
        printed as (
            select month, {values}, n from {{batch}} where is_new and month is not null and not ({DETAIL})
        ), compared as (
            select *, expected.n as by_detail, printed.n as by_table
            from expected full join printed using (month, {values})
        )
        select strftime(month, '%Y-%m') || ' ' || concat_ws(' | ', {values}) || ': printed '
            || coalesce(cast(by_table as text), 'nothing') || ', the detail gives '
            || coalesce(cast(by_detail as text), 'nothing') as observed
        from compared where by_detail is distinct from by_table""",
        "the dashboard works its subtotals out of the rows that it shows: a difference means that the scrape lost rows",
        limit="0 subtotals",
        measured=f"select count(*) || ' subtotals' from {{batch}} where is_new and not ({DETAIL})",
    )


def _subtotals(folded: tuple[bool, ...]) -> str:
    """SQL for the sums of the detail over the folded breakdowns, which then say ``all``."""
    pairs = list(zip(WHOLE, folded, strict=True))
    columns = ", ".join(f"'all' as {lookup}__value" if fold else f"{lookup}__value" for lookup, fold in pairs)
    return f"select month, {columns}, sum(n) as n from detail group by all"


def figures(source_id: str) -> str:
    """SQL for the monthly figures that each table prints, worked out without dbt.

    Grain: measure, month, geography, release, file: the grand total of a month.
    """
    return f"""
        select 'us_cbp_southwest_encounters_dashboard' as measure_id, month,
            'us-land-border-southwest' as geography_id, release_id, sha256, n as value
        from ({_dated(source_id)}) as dated where {GRAND_TOTAL}"""


def zeros(source_id: str) -> str:
    """SQL for every printed zero, subtotals too: release, file, month, locator."""
    return f"select release_id, sha256, month, locator from ({_dated(source_id)}) as dated where n = 0"


def _dated(source_id: str) -> str:
    columns = {
        "fiscal_year": "fiscal_year_value", "month": "month_abbv_value", "component": "component",
        "demographic": "demographic", "citizenship": "citizenship_grouping", "authority": "title_of_authority",
    }  # fmt: skip
    return f"""
        select *, _release_id as release_id, _sha256 as sha256, _locator as locator, {loads.fiscal_month()} as month,
            {cells.number(SHAPE)} as n
        from ({cells.labels(source_id, TABLE, columns)}) as mapped"""
