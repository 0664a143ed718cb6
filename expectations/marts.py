"""What must hold for the marts of a candidate build before it is served.

Structure (keys, NULL with reason, releases behind each row, months, spans of validity), nothing lost against the build
being served, and an audit that does not go through dbt: every figure and every zero of the facts is worked out again
from the raw cells by SQL of the source's own suite module (``figures``, ``zeros``).
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from expectations.checks import Asset, Check, expected, listed, literal, none_found

MISSING_REASONS = (
    "not_yet_published", "not_listed", "out_of_window", "withdrawn", "suppressed", "not_collected",
    "not_applicable", "not_held", "parse_failed",
)  # fmt: skip
BREAKDOWN = (
    "cut", "component", "region", "citizenship", "demographic", "authority", "encounter_type", "office", "day",
)  # fmt: skip
# The key of each mart; columns of a key may be NULL only where named in MAY_BE_NULL.
KEYS: Mapping[str, tuple[str, ...]] = {
    "fct_crossings_monthly": ("measure_id", "month", "geography_id"),
    "fct_crossings_monthly_detail": ("measure_id", "month", "geography_id", *BREAKDOWN),
    "fct_crossings_monthly_vintages": ("measure_id", "month", "geography_id", "valid_from"),
    "fct_crossings_monthly_detail_vintages": ("measure_id", "month", "geography_id", *BREAKDOWN, "valid_from"),
    "fct_published_totals": ("measure_id", "period_kind", "period_start", "geography_id", "office"),
    "fct_revisions": ("cell_id", "grain", "release_id"),
    "rpt_release_summary": ("release_id",),
    "rpt_source_status": ("source_id",),
    "rpt_reach": ("source_id", "measure_id", "cut"),
    "rpt_claims": ("claim_id", "asked"),
    "rpt_event_windows": ("policy_event_id", "measure_id", "geography_id"),
    "rpt_reconciliation": ("pair_id", "month", "geography_id", "left_measure_id"),
    "dim_border_link": ("ca_geography_id", "us_geography_id"),
    "dim_source": ("source_id",),
    "dim_measure": ("measure_id",),
    "dim_geography": ("geography_id",),
    "dim_citizenship": ("citizenship",),
    "dim_month": ("month",),
    "dim_release": ("release_id",),
    "dim_policy_event": ("policy_event_id",),
}
MAY_BE_NULL = frozenset(BREAKDOWN)
# Without these there is nothing to serve.
REQUIRED = ("fct_crossings_monthly", "fct_crossings_monthly_vintages", "dim_measure", "dim_source", "dim_release")
FACTS = ("fct_crossings_monthly", "fct_crossings_monthly_detail")
LOGS = ("fct_crossings_monthly_vintages", "fct_crossings_monthly_detail_vintages")
SERVED = "served"


def suite(warehouse: Path, current: Path | None) -> list[Asset]:
    """The assets and checks for every mart that exists; ``current`` is attached by the runner as ``served``."""
    columns = _columns(warehouse)
    assets = [_presence(columns)]
    assets += [_mart(mart, columns[mart]) for mart in KEYS if mart in columns]
    if {*REQUIRED, *FACTS} <= set(columns):
        assets += [_log(log, fact) for log, fact in zip(LOGS, FACTS, strict=True) if {log, fact} <= set(columns)]
        assets += [_audit(source) for source in _sources(warehouse)]
        assets.append(_releases_served(columns))
    if "fct_revisions" in columns:
        assets.append(_finality())
    if "rpt_discrepancies" in columns:
        assets.append(_discrepancies())
    if "rpt_corrections" in columns:
        assets.append(_corrections())
    if "rpt_reconciliation" in columns:
        assets.append(_reconciliation())
    served = _columns(current) if current is not None else {}
    assets += [_against_served(fact) for fact in FACTS if fact in columns and fact in served]
    return assets


def _columns(warehouse: Path) -> dict[str, set[str]]:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.execute(
            "select table_name, column_name from information_schema.columns where table_schema = 'marts' "
            "order by table_name, ordinal_position"
        ).fetchall()
    found: dict[str, set[str]] = {}
    for table, column in rows:
        found.setdefault(table, set()).add(column)
    return found


def _sources(warehouse: Path) -> list[str]:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return [row[0] for row in connection.execute("select source_id from raw.sources order by 1").fetchall()]


def _presence(columns: Mapping[str, set[str]]) -> Asset:
    present = " union all ".join(f"select {literal(mart)} as mart" for mart in sorted(columns)) or (
        "select '' as mart where false"
    )
    check = expected(
        "marts_exist", "critical", "structure",
        "ExpectColumnDistinctValuesToContainSet", {"column": "mart", "value_set": list(REQUIRED)},
        "readers are promised these tables by name",
        findings=f"select mart as observed from (select unnest({list(REQUIRED)}) as mart) as wanted where mart not in "
        "(select mart from {batch})",
        limit=", ".join(REQUIRED),
        measured="select count(*) || ' marts' from {batch}",
        rows={},
    )  # fmt: skip
    return Asset("marts_present", present, [check])


def _mart(mart: str, columns: set[str]) -> Asset:
    """Key, missing values, releases, months and dimensions of one mart, over the columns needed for that only.

    A key that is no key is wrong with the build; what else is wrong with a row belongs to the row's source (``blamed``).
    """
    key = [column for column in KEYS[mart] if column in columns]
    wanted = {
        *key, "value", "missing_reason", "release_id", "source_id", "measure_id", "month", "from_value", "to_value",
        "first_value", "computed_value", "sum_of_months", "geography_id",
    } & columns  # fmt: skip
    select = ", ".join(sorted(wanted))
    checks = [*_key_not_null(mart, key), _key_unique(mart, key)]
    if {"value", "missing_reason"} <= columns:
        checks.append(_value_or_reason(mart, key))
    counted = sorted(wanted & {"value", "first_value", "computed_value", "sum_of_months", "from_value", "to_value"})
    checks += _not_negative(mart, key, counted)
    if "release_id" in columns and mart != "dim_release":
        checks.append(_release_accepted(mart))
    if "month" in columns and mart != "dim_month":
        checks.append(_months_plausible(mart))
    if {"measure_id", "source_id"} <= columns and mart != "dim_measure":
        checks.append(_measure_of_source(mart))
    return Asset(
        mart,
        f"""
        select {select},
            {_known("release_id", "raw.releases", "state", columns)},
            {_known("measure_id", "marts.dim_measure", "source_id", columns)},
            {"value is not null" if "value" in columns else "true"} as has_value,
            {_source_of(columns)} as blamed,
            (select cast(value as date) from raw.build where key = 'as_of') as as_of
        from marts.{mart} as rows_of""",
        checks,
    )


def _known(column: str, table: str, what: str, columns: set[str]) -> str:
    """A column that says what the dimension holds for this row, NULL when it holds nothing."""
    if column not in columns:
        return f"cast(null as text) as {column}_known"
    return (
        f"(select max({what}) from {table} as dimension where dimension.{column} = rows_of.{column}) as {column}_known"
    )


def _source_of(columns: set[str]) -> str:
    """SQL for the source to which a mart's row belongs, by what the row names; NULL when it names nothing."""
    if "source_id" in columns:
        return "rows_of.source_id"
    if "measure_id" in columns:
        return _MEASURES_SOURCE
    return "split_part(rows_of.release_id, '@', 1)" if "release_id" in columns else "cast(null as text)"


