"""What must hold for the register of quoted RCMP figures before it counts.

The register is of our own writing (``ingest/catalog/sources/rcmp_press_vintages.csv``); what can go wrong in it is a slip of
the pen: a day that is none, a quotation before the month that it is about, a line without its report.
"""

from __future__ import annotations

from expectations.cells import Shape, asset
from expectations.checks import NEW, Asset, Check, expected, none_found
from ingest.catalog.source import Source

END_OF_SPAN = "coalesce(try_cast(nullif(through, '') as date), last_day({month}))"
LAST_MONTH = "try(make_date(cast(year as integer), cast(last_month as integer), 1))"

SHAPE = Shape(
    table="quotations",
    key=("year", "first_month", "last_month", "through", "place", "quoted_on", "address", "printed"),
    period="try_cast(year as integer)",
    month=LAST_MONTH,
    series="'register'",
    # Each line is a quotation of its own: two reports of one day may disagree.
    cell="concat_ws(' | ', place__value, year, first_month, last_month, through, quoted_on, address, printed)",
    closed="select distinct part, period from {batch} where not is_new",
)


def suite(release_id: str, source: Source) -> list[Asset]:
    """The assets and checks for one edition of the register."""
    checks = [_days(), _spans(), _reports(), _undated_say_so(), _deduced_say_how()]
    return [asset(source, release_id, SHAPE, checks)]


def _days() -> Check:
    ended = END_OF_SPAN.format(month="month")
    return none_found(
        "quoted_after_the_figures_could_be_known",
        "critical",
        "plausibility",
        f"""
        select _locator || ': quoted on "' || quoted_on || '" about ' || coalesce(cast({ended} as text), 'no day')
            as observed
        from {{batch}} where is_new and quoted_on <> ''
            and (try_cast(quoted_on as date) is null or try_cast(quoted_on as date) < {ended})""",
        "a quotation is made on a day, and not before the last day that it is about",
        limit="an ISO day, not before the end of the span",
        overridable=False,
    )


def _spans() -> Check:
    return none_found(
        "spans_run_forward",
        "critical",
        "plausibility",
        """
        select _locator || ': ' || year || ', months ' || first_month || ' to ' || last_month || ' ' || through
            as observed
        from {batch} where is_new and (
            coalesce(try_cast(first_month as integer) not between 1 and 12, true)
            or try_cast(first_month as integer) > try_cast(last_month as integer)
            or (through <> '' and (try_cast(through as date) is null
                or date_trunc('month', try_cast(through as date)) is distinct from month)))""",
        "a figure is about the months from one to another of one year, the last one whole or up to a day in it",
        limit="first month not after last, through a day of the last",
        overridable=False,
    )


def _reports() -> Check:
    return none_found(
        "each_line_names_its_report",
        "critical",
        "structure",
        """
        select _locator || ': "' || address || '"' as observed from {batch}
        where is_new and not regexp_matches(address, '^https?://[^ ]+$')""",
        "a quotation that nobody can look up is hearsay",
        limit="an address",
    )


def _undated_say_so() -> Check:
    return none_found(
        "undated_lines_say_what_is_known",
        "critical",
        "structure",
        "select _locator as observed from {batch} where is_new and quoted_on = '' and not contains(note, 'undated')",
        "a line without a day never counts in an as-of answer; its note says why it has none",
        limit="a note that says undated",
        measured="select count(*) filter (where quoted_on = '') || ' undated of ' || count(*) from {batch} where is_new",
    )


def _deduced_say_how() -> Check:
    return expected(
        "deduced_lines_show_their_sum", "critical", "structure",
        "ExpectColumnValueLengthsToBeBetween", {"column": "note", "min_value": 10},
        "a figure that no report prints is shown only with the sum that gives it",
        findings="""
        select _locator as observed from {batch}
        where is_new and basis__value = 'deduced' and length(note) < 10""",
        limit="a note with the sum",
        rows={**NEW, "basis__value": "deduced"},
    )  # fmt: skip


def figures(source_id: str) -> str:
    """SQL for no figure: a secondary source never enters the facts, and the audit holds that against them."""
    return """
        select cast(null as text) as measure_id, cast(null as date) as month, cast(null as text) as geography_id,
            cast(null as text) as release_id, cast(null as text) as sha256, cast(null as bigint) as value
        where false"""


def zeros(source_id: str) -> str:
    """SQL for no zero, for the same reason."""
    return """
        select cast(null as text) as release_id, cast(null as text) as sha256, cast(null as date) as month,
            cast(null as text) as locator
        where false"""
