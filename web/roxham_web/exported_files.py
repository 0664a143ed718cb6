"""How the exported files of a mart are called: what writes them and what links to them say the same."""

from __future__ import annotations

# Over the real releases these are some 400 MB of text, and 20 MB packed.
PACKED = ("crossings", "fct_crossings_monthly_detail", "fct_crossings_monthly_detail_vintages")
WORKBOOK = "headline_facts.xlsx"
SUPERSET = "superset_crossings.zip"


def csv_name(table: str) -> str:
    """The file name of a mart's CSV: ``.csv.gz`` for the largest."""
    return f"{table}.csv.gz" if table in PACKED else f"{table}.csv"


def parquet_name(table: str) -> str:
    """The file name of a mart's Parquet."""
    return f"{table}.parquet"
