"""Text as it may leave Roxham: an agency's words must stay words in a spreadsheet, a feed, a message, a terminal."""

from __future__ import annotations

# What spreadsheets take for the beginning of a formula (or strip, and then do), ASCII and full width.
FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"


def without_formula(text: str) -> str:
    """The text as it may stand in a CSV cell: one that begins like a formula gets a leading apostrophe."""
    return f"'{text}" if text.startswith(tuple(FORMULA_STARTS)) else text
