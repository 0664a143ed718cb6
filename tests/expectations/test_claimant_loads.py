"""Loads of IRCC's claimant workbooks: sound ones pass, each way of being broken is told by the check meant for it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from expectations import runner
from ingest.core.records import CheckResult
from ingest.releases.parsers import ircc_asylum_claimants as parser
from sandbox import claimant_files
from tests.support.small_loads import Row, Rows, SmallRelease, altered, failed, validate, validate_only, write_load

# Great Expectations takes about a second for each load.
pytestmark = pytest.mark.slow

SOURCE = "ircc_asylum_claimants"
SHARE = "closed_period_changed_share:cells"
REVISED = "closed_period_revised:cells"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Rows]:
    """The raw rows of the bundled sample's workbooks, by as-of date and workbook."""
    folder = tmp_path_factory.mktemp("workbooks")
    read: dict[tuple[str, str], Rows] = {}
    for item in claimant_files.files():
        path = folder / item.file_name
        path.write_bytes(item.body)
        [table] = parser.parse(path, path.name)
        name = f"{item.vintage}-{item.file_name}"
        rows = [{**dict(zip(table.columns, row, strict=True)), "_sha256": name} for row in table]
        read[item.vintage, parser.part(item.file_name)] = rows
    return read


def first(sample: dict[tuple[str, str], Rows], *workbooks: str) -> Rows:
    """Rows of the first vintage."""
    return [row for workbook in workbooks for row in sample["2024-02-29", workbook]]


def load(
    path: Path, rows: Rows, *only: str, before: Rows = (), migration: Rows = (), published: str = "2025-10-18"
) -> dict[str, CheckResult]:  # fmt: skip
    """Validate one release of workbooks, after another when given."""
    tables = {table: list(each) for table, each in (("cells", rows), ("migration", migration)) if each}
    releases = [SmallRelease("this", published, tables, state="pending", order=2)]
    if before:
        releases.insert(0, SmallRelease("before", "2024-04-02", {"cells": list(before)}, last_month="2024-02-01"))
    file = write_load(path / "load.duckdb", SOURCE, releases)
    return validate_only(file, SOURCE, *only) if only else validate(file, SOURCE)


def test_the_seven_workbooks_pass_every_check_and_agree(tmp_path, sample):
    workbooks = [workbook for vintage, workbook in sample if vintage == "2024-02-29" and workbook != "migration"]
    results = load(tmp_path, first(sample, *workbooks), migration=first(sample, "migration"), published="2024-04-02")
    assert failed(results) == set()
    assert len(results) > 35
    assert results["workbooks_agree_on_the_total"].observed == "6 workbooks"
    assert results["every_file_has_rows"].observed.startswith("7 workbooks")


def test_the_second_vintage_revises_closed_years_with_a_warning_and_nothing_else(tmp_path, sample):
    """Guards 12 % of the printed cells changing in 17 months: a real revision, no reason to stop."""
    results = load(tmp_path, sample["2025-07-31", "office_province"], before=first(sample, "office_province"))
    # Some of the revised figures moved by more than a tenth.
    assert failed(results) == {REVISED, "cell_against_last_release:cells"}
    assert not runner.blocks(results.values())
    told = results[REVISED].observed or ""
    assert "office_province, 2023: 104 cells revised, 12 added, 0 vanished of 456" in told
    assert results[SHARE].success


def test_the_renamed_row_outside_canada_is_one_cell_with_the_old_one(tmp_path, sample):
    before = first(sample, "office_province")
    old, new = "Outside Canada", "Province/Territory of claim not stated"
    renamed = [{**row, "province": new} if row["province"] == old else row for row in before]
    assert renamed != before
    results = load(tmp_path, renamed, REVISED, "labels_known:cells.province", before=before)
    assert failed(results) == set()


def test_a_workbook_shifted_by_a_month_is_stopped_as_a_mass_of_changed_closed_cells(tmp_path, sample):
    before = first(sample, "office_province")
    shifted = [{**row, "printed": after["printed"]} for row, after in pairwise(before)]
    results = load(tmp_path, [*shifted, before[-1]], SHARE, before=before)
    assert failed(results, "critical") == {SHARE}


def test_the_yearly_workbook_alone_is_a_release_and_says_nothing_of_the_months(tmp_path, sample):
    results = load(tmp_path, [], before=first(sample, "office_province"), migration=first(sample, "migration"))
    assert failed(results) == set()


def test_a_workbook_without_figures_is_stopped_although_others_have_some(tmp_path, sample):
    masked = [{**row, "printed": "--"} for row in first(sample, "province_gender")]
    results = load(tmp_path, [*first(sample, "office_province"), *masked], "every_file_has_rows")
    assert failed(results, "critical") == {"every_file_has_rows"}
    assert "PT_Gender.xlsx.csv brought no figure" in results["every_file_has_rows"].observed