_MEASURES_SOURCE = (
    "(select max(known.source_id) from marts.dim_measure as known where known.measure_id = rows_of.measure_id)"
)


def _words(key: Sequence[str]) -> str:
    return "concat_ws(' | ', " + ", ".join(f"cast({column} as text)" for column in key) + ")"


def _key_not_null(mart: str, key: Sequence[str]) -> list[Check]:
    return [
        expected(
            f"key_not_null:{mart}.{column}", "critical", "structure",
            "ExpectColumnValuesToNotBeNull", {"column": column},
            "a row that cannot be named cannot be traced",
            findings=f"select {_words(key)} as observed from {{batch}} where {column} is null",
            limit="0 rows", measured="select count(*) || ' rows' from {batch}", rows={},
        )
        for column in key if column not in MAY_BE_NULL
    ]  # fmt: skip


def _key_unique(mart: str, key: Sequence[str]) -> Check:
    # Great Expectations joins the counted keys to the rows, and a NULL (no breakdown) joins nothing.
    return none_found(
        f"key_is_unique:{mart}", "critical", "structure",
        f"select {_words(key)} || ' (' || count(*) || ' rows)' as observed from {{batch}} group by {', '.join(key)} "
        "having count(*) > 1",
        "two rows for one fact: readers would add them",
        limit="0 repeated keys",
    )  # fmt: skip


