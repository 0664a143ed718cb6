"""Can it be true? Each figure of a load against its own past, its former vintage and the figures beside it.

The batch has ``line`` (what a cell is about but for its time) and ``time`` (the month, or the day) as a ``Shape`` gives
them. What both releases print is held against the release before, which is the sharper question: agencies revise open
months by little. What only this release prints is held against the line's own past. A release with no predecessor is
asked only whether anything in it is beyond reason: it brings its past with it, and that is what later ones are held
against.

Implausible is a warning: the agency's figure is served and flagged. A mass of it, or a figure beyond any reason, waits for a
person. The limits stand in the source's YAML, each with its reason and the day since when it stands.
"""

from __future__ import annotations

from expectations.checks import Check, none_found
from ingest.catalog.source import Assertion, Source

# More than the world's population crosses no border in a month; the largest figure of any source is below fifty millions.
POPULATION = 8_000_000_000
# A change by so few is what true revisions do every month: by 11 CBP revised a figure of 2 in October 2024.
SMALL_CHANGE = 12
# A count of some tens jumps about without a reason.
SMALL_COUNT = 50
# A month of fewer than some hundreds in all does, too.
LARGE_MONTH = 200
# How far a line's past goes, in steps (months, days): three years of months, so that every season is in it.
PAST = 36
# Of a line that was there for so many steps a fall is asked about, and an absence.
STEADY = 12
DAYS_PAST = 730

# The last steps of a line, against which a new one is held where its source moves calmly enough.
LAST_STEPS = 3
# Of so many lines that move together the median tells how the whole moved; by no more than fourfold.
TOGETHER, FARTHEST_TOGETHER = 5, 4

# Lines are summed where a cell has further parts that are not followed; ``place`` is where a figure is in words.
_FIGURES = """
    figures as (
        select part, series, line, time, is_new, sum(n) as n, count(n) > 0 as has_count,
            bool_or(missing is not null) as masked
        from {batch} where line is not null and time is not null group by all
    ), reach as (
        select part, min(time) filter (where is_new) as first_time, max(time) filter (where is_new and n is not null)
            as last_time, max(time) filter (where not is_new and n is not null) as last_before
        from figures group by part having bool_or(is_new) and bool_or(not is_new)
    )"""
# A line's past is what this release prints, else what the one before printed.
_HISTORY = f"""{_FIGURES}, history as (
        select part, series, line, time, coalesce(max(n) filter (where is_new), max(n)) as n, bool_or(is_new) as is_new
        from figures group by part, series, line, time
    )"""
# The same cell in both releases, in the months that both span.
_PAIRS = f"""{_FIGURES}, pairs as (
        select series, line, time, max(n) filter (where is_new) as after, max(n) filter (where not is_new) as before,
            -- Where the release before printed half of a month at most, what stands there now is filled in, not changed.
            2 * count(before) over month >= count(after) over month as was_printed
        from figures join reach using (part) where time between first_time and least(last_time, last_before)
        group by series, line, time window month as (partition by series, time)
    )"""


def checks(source: Source, table: str, *, daily: bool = False) -> list[Check]:
    """What is asked of every load whose table has lines.

    Args:
        source: whose YAML states the limits.
        table: the raw table.
        daily: whether lines go by days; then months are not compared as a whole.
    """
    monthly = [] if daily else [_month_against_its_past(source, table), _month_repeated(table)]
    return [
        *against_last(source, table),
        _cell_against_its_past(source, table, DAYS_PAST if daily else PAST),
        *monthly,
        *_against_last_steps(source, table),
        _times_swapped(table),
        _lines_swapped(table),
    ]


def against_last(source: Source, table: str) -> list[Check]:
    """What can be asked of a page that brings no past of its own."""
    return [_beyond_reason(source, table), _cell_against_last(source, table), _mass_against_last(source, table)]


def past_checks(source: Source, table: str) -> list[Check]:
    """For pages that speak of one time only, or of a week: a batch in which ``cells.past`` laid the earlier ones."""
    return [_cell_against_its_past(source, table, DAYS_PAST)]


def _cells_of(found: str) -> str:
    """SQL for the printed cells (file, locator) of this release that ``found`` (series, line, time) names."""
    return f"""
        select distinct _sha256, _locator from {{batch}} as cells
        where is_new and (series, line, time) in (select (series, line, time) from ({found}))"""


def _cells_of_months(found: str) -> str:
    """SQL for all printed cells of this release in the months that ``found`` (series, time) names."""
    return f"""
        select distinct _sha256, _locator from {{batch}}
        where is_new and (series, time) in (select (series, time) from ({found}))"""