MONTH = {"year": "2023", "column_label": "Jan"}
QUEBEC = {**MONTH, "province": "Quebec"}


@pytest.mark.parametrize(
    ("workbook", "alter", "labels", "check", "severity", "told"),
    [
        ("office_province", {"printed": "12.5"}, QUEBEC, "counts_are_whole_numbers:cells", "critical", '"12.5"'),
        ("office_province", {"printed": "-5"}, QUEBEC, "counts_are_whole_numbers:cells", "critical", '"-5"'),
        ("office_province", {"province": "Atlantis"}, QUEBEC, "labels_known:cells.province", "critical", "Atlantis"),
        ("office_province", {"office": "Sea - Total"}, QUEBEC, "labels_known:cells.office", "critical", "Sea - Total"),
        ("province_gender", {"gender": "X"}, {**MONTH, "gender": "Female"}, "labels_known:cells.gender", "critical",
         '"X"'),
        ("office_province", {"year": "1915"}, QUEBEC, "years_plausible:cells", "critical", "1915"),
        ("office_province", {"year": "2026"}, {**QUEBEC, "column_label": "Dec"}, "months_not_after_publication:cells",
         "critical", "2026-12"),
        ("office_province", {"as_of": "soon"}, QUEBEC, "as_of_is_a_date_before_publication", "critical", "soon"),
        ("office_province", {"as_of": "October 31, 2025"}, QUEBEC, "as_of_is_a_date_before_publication", "critical",
         "October 31, 2025"),
        ("office_province", {"as_of": "March 31, 2024"}, {"year": "2024", "column_label": "Feb"},
         "as_of_is_in_the_last_month", "warning", "last month 2024-02"),
        ("office_province", {"printed": "932"}, QUEBEC, "rounded_to_five:cells", "warning", "932 at"),
        ("office_province", {"printed": "5,000"}, QUEBEC, "rows_sum_to_total:cells", "warning",
         "2023 Jan airport: rows sum to"),
        ("office_province", {"printed": "5,000"}, {**MONTH, "office": "Inland - Total", "province": ""},
         "rows_sum_to_total:cells", "warning", "2023 Jan total: rows sum to"),
        ("province_gender", {"printed": "9,000"}, {**MONTH, "gender": "Female", "province": "Ontario Total"},
         "rows_sum_to_total:cells", "warning", "2023 Jan CA-ON: rows sum to"),
        ("citizenship_province_month", {"printed": "9,000"}, {"citizenship": "India", "province": "Ontario"},
         "rows_sum_to_total:cells", "warning", "2024 Jan india: rows sum to"),
        ("province_gender", {"printed": "9,000"}, {"year": "2023", "column_label": "Q2 Total", "gender": "Male"},
         "months_sum_to_quarter:cells", "warning", "months sum to masks only, printed is 9000"),
        ("office_province", {"printed": "9,000"}, {"column_label": "2023 Total", "province": "Quebec"},
         "months_sum_to_year:cells", "warning", "2023 2023 Total at"),
    ],
)  # fmt: skip
def test_a_broken_cell_is_told_by_the_check_that_is_meant_for_it(
    tmp_path: Path, sample, workbook: str, alter: Row, labels: Row, check: str, severity: str, told: str
):
    sound = first(sample, workbook)
    assert failed(load(tmp_path, sound, check)) == set()
    (tmp_path / "load.duckdb").unlink()
    results = load(tmp_path, altered(sound, alter, **labels), check)
    assert failed(results, severity) == {check}
    assert told in (results[check].observed or "")


def test_a_lost_month_and_an_older_file_are_stopped(tmp_path, sample):
    before = first(sample, "office_province")
    hole = [row for row in before if (row["year"], row["column_label"]) != ("2023", "Feb")]
    checks = ("no_month_skipped:cells", "no_month_lost:cells")
    assert failed(load(tmp_path, hole, *checks, before=before), "critical") == set(checks)
    (tmp_path / "load.duckdb").unlink()
    shorter = [row for row in before if (row["year"], row["column_label"]) != ("2024", "Feb")]
    check = "reference_month_not_backwards:cells"
    results = load(tmp_path, shorter, check, before=before)
    assert "the release before reached 2024-02, this one 2024-01" in results[check].observed


def test_two_workbooks_with_different_totals_are_told(tmp_path, sample):
    rows = first(sample, "office_province", "province_gender")
    rows = altered(rows, {"printed": "7,500"}, workbook="province_gender", province="Total", year="2023",
                   column_label="Jan")  # fmt: skip
    check = "workbooks_agree_on_the_total"
    results = load(tmp_path, rows, check)
    assert failed(results, "warning") == {check}
    assert "2023 1: office_province " in results[check].observed and "province_gender 7,500" in results[check].observed