def _value_or_reason(mart: str, key: Sequence[str]) -> Check:
    return none_found(
        f"value_or_reason:{mart}", "critical", "structure",
        f"""
        select {_words(key)} || ': value ' || coalesce(cast(value as text), 'NULL') || ', reason '
            || coalesce(missing_reason, 'NULL') as observed, blamed as source_id
        from {{batch}} where (value is null) = (missing_reason is null)
            or missing_reason not in ({listed(MISSING_REASONS)})""",
        "missing is NULL plus a reason, and a value has none; anything else reads as a figure that nobody printed",
        limit="one of the two",
        measured="""
        select string_agg(words, ', ' order by words) from (select coalesce(missing_reason, 'with a value') || ' '
            || count(*) as words from {batch} group by missing_reason)""",
        by_source=True,
    )  # fmt: skip


def _not_negative(mart: str, key: Sequence[str], counted: Sequence[str]) -> list[Check]:
    return [
        expected(
            f"no_negative_count:{mart}.{column}", "critical", "plausibility",
            "ExpectColumnValuesToBeBetween", {"column": column, "min_value": 0},
            "nobody can be counted less than zero times",
            findings=f"select {_words(key)} as observed, blamed as source_id from {{batch}} where {column} < 0",
            limit="0 and more", rows={}, by_source=True,
        )
        for column in counted
    ]  # fmt: skip


def _release_accepted(mart: str) -> Check:
    return none_found(
        f"releases_accepted:{mart}", "critical", "structure",
        """
        select coalesce(release_id, 'no release') || ' (' || count(*) || ' rows): '
            || coalesce(any_value(release_id_known), 'not in raw.releases') as observed, blamed as source_id
        from {batch} where release_id_known is distinct from 'accepted'
        """
        # A source of which nothing was ever accepted has a status all the same.
        + ("and release_id is not null " if mart == "rpt_source_status" else "")
        + "group by release_id, blamed",
        "every figure leads back to a release that was accepted",
        limit="accepted releases only",
        by_source=True,
        measured="select count(distinct release_id) || ' releases' from {batch}",
    )  # fmt: skip


def _months_plausible(mart: str) -> Check:
    return none_found(
        f"months_plausible:{mart}", "critical", "plausibility",
        """
        select strftime(month, '%Y-%m-%d') || ' (' || count(*) || ' rows)' as observed, blamed as source_id from {batch}
        where month < date '1999-01-01' or (has_value and month > as_of + interval 1 month) or extract(day from month) <> 1
        group by month, blamed""",
        "months are stored by their first day, from 1999 to the month after the build; others are a slip in dates",
        limit="1999-01 to a month after the build's date",
        by_source=True,
    )  # fmt: skip


def _measure_of_source(mart: str) -> Check:
    return none_found(
        f"measure_of_its_source:{mart}", "critical", "structure",
        """
        select measure_id || ' with ' || source_id || ' (' || count(*) || ' rows)' as observed from {batch}
        where measure_id_known is distinct from source_id group by measure_id, source_id""",
        "a measure belongs to one source; a row that says otherwise mixes unlike counts",
        limit="0 rows",
    )  # fmt: skip


