"""Months as dates, the first day of each: which lie between two of them, and which lies so many further."""

from __future__ import annotations

import datetime as dt

YEAR = 12


def shifted(month: dt.date, by: int) -> dt.date:
    """The first of the month that lies so many months later; earlier, where ``by`` is negative."""
    number = month.year * YEAR + month.month - 1 + by
    return dt.date(number // YEAR, number % YEAR + 1, 1)


def months_between(first: dt.date, last: dt.date) -> list[dt.date]:
    """Every first of a month from one to the other."""
    count = (last.year - first.year) * YEAR + last.month - first.month + 1
    return [shifted(first, step) for step in range(count)]
