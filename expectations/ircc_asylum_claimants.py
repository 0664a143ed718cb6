"""What must hold for a load of IRCC's workbooks of asylum claimants before it counts.

Publisher's page: https://open.canada.ca/data/en/dataset/b6cbcf4d-f763-4924-a2fb-8cc4a06e3de4. Eight workbooks, each
compared with the last one of its kind; figures rounded to 5, small ones masked with ``--``, every total row repeated in
seven of them. A release may bring one workbook only and says nothing of the others.
"""

from __future__ import annotations

from expectations import cells, loads
from expectations.checks import Asset, Check, expected, literal, none_found
from ingest.catalog.source import Source

DIMENSIONS = ("province", "office", "gender", "age", "citizenship")
TABLES = ("cells", "migration")
MEASURE = "ca_ircc_asylum_claimants_odp"
MASKS = cells.MASKED
FIRST_OF_MONTH = "try(make_date(try_cast(year as integer), try_cast(month__value as integer), 1))"

CELLS = cells.Shape(
    table="cells",
    key=("workbook", *DIMENSIONS, "year", "column_label"),
    period="try_cast(year as integer)",
    month=FIRST_OF_MONTH,
    series="workbook",
    cell="""case when place__value is not null and office__value is not null and gender__value is not null
        and age__value is not null and citizenship__value is not null then concat_ws(' | ', workbook, place__value,
        office__value, gender__value, age__value, citizenship__value, year, month__value) end""",
    line=loads.cell_of(("place", "office", "gender", "age", "citizenship"), "workbook"),
    parts=("workbook",),
    masks=MASKS,
    may_be_absent=True,
)
# By year only: no month, so that everything which goes month by month passes over it.
MIGRATION = cells.Shape(
    table="migration",
    key=("province_of_claim", "province_of_address", "column_label"),
    period="try_cast(left(migration_period__value, 4) as integer)",
    month="cast(null as date)",
    series="'migration'",
    cell="cast(null as text)",
    masks=MASKS,
    may_be_absent=True,
)

# A figure rounded to 5 may be 2.5 away from the true one, a masked one is 0 to 5; a printed 0 is a real zero.
ROUNDING = 2.5
MASKED_UP_TO = 5
BOUNDS = f"""
    sum(case when missing = 'suppressed' or n = 0 then 0 else n - {ROUNDING} end) as at_least,
    sum(case when missing = 'suppressed' then {MASKED_UP_TO} when n = 0 then 0 else n + {ROUNDING} end) as at_most,
    coalesce(cast(sum(n) as text), 'masks only') as parts"""
OUTSIDE = f"(total + {ROUNDING} < at_least or total - {ROUNDING} > at_most)"


def suite(release_id: str, source: Source) -> list[Asset]:
    """The assets and checks for one release."""
    monthly = [
        _no_month_skipped(), *_as_of(), _rounded_to_five("cells"), _rows_sum_to_total(), *_months_sum_to_totals(),
        _workbooks_agree(),
    ]  # fmt: skip
    yearly = [_rounded_to_five("migration"), _addresses_sum_to_total()]
    return [
        _files(source, release_id),
        cells.asset(source, release_id, CELLS, monthly),
        cells.asset(source, release_id, MIGRATION, yearly),
    ]


def _files(source: Source, release_id: str) -> Asset:
    """One row per file of the release with its number of figures."""
    rows = " union all ".join(
        f"select _sha256 as sha256, printed from raw.{source.id}__{table} where _release_id = {literal(release_id)}"
        for table in TABLES
    )
    query = f"""
        select files.file_name, count(figures.printed) as figures
        from raw.release_files as files
        left join (select * from ({rows}) as cells where regexp_matches(printed, '[0-9]')) as figures using (sha256)
        where files.release_id = {literal(release_id)} group by files.file_name"""
    check = expected(
        "every_file_has_rows", "critical", "completeness",
        "ExpectColumnValuesToBeBetween", {"column": "figures", "min_value": 1},
        "a workbook without any figure is a broken extract, not a quiet month",
        findings="select file_name || ' brought no figure' as observed from {batch} where figures = 0",
        limit="at least 1 figure a workbook",
        measured="select count(*) || ' workbooks, ' || sum(figures) || ' figures' from {batch}",
        rows={},
    )  # fmt: skip
    return Asset(f"{source.id}_files", query, [check])