def _log(log: str, fact: str) -> Asset:
    """One latest state per cell, spans that neither overlap nor leave holes, and the same cells as in the fact."""
    query = f"""
        select cell_id, valid_from, valid_to, is_latest, value, missing_reason,
            lead(valid_from) over (partition by cell_id order by valid_from) as next_from,
            false as in_fact, {_MEASURES_SOURCE} as blamed
        from marts.{log} as rows_of
        union all select cell_id, null, null, null, value, missing_reason, null, true, source_id from marts.{fact}
        -- Of these no release held says anything, so no log has them.
        where missing_reason is distinct from 'not_held'"""
    checks = [
        none_found(
            f"one_latest_state:{log}", "critical", "structure",
            """
            select cell_id || ': ' || count(*) filter (where is_latest) || ' latest states' as observed,
                any_value(blamed) as source_id
            from {batch} where not in_fact group by cell_id having count(*) filter (where is_latest) <> 1""",
            "a cell has one state that is the known one now",
            limit="1 a cell", measured="select count(distinct cell_id) || ' cells' from {batch} where not in_fact",
            by_source=True,
        ),
        none_found(
            f"spans_follow_each_other:{log}", "critical", "structure",
            """
            select cell_id || ' from ' || strftime(valid_from, '%Y-%m-%d') as observed, blamed as source_id from {batch}
            where not in_fact and (valid_to is distinct from next_from or (valid_to is null) <> is_latest
                or valid_to <= valid_from)""",
            "on any day exactly one state of a cell was the known one",
            limit="0 spans",
            measured="select count(*) || ' states' from {batch} where not in_fact", by_source=True,
        ),
        none_found(
            f"latest_is_the_fact:{log}", "critical", "figures",
            """
            select coalesce(log.cell_id, fact.cell_id)
                || ': log ' || coalesce(cast(log.value as text), log.missing_reason, 'nothing')
                || ', fact ' || coalesce(cast(fact.value as text), fact.missing_reason, 'nothing') as observed,
                coalesce(fact.blamed, log.blamed) as source_id
            from (select * from {batch} where is_latest) as log
            full join (select * from {batch} where in_fact) as fact on fact.cell_id = log.cell_id
            where log.value is distinct from fact.value or log.missing_reason is distinct from fact.missing_reason""",
            "the facts are the newest state of the vintage log and nothing else",
            limit="0 cells", by_source=True,
        ),
    ]  # fmt: skip
    return Asset(f"{log}_spans", query, checks)


def _audit(source_id: str) -> Asset:
    """Every figure and every zero of the facts again, from the raw cells, without dbt."""
    module = importlib.import_module(f"expectations.{source_id}")
    monthly, detail = (
        f"select measure_id, month, geography_id, release_id, sha256, locator, value, value_basis from marts.{fact} "
        f"where source_id = {literal(source_id)}"
        for fact in FACTS
    )
    query = f"""
        with facts as ({monthly}), details as ({detail}), covering as (
            select distinct release_id, sha256, month from facts
            union select distinct release_id, sha256, month from details
        ), figures as ({module.figures(source_id)}), zeros as ({module.zeros(source_id)})
        select 'figure' as what, 'fact' as side,
            concat_ws(' | ', measure_id, strftime(month, '%Y-%m'), geography_id, release_id, sha256) as place, value
        from facts
        union all
        select 'figure', 'raw',
            concat_ws(' | ', measure_id, strftime(month, '%Y-%m'), geography_id, release_id, sha256), value
        from figures semi join covering using (release_id, sha256, month)
        union all
        select 'zero', 'fact', concat_ws(' | ', strftime(month, '%Y-%m'), locator, release_id, sha256), 0
        from (select * from details union all select * from facts)
        where value = 0 and value_basis = 'published'
        union all
        select 'zero', 'raw', concat_ws(' | ', strftime(month, '%Y-%m'), locator, release_id, sha256), 0
        from zeros semi join covering using (release_id, sha256, month)"""
    return Asset(f"{source_id}_audit", query, _audited(source_id), source_id)


