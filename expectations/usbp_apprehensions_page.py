"""What must hold for a load of the newsroom page's table of Border Patrol apprehensions before it counts.

Publisher's page: https://www.cbp.gov/newsroom/stats/nationwide-encounters. The page has contradicted itself before,
in a total and in its sentence on the fiscal year; either is told, and what is printed is kept.
"""

from __future__ import annotations

from expectations.cells import COUNT, NOT_DIGITS, Shape, asset, labels
from expectations.checks import Asset, Check, none_found
from ingest.catalog.source import Source

MEASURE = "us_usbp_apprehensions"
MONTH = "try(make_date(cast(fiscal_year__value as integer), cast(month__value as integer), 1))"
US_FISCAL_YEAR = "extract(year from {month}) + case when extract(month from {month}) >= 10 then 1 else 0 end"

SHAPE = Shape(
    table="cells",
    key=("heading", "group_label", "row_label", "column_label"),
    period=f"cast({US_FISCAL_YEAR.format(month=MONTH)} as integer)",
    month=MONTH,
    series="'page'",
    cell="concat_ws(' | ', place__value, kind__value, strftime(month, '%Y-%m'))",
    line="concat_ws(' | ', place__value, kind__value)",
    # Nobody has seen this page print an empty cell or a dash for anything but a month to come.
    masks={"-": "not_yet_published", "–": "not_yet_published", "": "not_yet_published"},
)


def suite(release_id: str, source: Source) -> list[Asset]:
    """The assets and checks for one release."""
    return [asset(source, release_id, SHAPE, [_no_hole(), _parts_sum_to_total(), _fiscal_year_as_said()])]


def _no_hole() -> Check:
    return none_found(
        "no_figure_missing_before_the_last_month",
        "critical",
        "completeness",
        """
        with reached as (select max(month) as last_month from {batch} where is_new and n is not null)
        select 'printed "' || printed || '" at ' || _locator as observed from {batch}, reached
        where is_new and n is null and month < last_month""",
        "a dash between printed months would be served as not yet published",
        limit="0 dashes before the last month with figures",
    )


def _parts_sum_to_total() -> Check:
    return none_found(
        "rows_sum_to_total",
        "warning",
        "figures",
        """
        with rows_of as (select group_label, column_label, kind__value, n from {batch} where is_new),
        parts as (
            select group_label, column_label, sum(n) as parts, string_agg(n, ' + ' order by kind__value desc) as words
            from rows_of where kind__value <> 'total' group by all having count(n) = count(*)
        )
        select group_label || ', ' || column_label || ': ' || words || ' = ' || parts || ', printed '
            || coalesce(cast(n as text), 'nothing') as observed
        from parts join rows_of using (group_label, column_label)
        where kind__value = 'total' and n is distinct from parts""",
        "at large and at entry are all that there is; where they do not make the printed total the page contradicts "
        "itself, and both are kept and shown",
        limit="0 differences",
    )


def _fiscal_year_as_said() -> Check:
    return none_found(
        "fiscal_year_sentence_fits_the_months",
        "warning",
        "figures",
        """
        with said as (
            select distinct period,
                unnest(regexp_extract_all(fiscal_year_sentence, 'Fiscal Year [0-9]{{4}} runs from [^.]+')) as sentence
            from {batch} where is_new and month is not null
        ), read as (
            select sentence, period, try_cast(regexp_extract(sentence, 'Fiscal Year ([0-9]{{4}})', 1) as integer) as named
            from said
        )
        select distinct '"' || sentence || '"' || case when named <> period
            then ' stands over months of fiscal ' || period else ' is not October to September' end as observed
        from read
        where named <> period or not regexp_matches(sentence,
            'from October 0?1, ' || (named - 1) || ' (to|through) September 30, ' || named)""",
        "a US fiscal year N runs from October 1, N-1 to September 30, N; the page has printed another one before. The "
        "heads of the columns date the figures, the sentence does not",
        limit="the fiscal year of the table's months",
    )


def _months(source_id: str) -> str:
    """All accepted raw cells that print a number, with the meaning of their labels."""
    columns = {"fiscal_year": "column_label", "month": "column_label", "place": "group_label", "kind": "row_label"}
    return f"""
        select _release_id as release_id, _sha256 as sha256, _locator as locator, place__value as place,
            kind__value as kind, {MONTH} as month,
            cast(regexp_replace(printed, {NOT_DIGITS}, '', 'g') as bigint) as n
        from ({labels(source_id, "cells", columns)}) as cells
        where regexp_full_match(printed, '{COUNT}')"""


def figures(source_id: str) -> str:
    """SQL for the monthly figures of the country and its land borders, worked out without dbt.

    Grain: measure, month, geography, release, file.
    """
    return f"""
        select '{MEASURE}' as measure_id, month, place as geography_id, release_id, sha256, n as value
        from ({_months(source_id)}) as months where kind = 'total'"""


def zeros(source_id: str) -> str:
    """SQL for every printed zero of a month: release, file, month, locator."""
    return f"select release_id, sha256, month, locator from ({_months(source_id)}) as months where n = 0"
