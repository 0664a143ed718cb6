"""Newsroom pages of our own writing, in the shape of the agency's page of apprehensions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

HEADING = "U.S. Border Patrol At Large and U.S. Border Patrol at Entry Apprehensions"
SENTENCE = "Fiscal Year 2024 runs from October 1, 2023 to September 30, 2024."
MONTHS = ("Oct-23", "Nov-23", "Dec-23")
ROWS: Mapping[str, Sequence[Sequence[str]]] = {
    "Nationwide Total Apprehensions": (("9,947", "9,294", "-"), ("3,280", "3,224", "-"), ("6,667", "6,070", "-")),
    "Southwest Border Total Apprehensions": (("7,988", "7,353", "-"), ("1,400", "1,359", "-"), ("6,588", "5,994", "-")),
    "Northern Border Total Apprehensions": (("645", "567", "-"), ("570", "497", "-"), ("75", "70", "-")),
}
KINDS = ("<em>At Large</em>", "<em>At Entry</em>")


def row(label: str, figures: Sequence[str]) -> str:
    """One table row."""
    return f'<tr><th scope="row">{label}</th>' + "".join(f"<td>{each}</td>" for each in figures) + "</tr>"


def table(months: Sequence[str] = MONTHS, rows: Mapping[str, Sequence[Sequence[str]]] = ROWS) -> str:
    """The table of the page."""
    body = [
        row(label, figures)
        for total, figures_of in rows.items()
        for label, figures in zip((f"<strong>{total}</strong>", *KINDS), figures_of, strict=True)
    ]
    heads = "".join(
        f'<th scope="col"><span class="cbp-blue">{each}</span></th>' for each in ("Monthly Totals", *months)
    )
    return f'<table class="usa-table"><thead><tr>{heads}</tr></thead><tbody>{"".join(body)}</tbody></table>'


def page(
    tables: str | None = None, *, heading: str = HEADING, sentence: str = SENTENCE, modified: str = "Dec 15, 2023"
) -> str:
    """A whole page."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8" /><title>Nationwide Encounters</title></head><body>\n'
        f"<p><em>{sentence}</em></p>\n<h2>{heading}</h2>{table() if tables is None else tables}\n"
        f'<div><span class="text-bold">Last Modified: {modified}</span></div>\n</body></html>\n'
    )
