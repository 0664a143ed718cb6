"""The sample's southwest border files: equal to what the agency published, and in its forms."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
from openpyxl import load_workbook

from ingest.releases.parsers import cbp_southwest_encounters
from sandbox import southwest_files, tables

FILES, DASHBOARD = southwest_files.ENCOUNTERS, southwest_files.DASHBOARD


def csv_rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def file_rows(folder: Path, vintage: str) -> list[dict[str, str]]:
    """The rows of a CSV or a workbook, as the parser reads them."""
    [path] = (folder / FILES / vintage).iterdir()
    if path.suffix == ".csv":
        return csv_rows(path)
    [table] = cbp_southwest_encounters.parse(path, path.name)
    return [dict(zip(southwest_files.HEADER, row, strict=False)) for row in table]


def totals(rows: list[dict[str, str]]) -> Counter[tuple[str, ...]]:
    names = ("Fiscal Year", "Month (abbv)", "Component", "Title of Authority", "Encounter Type")
    found: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        if row["Fiscal Year"][:4] in ("2022", "2023"):
            key = (row["Fiscal Year"], row["Month Grouping"], *(row[name] for name in names[1:]))
            found[key] += int(float(row["Encounter Count"]))
    return +found


def test_october_2022_is_unsorted_with_decimal_zeros_and_the_others_are_not(sample_folder: Path) -> None:
    rows = {vintage: file_rows(sample_folder, vintage) for vintage in southwest_files.FILES}
    assert all(row["Encounter Count"].endswith(".0") for row in rows["2022-10"])
    lines = {vintage: [tuple(row.values()) for row in found] for vintage, found in rows.items()}
    assert lines["2022-10"] != sorted(lines["2022-10"])
    assert [line[:9] for line in lines["2024-12"]] == sorted(line[:9] for line in lines["2024-12"])


def test_title_42_changes_its_encounter_type_and_no_count(sample_folder: Path) -> None:
    def fiscal_2022(vintage: str) -> Counter[str]:
        counts: Counter[str] = Counter()
        for row in file_rows(sample_folder, vintage):
            if row["Fiscal Year"] == "2022":
                counts[row["Encounter Type"]] += int(float(row["Encounter Count"]))
        return counts

    before, after = fiscal_2022("2022-10"), fiscal_2022("2023-05")
    assert before["Apprehensions"] - after["Apprehensions"] == after["Expulsions"] - before["Expulsions"] == 1_054_084
    assert before.total() == after.total() == 2_378_944


def test_the_workbook_opens_in_a_spreadsheet_program_with_its_title_above_the_table(sample_folder: Path) -> None:
    [path] = (sample_folder / FILES / "2023-05").iterdir()
    [sheet] = load_workbook(path).worksheets
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][0] == path.stem
    assert rows[1] == southwest_files.HEADER
    assert isinstance(rows[2][-1], int)


def test_the_grand_totals_of_the_scrapes_are_those_of_the_vintage_triangle(sample_folder: Path, figures: Path) -> None:
    with (figures / "cbp_southwest_total_by_vintage_fy2022_fy2023.csv").open(newline="", encoding="utf-8") as stream:
        days, *lines = list(csv.reader(stream))
    for vintage in southwest_files.SCRAPES:
        at = days.index(vintage)
        expected = {line[1]: int(float(line[at])) for line in lines if line[0] == "2022" and line[at]}
        rows = csv_rows(sample_folder / DASHBOARD / vintage / "encounters.csv")
        printed = {
            row["Month (abbv)-value"]: int(row["SUM(Encounter Count)-alias"].replace(",", ""))
            for row in rows
            if [row[name] for name in southwest_files.SCRAPED_HEADER[5:]] == ["all"] * 4
        }
        assert printed == expected


def test_the_tables_are_small_and_name_every_vintage_laid_out() -> None:
    assert {row["vintage"] for row in tables.rows("southwest_encounters")} == set(southwest_files.FILES)
    assert {row["vintage"] for row in tables.rows("southwest_dashboard")} == set(southwest_files.SCRAPES)


@pytest.mark.real
@pytest.mark.parametrize("vintage", ["2022-10", "2023-05"])
def test_sums_of_a_laid_out_file_equal_the_real_file_s(vintage: str, sample_folder: Path, real_releases: Path) -> None:
    """Months, groupings and counts by component, authority and type; the newest file is cut at fiscal 2023."""
    assert totals(file_rows(sample_folder, vintage)) == totals(file_rows(real_releases, vintage))