def _audited(source_id: str) -> list[Check]:
    """What the audit's rows must show: each served figure and zero is one that the cells give, and the other way round."""
    compared = """
        select place,
            max(value) filter (where side = 'fact') as served, max(value) filter (where side = 'raw') as printed,
            count(*) filter (where side = 'fact') as facts, count(*) filter (where side = 'raw') as cells
        from {batch} where what ="""
    return [
        none_found(
            f"figures_lead_back_to_cells:{source_id}", "critical", "figures",
            f"""
            select place || ': served ' || coalesce(cast(served as text), 'nothing') || ', the cells give '
                || coalesce(cast(printed as text), 'nothing') as observed
            from ({compared} 'figure' group by place) as compared
            where served is distinct from printed""",
            "a figure that its release does not give, or one that it gives and that is not served",
            limit="0 differences",
            measured="select count(*) || ' figures' from {batch} where what = 'figure' and side = 'fact' "
            "and value is not null",
        ),
        none_found(
            f"every_zero_is_printed:{source_id}", "critical", "figures",
            f"""
            select place || case when cells = 0 then ': served 0, not printed' else ': printed 0, not served' end
                as observed
            from ({compared} 'zero' group by place) as compared where facts <> cells""",
            "every 0 points at a printed 0, and as many are served as are printed: a zero that nobody printed is a "
            "missing figure in disguise",
            limit="0 differences",
            measured="select count(*) filter (where side = 'fact') || ' zeros served, ' || count(*) filter (where side "
            "= 'raw') || ' printed' from {batch} where what = 'zero'",
        ),
    ]  # fmt: skip


def _releases_served(columns: Mapping[str, set[str]]) -> Asset:
    logs = ["marts.rpt_release_summary" if "rpt_release_summary" in columns else f"marts.{LOGS[0]}"]
    logs += ["marts.fct_press_quotations"] if "fct_press_quotations" in columns else []
    served = " union all ".join(f"select release_id from {log}" for log in logs)
    # Of a register of quotations only the newest edition counts: it holds all lines of the earlier ones.
    query = f"""
        select release_id, source_id, release_id in ({served}) as is_served
        from raw.releases as releases where state = 'accepted' and (last_month is not null or exists (
                select 1 from raw.sources as sources where sources.source_id = releases.source_id and sources.is_secondary))
            -- A release that prints no figure of any month (a workbook of years alone) has nothing to leave there.
            and not exists (
            select 1 from raw.sources as sources where sources.source_id = releases.source_id and sources.is_secondary
                and releases.release_order < (select max(newer.release_order) from raw.releases as newer
                    where newer.source_id = releases.source_id and newer.state = 'accepted'))"""
    check = none_found(
        "accepted_releases_are_served", "critical", "completeness",
        "select release_id as observed, source_id from {batch} where not is_served",
        "an accepted release left no trace in the marts: its rows were lost on the way",
        limit="0 releases", measured="select count(*) || ' accepted releases' from {batch}", by_source=True,
    )  # fmt: skip
    return Asset("accepted_releases", query, [check])


def _corrections() -> Asset:
    """The guard of the corrections register: the publisher still prints what an open entry is about."""
    check = none_found(
        "corrections_still_needed",
        "warning",
        "figures",
        """
        select correction_id || ' ' || strftime(month, '%Y-%m') || ': expected ' || expected_value || ', published '
            || published_value as observed
        from {batch} where status in ('open', 'confirmed_by_publisher') and published_value is not null
            and not is_as_expected""",
        "the publisher has changed a figure that the corrections register doubts: look at it and close the entry",
        limit="as the register expects",
        measured="select count(distinct correction_id) || ' entries' from {batch}",
    )
    return Asset("corrections", "select * from marts.rpt_corrections", [check])


def _reconciliation() -> Asset:
    """Figures that should be the same wherever they are printed, in years that are over on both sides."""
    check = none_found(
        "sources_agree",
        "warning",
        "figures",
        """
        select pair_id || ': ' || count(*) || ' months and places differ, first ' || min(strftime(month, '%Y-%m')) || ' '
            || arg_min(geography_id, (month, geography_id)) as observed
        from {batch} where comparison = 'equal' and is_over and not agrees and pair_id <> 'parts_against_total'
        group by pair_id""",
        "two tables or agencies count the same and print different figures for months of years that are over: both are "
        "shown, with the difference and what is known of its cause",
        limit="within the tolerance of the pair",
        measured="""
        select string_agg(words, ', ' order by words) from (
            select pair_id || ' ' || count(*) filter (where agrees) || ' of ' || count(*) as words
            from {batch} where comparison = 'equal' group by pair_id)""",
    )
    return Asset("reconciliation", "select * from marts.rpt_reconciliation", [check])


