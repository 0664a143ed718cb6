"""When a source's next release is due, and whether silence has become a fault. Pure functions of dates.

Guards against the public scraper that ran green for over a thousand nights over a page frozen on 2023-02-04: a
reference month that stands still longer than the source allows is *frozen*, whatever the polls said.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

from ingest.catalog.source import Calendar, Source
from ingest.core.records import Release

Frequency = Literal["daily", "weekly", "monthly", "quarterly", "yearly", "closed"]
# What stands in `rpt_source_status.status` and in status.json. `failing` is for what failed; of a source that is not polled
# in a home, the calendar says nothing: what was replayed of it is held, or it is not collected.
Status = Literal["fresh", "late", "frozen", "failing", "closed", "held", "not_collected"]

_DAYS_BETWEEN = {"daily": 1, "weekly": 7}
_MONTHS_BETWEEN = {"monthly": 1, "quarterly": 3, "yearly": 12}
_WINDOW = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)?\s*(?:to|-|–)\s*(\d{1,2})(?:st|nd|rd|th)?\b")
# A release so shortly before a window was that window's release, only early.
EARLY_DAYS = 10


@dataclass(frozen=True)
class Rule:
    """A calendar rule: how often, and for monthly ones the days of the month between which the release comes."""

    frequency: Frequency
    window: tuple[int, int] | None = None

    @classmethod
    def parse(cls, text: str) -> Rule:
        """Read ``monthly``, ``monthly day 3-7``, ``monthly, …, on the 3rd to 7th of each month``, ``closed`` and such.

        The first word is the frequency; of the rest only a pair of days counts, other words are for people.

        Raises:
            ValueError: when the first word is no frequency, or the days are no days of a month in order.
        """
        word = (re.findall(r"[a-z]+", text.casefold()) or [""])[0]
        if word not in {*_DAYS_BETWEEN, *_MONTHS_BETWEEN, "closed"}:
            known = ", ".join([*_DAYS_BETWEEN, *_MONTHS_BETWEEN, "closed"])
            message = f"calendar rule {text!r} must begin with one of {known}"
            raise ValueError(message)
        days = _WINDOW.search(text)
        window = (int(days[1]), int(days[2])) if days and word == "monthly" else None
        if window and not 1 <= window[0] <= window[1] <= 31:
            message = f"calendar rule {text!r}: {days and days[0]!r} are no days of a month in order"
            raise ValueError(message)
        return cls(cast(Frequency, word), window)


@dataclass(frozen=True)
class Verdict:
    """A source's state and why.

    Attributes:
        status: the state.
        reason: one sentence for a person; nothing is read out of it.
        next_expected: the last day on which its next release would be on time; None: none is due.
        closing_words: the words by which the agency's own page says that nothing more will come.
    """

    status: Status
    reason: str
    next_expected: dt.date | None = None
    closing_words: str | None = None


def next_expected(rule: Rule, last_published: dt.date) -> dt.date | None:
    """The last day on which the release after ``last_published`` would be on time; None for a closed series."""
    if rule.frequency == "closed":
        return None
    if rule.frequency in _DAYS_BETWEEN:
        return last_published + dt.timedelta(days=_DAYS_BETWEEN[rule.frequency])
    if rule.window is None:
        return _months_later(last_published, _MONTHS_BETWEEN[rule.frequency], last_published.day)
    due = _months_later(last_published, 0, rule.window[1])
    while due <= last_published + dt.timedelta(days=EARLY_DAYS):
        due = _months_later(due, 1, rule.window[1])
    return due


def state(
    terms: Calendar,
    as_of: dt.date,
    last_published: dt.date | None,
    last_reference_month: dt.date | None,
    *,
    reached_on: dt.date | None = None,
    last_reference_day: dt.date | None = None,
    sentinel: str | None = None,
    failing_reason: str | None = None,
    refused_reason: str | None = None,
) -> Verdict:
    """The state of a source on a day.

    Args:
        terms: the YAML's calendar. ``allowance_days`` count from the day the next release was expected.
        as_of: the day of judgement.
        last_published: when the newest accepted release was published.
        last_reference_month: the newest month that an accepted release speaks of.
        reached_on: when that month (or day) was first published; without it, its last day stands in.
        last_reference_day: the newest day with a figure, where the source counts by days: then the day is judged, so
            that a page that stands still within a month is seen as well.
        sentinel: the words of closure that the page carries, if any.
        failing_reason: what went wrong in the last night's fetch, if anything.
        refused_reason: which release came last and is in quarantine, if any.

    Returns:
        The verdict. Words of closure weigh more than a failing fetch (they are why nothing will come), a failing fetch
        more than a month that stands still (it is why it does). A page that answers and is refused is failing at once,
        and frozen as soon as the reference has stood still too long: what it shows now is not what it was. All that
        weighs more than a release that is overdue.
    """
    rule = Rule.parse(terms.rule)
    due = next_expected(rule, last_published) if last_published else None
    if rule.frequency == "closed":
        failing_reason = failing_reason or refused_reason
        return Verdict("failing", failing_reason) if failing_reason else Verdict("closed", "the series is closed")
    if sentinel:
        reason = f"the agency's page says {sentinel!r}: no further release is to be expected here"
        return Verdict("frozen", reason, due, closing_words=sentinel)
    if failing_reason:
        return Verdict("failing", failing_reason, due)
    if last_published is None:
        return Verdict("failing", refused_reason or "no release was ever accepted")
    standing = _standing_still(terms, as_of, last_reference_month, reached_on, last_reference_day)
    if standing:
        return Verdict("frozen", f"{standing}; {refused_reason}" if refused_reason else standing, due)
    if refused_reason:
        return Verdict("failing", refused_reason, due)
    return _late_or_fresh(terms, as_of, last_published, due)


def judge(
    source: Source,
    releases: Sequence[Release],
    as_of: dt.date,
    *,
    sentinel: str | None = None,
    failing_reason: str | None = None,
    refused_reason: str | None = None,
) -> Verdict:
    """The state of a source by its accepted releases; those that were not known by ``as_of`` do not count."""
    known = [release for release in releases if release.known_on <= as_of]
    months = [release.last_month for release in known if release.last_month]
    newest = max(months, default=None)
    newest_day = max((release.last_day for release in known if release.last_day), default=None)
    reached = min(
        (each.known_on for each in known
         if (each.last_day == newest_day if newest_day else newest and each.last_month == newest)), default=None,
    )  # fmt: skip
    return state(
        source.calendar,
        as_of,
        max((release.known_on for release in known), default=None),
        newest,
        reached_on=reached,
        last_reference_day=newest_day,
        sentinel=sentinel,
        failing_reason=failing_reason,
        refused_reason=refused_reason,
    )


def _standing_still(
    terms: Calendar, as_of: dt.date, month: dt.date | None, reached_on: dt.date | None, day: dt.date | None = None
) -> str | None:
    if month is None and day is None:
        return None
    since = reached_on or day or (_months_later(month, 0, 31) if month else as_of)
    days, limit = (as_of - since).days, terms.reference_must_advance_within_days
    if days <= limit:
        return None
    newest = f"day is still {day}" if day else f"month is still {month:%Y-%m}"
    return f"the newest {newest}, reached {days} days ago ({since}); {limit} are allowed"


def _late_or_fresh(terms: Calendar, as_of: dt.date, last_published: dt.date, due: dt.date | None) -> Verdict:
    overdue = (as_of - due).days if due else 0
    if overdue > terms.allowance_days:
        reason = f"the last release is of {last_published}, the next was due by {due}: {overdue} days overdue"
        return Verdict("late", f"{reason}, {terms.allowance_days} are allowed", due)
    return Verdict("fresh", f"the last release is of {last_published}, the next is due by {due}", due)


def _months_later(day: dt.date, months: int, day_of_month: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day_of_month, calendar.monthrange(year, month + 1)[1]))