def _no_month_skipped() -> Check:
    return none_found(
        "no_month_skipped:cells",
        "critical",
        "completeness",
        """
        with printed as (select distinct workbook, month from {batch} where is_new and month is not null),
        due as (
            select workbook, cast(unnest(generate_series(cast(min(month) as timestamp), cast(max(month) as timestamp),
                interval 1 month)) as date) as month
            from printed group by workbook)
        select workbook || ': no column for ' || strftime(month, '%Y-%m') as observed
        from due anti join printed using (workbook, month)""",
        "a workbook prints every month from its first to its last; a column that is not there was lost on the way",
        limit="0 months",
    )


def _as_of() -> list[Check]:
    dates = """
        with told as (
            select workbook, as_of, max(month) as last_month, any_value(published_at) as published_at,
                cast(try_strptime(
                    regexp_replace(replace(as_of, ',', ''), '([0-9])(st|nd|rd|th)', '\\1'),
                    ['%B %d %Y', '%b %d %Y', '%d %B %Y', '%Y-%m-%d']
                ) as date) as day
            from {batch} where is_new group by workbook, as_of)
        select workbook || ': as of "' || as_of || '"' """
    return [
        none_found(
            "as_of_is_a_date_before_publication",
            "critical",
            "plausibility",
            dates + "as observed from told where day is null or day > published_at",
            "the footnote says up to when the data go; a date that cannot be read, or lies after publication, means "
            "that the one or the other is read wrongly",
            limit="a date, not after publication",
            measured="""
            select string_agg(distinct as_of, ', ' order by as_of) from {batch} where is_new""",
        ),
        none_found(
            "as_of_is_in_the_last_month",
            "warning",
            "plausibility",
            dates
            + """|| ', last month ' || strftime(last_month, '%Y-%m') as observed
            from told where last_month <> date_trunc('month', day)""",
            "the data end with the last printed month; another date in the footnote was left there from another month",
            limit="a day of the last printed month",
        ),
    ]


def _rounded_to_five(table: str) -> Check:
    return none_found(
        f"rounded_to_five:{table}",
        "warning",
        "figures",
        "select printed || ' at ' || _locator as observed from {batch} where is_new and n % 5 <> 0",
        "every figure of these workbooks is rounded to 5; one that is not was printed unrounded or typed wrongly",
        limit="multiples of 5",
        measured="""
        select count(n) || ' figures, ' || count(*) filter (where missing = 'suppressed') || ' masked'
        from {batch} where is_new""",
    )


def _rows_sum_to_total() -> Check:
    """Rows of a block against its total row, and total rows against the grand total."""
    return none_found(
        "rows_sum_to_total:cells",
        "warning",
        "figures",
        f"""
        with levels as (
            select *,
                case when workbook = 'office_province' then nullif(office__value, 'all')
                    when workbook in ('province_gender', 'province_age') then nullif(place__value, 'CA')
                    else nullif(citizenship__value, 'all') end as block,
                case when workbook = 'province_gender' then nullif(gender__value, 'all')
                    when workbook = 'province_age' then nullif(age__value, 'all')
                    when workbook like 'citizenship_office%' then nullif(office__value, 'all')
                    else nullif(place__value, 'CA') end as row_in_block
            from {{batch}} where is_new
        ), parts as (
            select workbook, year, column_label, case when row_in_block is not null then block end as block, {BOUNDS}
            from levels where block is not null
            group by workbook, year, column_label, case when row_in_block is not null then block end
        ), totals as (
            select workbook, year, column_label, block, n as total, _locator from levels
            where row_in_block is null and n is not null)
        select workbook || ' ' || year || ' ' || column_label || ' ' || coalesce(parts.block, 'total')
            || ': rows sum to ' || parts || ', the total row prints ' || total || ' (' || _locator || ')' as observed
        from totals join parts using (workbook, year, column_label)
        where parts.block is not distinct from totals.block and {OUTSIDE}""",
        "the agency's own figures contradict each other beyond rounding and masking; both are kept and shown",
        limit="differences within rounding and masking",
    )


