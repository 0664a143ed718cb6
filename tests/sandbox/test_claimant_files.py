"""The sample's claimant workbooks and the portal's entry that lists them."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import pytest
import requests
from openpyxl import load_workbook

from ingest.releases.parsers import ircc_asylum_claimants as parser
from sandbox import Sandbox, ckan_listing, claimant_files
from tests.support.real_releases import FIGURES, RELEASES

FILES = {(item.vintage, item.file_name): item for item in claimant_files.files()}


def cells(path: Path) -> set[tuple[str, ...]]:
    """Every cell with its labels, without its place in the sheet; `2024 - Total` and `2024 Total` are one head."""
    [table] = parser.parse(path, path.name)
    head = table.columns.index("column_label")
    return {
        tuple(value.replace(" - Total", " Total") if number == head else value for number, value in enumerate(row[:-1]))
        for row in table
    }


def package(agency: Sandbox) -> dict:
    host, path = ckan_listing.ADDRESS
    answer = requests.get(agency.address + path + "?id=x", headers={"Host": host}, timeout=10)
    assert answer.headers["Content-Type"].startswith("application/json")
    return json.loads(answer.content)


def test_a_workbook_s_bytes_know_no_clock() -> None:
    again = {(item.vintage, item.file_name): item.body for item in claimant_files.files()}
    assert again == {key: item.body for key, item in FILES.items()}
    for item in FILES.values():
        with zipfile.ZipFile(io.BytesIO(item.body)) as container:
            assert {member.date_time[0] for member in container.infolist()} == {1980}
            assert b"T00:00:00Z" in container.read("docProps/core.xml")


def test_a_workbook_has_the_agency_s_form_and_says_that_it_is_a_sample() -> None:
    item = FILES["2024-02-29", "EN_ODP-Asylum-PT_Gender.xlsx"]
    with zipfile.ZipFile(io.BytesIO(item.body)) as container:
        assert "xl/sharedStrings.xml" not in container.namelist()
    sheet = load_workbook(io.BytesIO(item.body)).active
    merged = {str(each) for each in sheet.merged_cells.ranges}
    assert {"A3:B5", "C3:S3"} <= merged
    assert [sheet[at].value for at in ("C3", "C4", "C5", "F5", "S4", "S5")] == [
        "2022", "Q1", "Jan", "Q1 Total", "2022 Total", None,
    ]  # fmt: skip
    assert any("ROXHAM SAMPLE" in str(row[0]) for row in sheet.iter_rows(values_only=True))


def test_the_portal_lists_the_newest_workbook_of_each_address_and_its_french_twin(sample_folder: Path) -> None:
    with Sandbox(sample_folder, date="2025-10-18") as agency:
        resources = package(agency)["result"]["resources"]
    english = [each for each in resources if each["language"] == ["en"]]
    assert (len(resources), len(english)) == (14, 7)
    assert {each["url"].rsplit("/", 1)[1] for each in english} == {name for _, name in FILES}
    assert sorted({each["last_modified"][:10] for each in english}) == ["2024-04-02", "2025-10-18"]


def test_before_the_first_workbook_the_portal_has_no_entry(sample_folder: Path) -> None:
    with Sandbox(sample_folder, date="2024-04-01") as agency:
        host, path = ckan_listing.ADDRESS
        assert requests.get(agency.address + path, headers={"Host": host}, timeout=10).status_code == 404


@pytest.mark.real
@pytest.mark.parametrize(("vintage", "name"), list(FILES))
def test_every_cell_of_a_sample_workbook_is_the_real_one_s(vintage: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[vintage, name].body)
    assert cells(path) <= cells(RELEASES / "ircc_asylum_claimants" / vintage / name)


@pytest.mark.real
def test_the_sample_s_two_vintages_hold_the_published_revisions_of_their_years(tmp_path: Path) -> None:
    with (FIGURES / "ircc_claimants_revisions_2024-02_to_2025-07.csv").open(encoding="utf-8", newline="") as stream:
        listed = {
            (row["office_type"], row["province"], row["year"], row["month"]):
                (row["as_of_2024_02_29"], row["as_of_2025_07_31"])
            for row in csv.DictReader(stream) if int(row["year"]) >= 2022
        }  # fmt: skip
    printed = []
    for vintage in claimant_files.VINTAGES:
        path = tmp_path / vintage
        path.write_bytes(FILES[vintage, "EN_ODP-Asylum-OfficeType_Prov.xlsx"].body)
        [table] = parser.parse(path, "")
        named = [dict(zip(table.columns, row, strict=True)) for row in table]
        printed.append({
            (row["office"].strip().removesuffix(" - Total"), row["province"] or "ALL", row["year"],
             row["column_label"]): row["printed"] for row in named
        })  # fmt: skip
    before, after = printed
    changed = {key: (before[key], after[key]) for key in before if key in after and before[key] != after[key]}
    # The running year's total of two months grew into that of twelve: no revision, and not among the figures.
    assert {key: pair for key, pair in changed.items() if key[3] != "2024 Total"} == listed
