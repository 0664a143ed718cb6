"""Text as it may leave Roxham: an agency's words must stay words in a spreadsheet, a feed, a message, a terminal."""

from __future__ import annotations

import re
from collections.abc import Mapping

# What spreadsheets take for the beginning of a formula (or strip, and then do), ASCII and full width.
FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"
# Longer than any label, sentence or check that a person reads.
LONGEST = 20_000
# C0 and C1 controls but for tab and line feed (XML knows them not, a terminal obeys them), lone surrogates (no encoding
# knows them), marks that turn the direction of what follows, line breaks of other alphabets, and non-characters.
_UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
STANDS_FOR_UNFIT = "\ufffd"


def without_formula(text: str) -> str:
    """The text as it may stand in a CSV cell: one that begins like a formula gets a leading apostrophe."""
    return f"'{text}" if text.startswith(tuple(FORMULA_STARTS)) else text


def readable(text: str, longest: int = LONGEST) -> str:
    """The text as it may stand in XML, a message and a terminal.

    Returns:
        The text with U+FFFD for each character that is no text, so that a person sees that something stood there; cut,
        and saying so, when it is longer than that.
    """
    kept = text if len(text) <= longest else f"{text[:longest]} … ({len(text):,} characters in all)"
    return _UNFIT.sub(STANDS_FOR_UNFIT, kept.replace("\r\n", "\n"))


def in_one_line(text: str, longest: int = LONGEST) -> str:
    """As ``readable``, without line breaks: for subjects and titles."""
    return " ".join(readable(text, longest).split())


def all_readable(content: object) -> object:
    """The same JSON-like content with every text in it readable; keys are our own and stay."""
    if isinstance(content, str):
        return readable(content)
    if isinstance(content, Mapping):
        return {name: all_readable(each) for name, each in content.items()}
    if isinstance(content, list | tuple):
        return [all_readable(each) for each in content]
    return content
