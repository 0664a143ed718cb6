"""Dates and counts in text that others wrote, read by pattern.

Python's own readers are kinder than a figure can bear: ``int`` takes blanks, signs, underscores and the digits of
every script, so that ``2024-04-2<VT>2`` became a date. Here a digit is one of ``0123456789`` and nothing is stripped.
"""

from __future__ import annotations

import datetime as dt
import re

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
# English agencies shorten a month to its first three letters, with or without a stop, and September to four.
_SHORTENED = {name[:3]: number for number, name in enumerate(MONTHS, 1)} | {"sept": 9}
_NUMBERS = {name: number for number, name in enumerate(MONTHS, 1)} | _SHORTENED
_ISO = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_AMERICAN = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_WORDS = re.compile(r"([A-Za-z]{3,9})\.? ([0-9]{1,2}), ([0-9]{4})")
# RFC 9110 knows one date that servers may write; the zone is GMT, whatever they call it.
_HTTP = re.compile(
    r"[A-Za-z]{3}, ([0-9]{1,2}) ([A-Za-z]{3}) ([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) (?:GMT|UTC|\+0000)"
)
# No file, wait or line that we meet needs more digits; Python refuses to read 5,000 of them.
_COUNT = re.compile(r"[0-9]{1,15}")


def iso_parts(text: str) -> tuple[int, ...]:
    """Year, or year and month, or year, month and day of ``2023``, ``2023-11`` or ``2023-11-07``; numbers, not a date.

    Raises:
        ValueError: when the text is none of the three.
    """
    found = _ISO.fullmatch(text)
    if not found:
        message = f"{text[:40]!r} is not written YYYY-MM-DD, YYYY-MM or YYYY"
        raise ValueError(message)
    return tuple(int(part) for part in found.groups() if part)


def day_of(year: str, month: str, day: str) -> dt.date:
    """A day from its three parts; the month in digits, in English, or shortened to three letters.

    Raises:
        ValueError: when a part is no such thing, or the calendar has no such day.
    """
    numbers = (count_of(year), _NUMBERS.get(month.lower()) or count_of(month), count_of(day))
    if None in numbers:
        message = f"{year!r}, {month!r}, {day!r} name no day"
        raise ValueError(message)
    try:
        return dt.date(*(int(each) for each in numbers if each is not None))
    except OverflowError as error:
        message = f"{year}-{month}-{day} lies beyond the calendar"
        raise ValueError(message) from error


def day_in_words(text: str) -> dt.date:
    """The day of ``2025-10-15``, ``10/15/2025`` (month first), ``October 15, 2025`` or ``Oct. 15, 2025``.

    Raises:
        ValueError: when the text is none of the four.
    """
    if (found := _AMERICAN.fullmatch(text)) is not None:
        return day_of(found[3], found[1], found[2])
    if (found := _WORDS.fullmatch(text)) is not None:
        return day_of(found[3], found[1], found[2])
    parts = iso_parts(text)
    return dt.date(*parts) if len(parts) == len(("year", "month", "day")) else _no_day(text)


def http_moment(text: str) -> dt.datetime:
    """The moment of an HTTP header's date, ``Fri, 04 Sep 2026 12:00:00 GMT``, in UTC.

    Raises:
        ValueError: when the text is none.
    """
    found = _HTTP.fullmatch(text)
    day = day_of(found[3], found[2], found[1]) if found else _no_day(text)
    hour, minute, second = (int(each) for each in found.groups()[3:]) if found else (0, 0, 0)
    return dt.datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=dt.UTC)


def count_of(text: str) -> int | None:
    """A number of things, in ASCII digits without sign, blank or separator; None for any other text."""
    return int(text) if _COUNT.fullmatch(text) else None


def _no_day(text: str) -> dt.date:
    message = f"{text[:40]!r} names no day"
    raise ValueError(message)