def _finality() -> Asset:
    """What a source's YAML declares of its closed periods (``closes``), held against every release of the archive."""
    query = """
        select source_id, cell_id, release_id, from_value, from_missing_reason, to_value, to_missing_reason
        from marts.fct_revisions where was_final and change_kind <> 'reclassified'
        -- What is final and stood still, to tell how much was held against the releases.
        union all select source_id, cell_id, null, value, missing_reason, value, missing_reason
        from marts.fct_crossings_monthly where is_final"""
    check = none_found(
        "final_figures_stand_still", "warning", "figures",
        """
        select release_id || ' changed ' || count(*) || ' final cells, first ' || min(cell_id) as observed, source_id
        from {batch} where release_id is not null
        -- No row and a printed 0 say the same of a place where nobody was counted.
            and not (from_missing_reason is not distinct from 'not_listed' and to_value is not distinct from 0)
            and not (to_missing_reason is not distinct from 'not_listed' and from_value is not distinct from 0)
        group by release_id, source_id""",
        "a figure was served as final and a later release changed it: the source does not close as its YAML declares, or "
        "the agency corrected a closed year",
        limit="0 final cells", by_source=True,
        measured="select count(*) || ' final figures' from {batch} where release_id is null",
    )  # fmt: skip
    return Asset("final_figures", query, [check])


def _discrepancies() -> Asset:
    query = (
        "select source_id, kind, explanation is not null as is_explained from marts.rpt_discrepancies where is_current"
    )
    check = none_found(
        "agencies_contradict_themselves", "warning", "figures",
        """
        select source_id || ' ' || kind || ': ' || count(*) || ' contradictions, '
            || count(*) filter (where is_explained) || ' explained' as observed
        from {batch} group by source_id, kind""",
        "contradictions in the agency's own figures are published as printed, and shown in rpt_discrepancies",
        limit="0 contradictions",
    )  # fmt: skip
    return Asset("rpt_discrepancies", query, [check])


def _against_served(fact: str) -> Asset:
    """Months and rows that are served now and would be gone; what a person has rejected since does not count."""
    query = f"""
        select 'served' as build, source_id, measure_id, month, geography_id, cell_id from {SERVED}.marts.{fact}
        where value is not null and release_id in (select release_id from raw.releases where state = 'accepted')
            -- What a person has accepted may lose a month: that is what was decided upon.
            and not exists (
                select 1 from marts.{fact} as now inner join raw.releases as releases using (release_id)
                where now.measure_id = {fact}.measure_id and now.month = {fact}.month and releases.decided_by is not null)
        union all
        select 'candidate', source_id, measure_id, month, geography_id, cell_id from marts.{fact} where value is not null"""
    checks = [
        none_found(
            f"no_month_lost:{fact}", "critical", "completeness",
            """
            select measure_id || ' ' || strftime(month, '%Y-%m') as observed, any_value(source_id) as source_id
            from {batch} group by measure_id, month having bool_and(build = 'served')""",
            "a month with figures that readers have today would be gone",
            limit="0 months",
            measured="select count(distinct (measure_id, month)) || ' months of measures' from {batch} "
            "where build = 'candidate'",
            by_source=True,
        ),
        none_found(
            f"not_fewer_rows:{fact}", "warning", "completeness",
            """
            select measure_id || ': ' || count(*) filter (where build = 'candidate')
                || ' rows with a value, served now ' || count(*) filter (where build = 'served') as observed
            from {batch} group by measure_id
            having count(*) filter (where build = 'candidate') < count(*) filter (where build = 'served')""",
            "fewer figures than readers have today; a revision may take some away, a loss on the way looks the same",
            limit="as many as served now",
        ),
    ]  # fmt: skip
    return Asset(f"{fact}_against_served", query, checks)
