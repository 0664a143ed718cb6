"""Sums of equal months: what is compared, and what is not."""

from __future__ import annotations

import datetime as dt

from roxham_web.figure_pages import FigurePage
from roxham_web.months import months_between
from roxham_web.windows import around, to_date

PROTOCOL = dt.date(2023, 3, 25)


def figures(first: tuple[int, int], count: int, value: int = 10, **other: dict) -> FigurePage:
    """Months of the same figure from one on; ``other`` names some (as m2023_05) that are otherwise."""
    at = first[0] * 12 + first[1] - 1
    months = [
        {"month": dt.date(number // 12, number % 12 + 1, 1), "value": value, "missing_reason": None,
         **other.get(f"m{number // 12}_{number % 12 + 1:02}", {})}
        for number in range(at + count - 1, at - 1, -1)
    ]  # fmt: skip
    return FigurePage("measure", "place", months, [])


def test_nine_months_after_an_event_stand_beside_the_same_nine_of_the_year_before() -> None:
    """April to December 2023 were all there was; against twelve months before, any fall would look larger than it was."""
    compared = around(figures((2022, 1), 24), PROTOCOL)
    assert compared is not None and not compared.is_whole
    assert (compared.before, compared.after, len(compared.months_after)) == (90, 90, 9)
    assert (compared.months_before[0], compared.months_before[-1]) == (dt.date(2022, 4, 1), dt.date(2022, 12, 1))
    assert (compared.months_after[0], compared.months_after[-1]) == (dt.date(2023, 4, 1), dt.date(2023, 12, 1))


def test_twelve_months_on_both_sides_are_those_next_to_the_event_s_month() -> None:
    compared = around(figures((2021, 1), 60), PROTOCOL)
    assert compared is not None and compared.is_whole
    assert (compared.months_before[0], compared.months_before[-1]) == (dt.date(2022, 3, 1), dt.date(2023, 2, 1))
    assert (compared.months_after[0], compared.months_after[-1]) == (dt.date(2023, 4, 1), dt.date(2024, 3, 1))


def test_a_month_without_a_figure_drops_out_on_both_sides_unless_the_agency_lists_nobody() -> None:
    gone = {"value": None, "missing_reason": "suppressed"}
    nobody = {"value": None, "missing_reason": "not_listed"}
    compared = around(figures((2021, 1), 60, m2023_05=gone, m2023_06=nobody), PROTOCOL)
    assert compared is not None
    assert len(compared.months_after) == 11 and dt.date(2022, 5, 1) not in compared.months_before
    assert (compared.before, compared.after) == (110, 100)


def test_a_side_on_which_nobody_is_listed_has_no_sum_for_nobody_printed_that_0() -> None:
    """Twelve months that a cut does not list would have stood on a place's page as a 0, and the rise from it as news."""
    nobody = {"value": None, "missing_reason": "not_listed"}
    before = {f"m{month:%Y_%m}": nobody for month in months_between(dt.date(2022, 3, 1), dt.date(2023, 2, 1))}
    after = {f"m{month:%Y_%m}": nobody for month in months_between(dt.date(2023, 4, 1), dt.date(2024, 3, 1))}
    assert around(figures((2021, 1), 60, **before), PROTOCOL) is None
    assert around(figures((2021, 1), 60, **after), PROTOCOL) is None


def test_a_year_to_date_counts_from_the_month_that_the_year_begins_with() -> None:
    compared = to_date(figures((2022, 1), 24), dt.date(2023, 11, 1), 10)
    assert compared is not None
    assert compared.months_after == [dt.date(2023, 10, 1), dt.date(2023, 11, 1)]
    assert compared.months_before == [dt.date(2022, 10, 1), dt.date(2022, 11, 1)]
    assert compared.share == 0.0


def test_nothing_is_compared_with_months_that_no_release_speaks_of() -> None:
    assert around(figures((2023, 4), 9), PROTOCOL) is None