def _beyond_reason(source: Source, table: str) -> Check:
    """Guards against 999,999,999,999,999: a hundred times what anything else in its series ever was."""
    limit = source.limit("figure_beyond_reason")
    found = f"""
        with ordered as (
            select coalesce(series, part) as series, is_new, n, _sha256, _locator,
                row_number() over (partition by coalesce(series, part), is_new order by n desc) as rank
            from {{batch}} where n is not null
        ), seen as (
            -- The release before says how large figures are, if it printed as many; else those beside it do.
            select series, greatest({SMALL_COUNT}, coalesce(
                case when 2 * count(*) filter (where not is_new) >= count(*) filter (where is_new)
                    then max(n) filter (where not is_new) end,
                max(n) filter (where is_new and rank = 2))) as most
            from ordered group by series)
        select _sha256, _locator, n, most
        from ordered left join seen using (series)
        where is_new and (n > {POPULATION} or n > {limit.limit} * most)"""
    return none_found(
        f"figure_beyond_reason:{table}",
        limit.severity,
        "plausibility",
        f"select n || ' at ' || _locator || ', where nothing was above ' || most as observed from ({found})",
        limit.reason,
        limit=f"{limit.limit:g} times the most that the series has seen, and {POPULATION}",
        measured="select 'the most is ' || max(n) from {batch} where is_new",
        flags=f"select _sha256, _locator from ({found})",
    )


def _changed_since_last(source: Source) -> str:
    """SQL for cells that changed by more than true revisions do; one that is not there any more has changed, too."""
    share = source.limit("cell_against_last_release").limit
    return f"""
        with {_PAIRS}
        select series, line, time, before, after from pairs
        where abs(after - before) > greatest({SMALL_CHANGE}, {share} * before)
            or (before > {SMALL_CHANGE} and after is null)
            or (after > {SMALL_CHANGE} and before is null and was_printed)"""


def _cell_against_last(source: Source, table: str) -> Check:
    limit = source.limit("cell_against_last_release")
    found = _changed_since_last(source)
    return none_found(
        f"cell_against_last_release:{table}",
        limit.severity,
        "plausibility",
        f"""
        select line || ', ' || {_when("time")} || ': ' || coalesce(cast(before as text), 'no figure') || ' became '
            || coalesce(cast(after as text), 'no figure') as observed from ({found})""",
        limit.reason,
        limit=f"{limit.limit:g} of the figure, or {SMALL_CHANGE}",
        measured=f"""with {_PAIRS} select count(*) filter (where before is distinct from after) || ' of ' || count(*)
            || ' figures changed' from pairs""",
        flags=_cells_of(found),
    )


def _mass_against_last(source: Source, table: str) -> Check:
    limit = source.limit("month_changed_share")
    found = f"""
        with {_PAIRS}, changed as ({_changed_since_last(source)}), shares as (
            select series, time, count(*) filter (where greatest(before, after) > {SMALL_CHANGE}) as compared,
                count(*) filter (where (series, line, time) in (select (series, line, time) from changed)) as changed
            from pairs group by series, time)
        select * from shares where changed >= {SMALL_CHANGE} and changed > {limit.limit} * compared"""
    return none_found(
        f"month_changed_share:{table}",
        limit.severity,
        "plausibility",
        f"""select series || ', ' || {_when("time")} || ': ' || changed || ' of ' || compared
            || ' figures are not what they were' as observed from ({found})""",
        limit.reason,
        limit=f"{limit.limit:g} of the figures of a month",
        flags=_cells_of(
            f"select changed.* from ({_changed_since_last(source)}) as changed join ({found}) using (series, time)"
        ),
    )


def _cell_against_its_past(source: Source, table: str, past: int) -> Check:
    """What only this release prints, against the most that its line has been."""
    limit = source.limit("cell_against_its_past")
    found = f"""
        with {_HISTORY}, followed as (
            select *, max(n) over past as most, min(n) over past as least, count(n) over past as steps
            from history
            window past as (partition by series, line order by time rows between {past} preceding and 1 preceding)
        )
        select series, line, time, n, least, most, steps from followed join reach using (part)
        where is_new and time > last_before and ((steps >= 3 and n > {limit.limit} * most and n >= {SMALL_COUNT})
            or (steps >= {STEADY} and n * {limit.limit} < least and least >= {SMALL_COUNT}))
        union all
        -- A line that was there in every step of a year, and is not in a new one.
        select steady.series, steady.line, due.time, null, steady.least, steady.most, steady.steps
        from (select distinct part, time from figures join reach using (part)
            where is_new and n is not null and time > last_before) as due
        join reach using (part)
        join followed as steady on steady.part = due.part and steady.time = last_before and steady.n >= {SMALL_COUNT}
            and steady.least >= {SMALL_COUNT} and steady.steps >= {STEADY}
        where not exists (select 1 from figures as after where after.is_new and after.series = steady.series
            and after.line = steady.line and after.time = due.time and (after.n is not null or after.masked))"""
    return none_found(
        f"cell_against_its_past:{table}",
        limit.severity,
        "plausibility",
        f"""select line || ', ' || {_when("time")} || ': ' || coalesce(cast(n as text), 'no figure') || ', between '
            || least || ' and ' || most || ' in ' || steps || ' steps before' as observed from ({found})""",
        limit.reason,
        limit=f"{limit.limit:g} times the most of its past, from {SMALL_COUNT} on",
        flags=_cells_of(found),
    )


