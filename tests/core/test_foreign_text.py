"""Dates and counts that others wrote are taken by pattern or not at all."""

from __future__ import annotations

import datetime as dt

import pytest

from ingest.agency.discover import listed_files
from ingest.core.foreign_text import count_of, day_in_words, day_of, http_moment
from ingest.core.records import Published

NO_DATES = [
    "2024-04-2\x0b", "2024-04-2\x0b2", "2024-04-2\n", "2024-04-22\n", " 2024-04-22", "2024-04-\xa022", "2024-04-+2",
    "2024-4-22", "2_24-04-22", "２０２４-04-22", "2024-04-٢٢", "2024-02-30", "2024-13", "0000", "-024-04-22", "2024-04-22x",
    "22 April 2024", "", "9" * 5000,
]  # fmt: skip


@pytest.mark.parametrize("text", NO_DATES)
def test_what_only_looks_like_a_date_is_none(text: str) -> None:
    """On 2026-11-27 a page dated `2024-04-2<vertical tab>2` was accepted; then no build of any source could be made."""
    with pytest.raises(ValueError, match=r"YYYY|no date|plausible|month|day"):
        Published.from_text(text, "document")


@pytest.mark.parametrize(
    ("text", "precision"), [("2024-04-22", "day"), ("2024-04", "month"), ("2024", "year"), ("2024-02-29", "day")]
)
def test_a_date_that_is_printed_as_one_is_taken_as_precise_as_it_is(text: str, precision: str) -> None:
    assert (Published.from_text(text, "document").text, Published.from_text(text, "document").precision) == (
        text, precision,
    )  # fmt: skip


@pytest.mark.parametrize(
    "text", ["10/15/2025", "2025-10-15", "October 15, 2025", "Oct 15, 2025", "Oct. 15, 2025", "OCTOBER 15, 2025"]
)
def test_a_listing_may_write_a_day_in_four_ways(text: str) -> None:
    assert day_in_words(text) == dt.date(2025, 10, 15)


@pytest.mark.parametrize(
    "text",
    [
        "１０/15/2025",
        "10/15/2025\x0b",
        "October 1\x0b, 2025",
        "Octember 15, 2025",
        "02/30/2025",
        "2025-10",
        "1/1/99999",
    ],
)
def test_a_listing_may_write_it_in_no_fifth_way(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        day_in_words(text)


def test_a_listings_date_in_other_digits_is_named_and_not_believed() -> None:
    page = "<table><tr><td><a href='/a.csv'>a</a></td><td>１０/15/2025</td></tr></table>".encode()
    (file,) = listed_files(b'<meta charset="utf-8">' + page, "https://agency.example/", r"\.csv$")
    assert file.published is None


def test_a_header_is_dated_as_the_standard_says_and_not_beyond_the_calendar() -> None:
    assert http_moment("Fri, 04 Sep 2026 12:34:56 GMT") == dt.datetime(2026, 9, 4, 12, 34, 56, tzinfo=dt.UTC)
    for text in (
        "Fri, 04 Sep 99999 12:00:00 GMT",
        "Fri, 32 Sep 2026 12:00:00 GMT",
        "",
        "yesterday",
        "Fri, ٠4 Sep 2026",
    ):
        with pytest.raises(ValueError, match=r"\S"):
            http_moment(text)
    with pytest.raises(ValueError, match="name no day"):
        day_of("2024", "04", "2\x0b")


@pytest.mark.parametrize("text", ["", " 5", "5\n", "+5", "-5", "5_0", "５", "²", "9" * 5000, "0x5"])
def test_a_count_is_in_plain_digits_and_of_a_sane_length(text: str) -> None:
    assert count_of(text) is None


def test_a_count_is_read() -> None:
    assert (count_of("0"), count_of("000123"), count_of("9" * 15)) == (0, 123, 999_999_999_999_999)
