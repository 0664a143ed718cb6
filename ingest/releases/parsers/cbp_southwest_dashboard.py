"""Parses the tables that a bot scraped from CBP's Southwest Land Border Encounters dashboard, one per official update.

Publisher's page: https://www.cbp.gov/newsroom/stats/southwest-land-border-encounters. The columns carry the dashboard's
own field names (``SUM(Encounter Count)-alias``); the first vintage has the scraper's row number in front, unheaded.
"""

from __future__ import annotations

from pathlib import Path

from ingest.core.records import ParsedTable
from ingest.releases.parsers import csv_lines

COLUMNS = {
    "": "scraper_row",
    "Unnamed: 0": "scraper_row",
    "Fiscal Year-value": "fiscal_year_value",
    "Fiscal Year-alias": "fiscal_year_alias",
    "Month (abbv)-value": "month_abbv_value",
    "Month (abbv)-alias": "month_abbv_alias",
    "SUM(Encounter Count)-alias": "encounter_count",
    "Citizenship Grouping": "citizenship_grouping",
    "Component": "component",
    "Demographic": "demographic",
    "Title of Authority": "title_of_authority",
}
# The scraper's own count of rows; pandas writes its missing head so when it has read such a file again.
SCRAPER_ROW = frozenset({"", "Unnamed: 0"})
VALUE_HEAD = "SUM(Encounter Count)-alias"
TABLES = {"cells": tuple(dict.fromkeys(COLUMNS.values()))}


def parse(path: Path, file_name: str) -> list[ParsedTable]:
    """The scraped table, detail and subtotal rows as they come.

    Raises:
        StructureError: when the columns are not the dashboard's, or the scrape brought nothing.
    """
    return [csv_lines.table(path, file_name, "cells", COLUMNS, VALUE_HEAD, SCRAPER_ROW)]


cells = csv_lines.cells_under(VALUE_HEAD)