def _month_against_its_past(source: Source, table: str) -> Check:
    """A new month as a whole: its sum and the number of its figures, against the year before it."""
    limit = source.limit("month_against_its_past")
    found = f"""
        with {_FIGURES}, months as (
            select series, time, sum(n) as n, count(n) as printed, min(last_before) as last_before
            from figures join reach using (part) where is_new group by series, time having count(n) > 0
        ), followed as (
            select *, max(n) over past as most, min(n) over past as least, min(printed) over past as fewest,
                count(*) over past as steps
            from months window past as (partition by series order by time rows between 12 preceding and 1 preceding)
        )
        select * from followed
        where time > last_before and steps >= 3 and ((n > {limit.limit} * most and n >= {SMALL_COUNT})
            or (n * {limit.limit} < least and least >= {SMALL_COUNT})
            or (printed < 0.5 * fewest and fewest >= {SMALL_CHANGE}))"""
    return none_found(
        f"month_against_its_past:{table}",
        limit.severity,
        "plausibility",
        f"""select series || ', ' || {_when("time")} || ': ' || n || ' in ' || printed || ' figures, between ' || least
            || ' and ' || most || ' in at least ' || fewest || ' in the year before' as observed from ({found})""",
        limit.reason,
        limit=f"{limit.limit:g} times the most or the least of the year before; half of its figures",
        flags=_cells_of_months(found),
    )


def _against_last_steps(source: Source, table: str) -> list[Check]:
    """What only this release prints, against the last steps: for sources whose YAML says how far these move.

    A slip by a factor of ten often stays below the peak of three years; it is far from the last three months.
    """
    found = {each.check: each for each in source.assertions}
    cell, month = found.get("cell_against_its_last_steps"), found.get("month_against_its_last_steps")
    return [
        *([_cell_against_last_steps(cell, table)] if cell else []),
        *([_month_against_last_steps(month, table)] if month else []),
    ]


_LAST_STEPS = f"rows between {LAST_STEPS} preceding and 1 preceding"


def _cell_against_last_steps(limit: Assertion, table: str) -> Check:
    found = f"""
        with {_HISTORY}, followed as (
            select *, max(n) over last as most, min(n) over last as least, median(n) over last as usual,
                count(n) over last as steps
            from history window last as (partition by series, line order by time {_LAST_STEPS})
        ), moved as (
            -- What all lines of a series did together is the month's doing and no slip in one cell.
            select series, time, greatest({1 / FARTHEST_TOGETHER}, least({FARTHEST_TOGETHER}, median(n / usual))) as move
            from followed where usual >= {SMALL_CHANGE} and n is not null
            group by series, time having count(*) >= {TOGETHER}
        )
        select series, line, time, n, least, most from followed join reach using (part) left join moved using (series, time)
        where is_new and time > last_before and steps = {LAST_STEPS}
            and ((n >= {SMALL_COUNT} and n > {limit.limit} * most * greatest(1, coalesce(move, 1)))
                or (least >= {SMALL_COUNT} and n * {limit.limit} < least * least(1, coalesce(move, 1))))"""
    return none_found(
        f"cell_against_its_last_steps:{table}",
        limit.severity,
        "plausibility",
        f"""select line || ', ' || {_when("time")} || ': ' || n || ', between ' || least || ' and ' || most
            || ' in the {LAST_STEPS} steps before' as observed from ({found})""",
        limit.reason,
        limit=f"{limit.limit:g} times the most or the least of the last {LAST_STEPS} steps, from {SMALL_COUNT} on",
        flags=_cells_of(found),
    )


def _month_against_last_steps(limit: Assertion, table: str) -> Check:
    found = f"""
        with {_FIGURES}, months as (
            select series, time, sum(n) as n, min(last_before) as last_before
            from figures join reach using (part) where is_new group by series, time having count(n) > 0
        ), followed as (
            select *, max(n) over last as most, min(n) over last as least, count(*) over last as steps
            from months window last as (partition by series order by time {_LAST_STEPS})
        )
        select * from followed where time > last_before and steps = {LAST_STEPS} and least >= {LARGE_MONTH}
            and (n > {limit.limit} * most or n * {limit.limit} < least)"""
    return none_found(
        f"month_against_its_last_steps:{table}",
        limit.severity,
        "plausibility",
        f"""select series || ', ' || {_when("time")} || ': ' || n || ', between ' || least || ' and ' || most
            || ' in the {LAST_STEPS} months before' as observed from ({found})""",
        limit.reason,
        limit=f"{limit.limit:g} times the most or the least of the last {LAST_STEPS} months, from {LARGE_MONTH} on",
        flags=_cells_of_months(found),
    )


