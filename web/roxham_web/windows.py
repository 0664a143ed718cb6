"""Compares sums of months: a year to date beside the same months of the year before, the months around an event.

Two sums stand beside each other only over the same calendar months, each told on both sides; how many they are is said
with them. A month that no release speaks of is never taken for a 0.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from roxham_web.figure_pages import FigurePage
from roxham_web.months import YEAR, months_between, shifted


@dataclass(frozen=True)
class Compared:
    """Two sums over the same calendar months: of how many that were asked, and of which."""

    asked: int
    before: int
    after: int
    months_before: list[dt.date]
    months_after: list[dt.date]

    @property
    def is_whole(self) -> bool:
        """Whether every month that was asked for is told on both sides."""
        return len(self.months_after) == self.asked

    @property
    def change(self) -> int:
        """What was added from the one to the other."""
        return self.after - self.before

    @property
    def share(self) -> float | None:
        """The change in per cent of the earlier sum; None where that is 0."""
        return 100 * self.change / self.before if self.before else None


def same_month(figures: FigurePage, month: dt.date) -> Compared | None:
    """A month beside that of a year before; None where one of them is not told."""
    return _compared(figures, [(shifted(month, -YEAR), month)])


def to_date(figures: FigurePage, last: dt.date, first_month: int) -> Compared | None:
    """The year that ``last`` lies in, up to it, beside the same months of the year before; None where none compare.

    Args:
        figures: the months of one measure and place.
        last: the last month that has a figure.
        first_month: the month that the year begins with; 10 for a US fiscal year.
    """
    began = dt.date(last.year - (last.month < first_month), first_month, 1)
    return _compared(figures, [(shifted(month, -YEAR), month) for month in months_between(began, last)])


def around(figures: FigurePage, event: dt.date) -> Compared | None:
    """The twelve months after an event's month beside the same calendar months of the twelve before; None if none compare."""
    at = dt.date(event.year, event.month, 1)
    after = [shifted(at, step) for step in range(1, YEAR + 1)]
    # The twelfth month after falls on the event's own calendar month: its like before is a year before the event.
    before = [shifted(month, -YEAR) for month in after[:-1]] + [shifted(at, -YEAR)]
    return _compared(figures, list(zip(before, after, strict=True)))


def _compared(figures: FigurePage, pairs: list[tuple[dt.date, dt.date]]) -> Compared | None:
    told, values = figures.told, figures.figures
    both = [(before, after) for before, after in pairs if before in told and after in told]
    before, after = sorted(pair[0] for pair in both), sorted(pair[1] for pair in both)
    # Months in which nobody is listed add nothing to a sum; alone they make none, for nobody printed that 0.
    if not all(any(month in values for month in side) for side in (before, after)):
        return None
    return Compared(len(pairs), _sum(values, before), _sum(values, after), before, after)


def _sum(values: dict[dt.date, int], months: list[dt.date]) -> int:
    """A month in which an agency lists nobody adds nothing."""
    return sum(values[month] for month in months if month in values)