def _months_sum_to_totals() -> list[Check]:
    row = "workbook, place__value, office__value, gender__value, age__value, citizenship__value, year"
    checks = []
    for kind, of_kind, period in (
        ("quarter", "month__value like 'q%'", "'q' || extract(quarter from month)"),
        ("year", "month__value = 'year'", "'year'"),
    ):
        checks.append(
            none_found(
                f"months_sum_to_{kind}:cells",
                "warning",
                "figures",
                f"""
                with totals as (
                    select {row}, month__value, n as total, _locator, column_label from {{batch}}
                    where is_new and {of_kind} and n is not null
                ), parts as (
                    select {row}, {period} as month__value, {BOUNDS}
                    from {{batch}} where is_new and month is not null group by all)
                select workbook || ' ' || year || ' ' || column_label || ' at ' || _locator || ': months sum to '
                    || parts || ', printed is ' || total as observed
                from totals join parts using ({row}, month__value) where {OUTSIDE}""",
                "the agency's own figures contradict each other beyond rounding and masking; both are kept and shown",
                limit="differences within rounding and masking",
            )
        )
    return checks


def _workbooks_agree() -> Check:
    return none_found(
        "workbooks_agree_on_the_total",
        "warning",
        "figures",
        """
        select year || ' ' || month__value || ': ' || string_agg(workbook || ' ' || coalesce(printed, ''), ', '
            order by workbook) as observed
        from {batch} where is_new and place__value = 'CA' and office__value = 'all' and gender__value = 'all'
            and age__value = 'all' and citizenship__value = 'all'
        group by year, month__value having count(distinct n) > 1""",
        "every workbook repeats the total of Canada; where two differ, they were not made from the same data, and the "
        "workbook by office is the one that is served",
        limit="0 differences",
        measured="select count(distinct workbook) || ' workbooks' from {batch} where is_new",
    )


def _addresses_sum_to_total() -> Check:
    return none_found(
        "rows_sum_to_total:migration",
        "warning",
        "figures",
        f"""
        with rows_of as (
            select province_of_claim, province_of_address, column_label, n, missing, _locator from {{batch}} where is_new
        ), parts as (
            select province_of_claim, column_label, {BOUNDS} from rows_of where province_of_address <> ''
            group by province_of_claim, column_label
        ), totals as (
            select province_of_claim, column_label, n as total, _locator from rows_of
            where province_of_address = '' and n is not null)
        select province_of_claim || ' ' || column_label || ': rows sum to ' || parts || ', the total row prints '
            || total || ' (' || _locator || ')' as observed
        from totals join parts using (province_of_claim, column_label) where {OUTSIDE}""",
        "the agency's own figures contradict each other beyond rounding and masking",
        limit="differences within rounding and masking",
    )


def _months(source_id: str) -> str:
    """All raw cells that print a count for a month, with the meaning of their labels."""
    columns = {"month": "column_label", "place": "province", "office": "office", "gender": "gender"}
    return f"""
        select *, {FIRST_OF_MONTH} as month_of_claim, {cells.number(CELLS)} as n
        from ({cells.labels(source_id, "cells", columns)}) as labelled
        where try_cast(month__value as integer) is not null and {cells.number(CELLS)} is not null"""


def figures(source_id: str) -> str:
    """SQL for the monthly figures that the workbooks give, worked out without dbt.

    Grain: measure, month, geography, release, file. Canada from the workbook by office, provinces from that by gender.
    """
    return f"""
        select {literal(MEASURE)} as measure_id, month_of_claim as month, place__value as geography_id,
            _release_id as release_id, _sha256 as sha256, n as value
        from ({_months(source_id)}) as months
        where (workbook = 'office_province' and office__value = 'all')
            or (workbook = 'province_gender' and gender__value = 'all' and place__value <> 'CA')"""


def zeros(source_id: str) -> str:
    """SQL for every printed zero of a month: release, file, month, locator."""
    return f"""
        select _release_id as release_id, _sha256 as sha256, month_of_claim as month, _locator as locator
        from ({_months(source_id)}) as months where n = 0"""