# Of how many figures a permutation must explain nearly all before it is named.
_ENOUGH, _NEARLY_ALL = 4, 0.9


def _month_repeated(table: str) -> Check:
    """Guards against a newest month that was filled in with another month's figures of the same file."""
    found = f"""
        with {_FIGURES}, printed as (
            select series, line, time, n, last_before from figures join reach using (part)
            where is_new and n >= {SMALL_CHANGE}
        )
        select newest.series, newest.time, other.time as other, count(*) as both_print,
            count(*) filter (where newest.n = other.n) as same
        from printed as newest join printed as other on other.series = newest.series and other.line = newest.line
            and other.time <> newest.time and other.time >= newest.time - interval {PAST} month
        where newest.time > newest.last_before
        group by all having same > {_ENOUGH} and same > {_MOST_OF_IT} * both_print"""
    return none_found(
        f"month_repeated:{table}",
        "warning",
        "plausibility",
        f"""select series || ': ' || {_when("time")} || ' prints what ' || {_when("other")} || ' prints (' || same || ' of '
            || both_print || ' figures)' as observed from ({found})""",
        "no two months count the same in line after line: one was filled in with the figures of the other",
        limit="0 months",
        flags=_cells_of_months(found),
    )


# A file that repeats a month may still revise some of what it repeats.
_MOST_OF_IT = 0.8


def _times_swapped(table: str) -> Check:
    """Guards against two month heads that changed places: what one month printed stands under another."""
    found = f"""
        with {_FIGURES}, old as (select series, line, time, n from figures where not is_new and n >= {SMALL_CHANGE}),
        new as (
            select after.series, after.line, after.time, after.n from figures as after
            left join old using (series, line, time)
            where after.is_new and after.n >= {SMALL_CHANGE} and old.n is distinct from after.n
                and part in (select part from reach)
        ), sizes as (select series, time, count(*) as printed from figures
            where is_new and n >= {SMALL_CHANGE} group by series, time)
        select series, new.time, old.time as other, count(*) as same, any_value(printed) as printed
        from new join old on old.series = new.series and old.line = new.line and old.n = new.n and old.time <> new.time
        join sizes on sizes.series = new.series and sizes.time = new.time
        group by new.series, new.time, old.time having count(*) >= {_ENOUGH} and count(*) > {_NEARLY_ALL} * max(printed)"""
    found = found.replace(
        "select series, new.time, old.time", "select new.series as series, new.time as time, old.time"
    )
    return none_found(
        f"months_swapped:{table}",
        "warning",
        "plausibility",
        f"""select series || ': ' || {_when("time")} || ' prints what ' || {_when("other")} || ' was (' || same || ' of '
            || printed || ' figures)' as observed from ({found})""",
        "the figures of one month stand under the head of another: two heads changed places, or a column was filled twice",
        limit="0 months",
        flags=_cells_of_months(found),
    )


def _lines_swapped(table: str) -> Check:
    """Guards against the labels of two places that changed places."""
    found = f"""
        with {_PAIRS}, changed as (
            -- A line that was not there before was renamed, not swapped.
            select * from pairs where after >= 1 and after <> before
        ), sizes as (
            select series, line, count(*) as changed from changed group by series, line
        )
        select one.series as series, one.line as line, other.line as like_line, count(*) as same,
            any_value(sizes.changed) as changed
        from changed as one join pairs as other on other.series = one.series and other.time = one.time
            and other.before = one.after and other.line <> one.line
            -- Small counts are alike by chance; not one way and back again.
            and (one.after >= {SMALL_CHANGE} or other.after = one.before)
        join sizes on sizes.series = one.series and sizes.line = one.line
        group by one.series, one.line, other.line
        having count(*) >= {_ENOUGH} and count(*) > {_NEARLY_ALL} * max(sizes.changed)"""
    return none_found(
        f"labels_swapped:{table}",
        "warning",
        "plausibility",
        f"""select series || ': ' || line || ' prints what ' || like_line || ' was (' || same || ' of ' || changed
            || ' changed figures)' as observed from ({found})""",
        "the figures of one line stand under the label of another: two labels changed places",
        limit="0 lines",
        flags=f"""select distinct _sha256, _locator from {{batch}}
            where is_new and (series, line) in (select (series, line) from ({found}))""",
    )


def _when(column: str) -> str:
    """SQL for a month, or a day that is not the first of one, in words."""
    return f"case when day({column}) = 1 then strftime({column}, '%Y-%m') else strftime({column}, '%Y-%m-%d') end"
