"""Parses (say: which file): a table of year, month, place and count.

Publisher's page: https://agency.example/new_source_id/.
"""

from __future__ import annotations

from pathlib import Path

from ingest.core.records import ParsedTable
from ingest.releases.parsers import csv_lines

# Raw columns are never called as what checks work out: month, period, series, cell, n.
COLUMNS = {"Year": "year_label", "Month": "month_label", "Place": "place", "Count": "printed"}
VALUE_HEAD = "Count"
TABLES = {"cells": tuple(COLUMNS.values())}
cells = csv_lines.cells_under(VALUE_HEAD)


def parse(path: Path, file_name: str) -> list[ParsedTable]:
    """The file as one raw table, every value as printed.

    Raises:
        StructureError: when the columns are not those promised.
    """
    return [csv_lines.table(path, file_name, "cells", COLUMNS, VALUE_HEAD)]
