"""When silence becomes a fault."""

from __future__ import annotations

import datetime as dt

import pytest

from ingest.catalog.calendar import Rule, judge, next_expected, state
from ingest.catalog.source import Calendar, load_sources
from ingest.core.records import Published, Release

CBP = load_sources()["cbp_nationwide_encounters"]
TERMS = Calendar(rule="monthly day 3-7", allowance_days=10, reference_must_advance_within_days=60)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def release(published: str, last_month: str | None) -> Release:
    return Release(
        release_id=f"s@{published}", source_id="s", published=Published.from_text(published, "listing"),
        retrieved_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), state="accepted", origin="agency", files=(),
        last_month=day(last_month) if last_month else None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "frequency", "window"),
    [
        ("monthly", "monthly", None),
        ("monthly day 3-7", "monthly", (3, 7)),
        ("monthly, both cuts, on the 3rd to 7th of each month", "monthly", (3, 7)),
        ("Monthly until the page of a year is complete, then rare edits", "monthly", None),
        ("quarterly", "quarterly", None),
        ("weekly", "weekly", None),
        ("closed", "closed", None),
    ],
)
def test_rules_are_read(text, frequency, window):
    assert Rule.parse(text) == Rule(frequency, window)


@pytest.mark.parametrize("text", ["", "now and then", "monthly day 7-3", "monthly day 0-5", "monthly day 28-32"])
def test_a_rule_that_cannot_be_understood_is_an_error(text):
    with pytest.raises(ValueError, match="calendar rule"):
        Rule.parse(text)


@pytest.mark.parametrize("source", load_sources().values(), ids=lambda source: source.id)
def test_every_sources_rule_is_understood(source):
    Rule.parse(source.calendar.rule)


@pytest.mark.parametrize(
    ("rule", "last", "due"),
    [
        ("monthly day 3-7", "2026-09-04", "2026-10-07"),
        ("monthly day 3-7", "2026-12-04", "2027-01-07"),
        ("monthly day 3-7", "2026-09-01", "2026-10-07"),  # two days early is September's release all the same
        ("monthly day 3-7", "2025-10-15", "2025-11-07"),  # late is still October's
        ("monthly day 3-7", "2026-08-30", "2026-10-07"),
        ("monthly day 28-31", "2026-01-30", "2026-02-28"),
        ("monthly", "2026-01-31", "2026-02-28"),
        ("monthly", "2026-12-15", "2027-01-15"),
        ("quarterly", "2026-11-30", "2027-02-28"),
        ("yearly", "2024-02-29", "2025-02-28"),
        ("weekly", "2026-12-28", "2027-01-04"),
        ("daily", "2026-12-31", "2027-01-01"),
    ],
)
def test_the_next_release_is_expected_by(rule, last, due):
    assert next_expected(Rule.parse(rule), day(last)) == day(due)


def test_a_closed_series_expects_nothing_and_is_never_late():
    terms = Calendar(rule="closed", allowance_days=0, reference_must_advance_within_days=1, sentinels=("closed",))
    assert next_expected(Rule("closed"), day("2020-01-01")) is None
    verdict = state(terms, day("2026-11-22"), day("2020-01-01"), day("2019-12-01"), sentinel="closed")
    assert (verdict.status, verdict.next_expected) == ("closed", None)
    assert state(terms, day("2026-11-22"), None, None, failing_reason="404").status == "failing"


def test_a_source_is_fresh_until_its_allowance_is_used_up_and_late_from_the_next_day():
    last, month = day("2026-09-04"), day("2026-08-01")
    assert state(TERMS, day("2026-10-17"), last, month, reached_on=last).status == "fresh"
    verdict = state(TERMS, day("2026-10-18"), last, month, reached_on=last)
    assert (verdict.status, verdict.next_expected) == ("late", day("2026-10-07"))
    assert "11 days overdue" in verdict.reason and "2026-09-04" in verdict.reason


def test_a_reference_month_that_stands_still_is_frozen_although_releases_go_on_coming():
    """The UK small boats page was frozen on 2023-02-04; a scraper ran green over it for 1,040 nights."""
    last, month = day("2026-11-05"), day("2026-08-01")
    assert state(TERMS, day("2026-11-03"), last, month, reached_on=day("2026-09-04")).status == "fresh"
    verdict = state(TERMS, day("2026-11-22"), last, month, reached_on=day("2026-09-04"))
    assert verdict.status == "frozen" and "2026-08" in verdict.reason and "79 days" in verdict.reason


def test_without_the_day_of_reaching_it_the_months_last_day_counts():
    last = day("2026-11-20")
    assert state(TERMS, day("2026-11-22"), last, day("2026-09-01")).status == "fresh"
    assert state(TERMS, day("2026-11-30"), last, day("2026-09-01")).status == "frozen"


def test_words_of_closure_freeze_a_source_on_the_first_day():
    verdict = state(
        TERMS, day("2026-09-05"), day("2026-09-04"), day("2026-08-01"), sentinel="will no longer be updated"
    )
    assert verdict.status == "frozen" and "will no longer be updated" in verdict.reason


def test_a_failing_fetch_is_named_before_what_follows_from_it():
    verdict = state(TERMS, day("2027-09-05"), day("2026-09-04"), day("2026-08-01"), failing_reason="gone: answered 404")
    assert (verdict.status, verdict.reason) == ("failing", "gone: answered 404")


def test_a_source_that_never_had_a_release_is_failing_not_fresh():
    assert state(TERMS, day("2026-09-05"), None, None).status == "failing"
    assert judge(CBP, [], day("2026-09-05")).status == "failing"


def test_the_reference_month_counts_from_the_first_release_that_reached_it():
    releases = [release("2026-07-06", "2026-06-01"), release("2026-08-05", "2026-07-01")]
    standing = [*releases, release("2026-09-04", "2026-07-01"), release("2026-10-05", "2026-07-01")]
    assert judge(CBP, releases, day("2026-09-17")).status == "fresh"
    assert judge(CBP, releases, day("2026-09-18")).status == "late"
    assert judge(CBP, standing, day("2026-10-19")).status == "fresh"
    verdict = judge(CBP, standing, day("2026-10-20"))
    assert verdict.status == "frozen" and "2026-07" in verdict.reason and "2026-08-05" in verdict.reason


def test_releases_that_were_not_known_on_the_day_do_not_count():
    releases = [release("2026-07-06", "2026-06-01"), release("2026-12-04", "2026-11-01")]
    assert judge(CBP, releases, day("2026-11-22")).status == "frozen"
    assert judge(CBP, releases, day("2026-12-05")).status == "fresh"


def test_a_thousand_green_nights_over_a_frozen_page_are_frozen_from_the_allowed_day_on():
    only = [release("2023-02-04", "2023-01-01")]
    states = [judge(CBP, only, day("2023-02-04") + dt.timedelta(nights)).status for nights in range(1_040)]
    # Due by 7 March, ten days allowed: 31 + 10 nights fresh, then late, and frozen once 75 days have passed.
    assert states == ["fresh"] * 42 + ["late"] * 34 + ["frozen"] * (1_040 - 76)
