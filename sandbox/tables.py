"""Reading the small tables of `sandbox/sample/` (the bundled sample's figures)."""

from __future__ import annotations

import csv
from pathlib import Path

SAMPLE_TABLES = Path(__file__).parent / "sample"

CALENDAR_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
FISCAL_MONTHS = ("OCT", "NOV", "DEC", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP")


def rows(name: str) -> list[dict[str, str]]:
    """All rows of one table, in file order, every value as text.

    Args:
        name: file name without its ending, e.g. `cbp_state`.
    """
    with (SAMPLE_TABLES / f"{name}.csv").open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))
