"""The checks over the real releases: none of them is stopped, and exactly the known contradictions are told."""

from __future__ import annotations

import json

import pytest

from ingest.archive.manifest import Manifest
from tests.support.small_loads import CBP, RCMP

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.xdist_group("real")]


def test_real_releases_are_accepted_with_exactly_the_known_warnings(real_home):
    """2018's Saskatchewan row, 2023's British Columbia and 2023's year total contradict each other as printed."""
    with Manifest(real_home.manifest) as manifest:
        results = [each for each in manifest.check_results() if each.source_id in (CBP, RCMP) and each.stage == "load"]
    told = {(each.source_id, each.check, each.severity): each.observed or "" for each in results if each.is_told}
    assert len(results) > 400
    assert set(told) == {
        (RCMP, "rows_sum_to_total:rcmp", "warning"),
        (RCMP, "months_sum_to_year:rcmp", "warning"),
        (CBP, "both_cuts_agree", "warning"),
        (CBP, "every_file_came", "warning"),
        (CBP, "cell_against_its_past:state", "warning"),
        (CBP, "cell_against_last_release:state", "warning"),
        (CBP, "month_against_its_past:state", "warning"),
        (CBP, "month_against_its_last_steps:state", "warning"),
    }
    by_row = told[RCMP, "rows_sum_to_total:rcmp", "warning"]
    for part in ("2018 en rcmp_interceptions Total: rows sum to 19423, total row prints 19419",
                 "2023 en rcmp_interceptions Jan: rows sum to 4998, total row prints 4994"):  # fmt: skip
        assert part in by_row
    assert by_row.count("rows sum to") == 7
    by_year = told[RCMP, "months_sum_to_year:rcmp", "warning"]
    assert by_year == "2023 en rcmp_interceptions Total - RCMP: months sum to 14655, Total prints 14663"


def test_closed_fiscal_years_stood_still_in_every_real_vintage(real_home):
    with Manifest(real_home.manifest) as manifest:
        results = [each for each in manifest.check_results() if each.check == "closed_period_revised:state"]
    compared = [each.observed for each in results if each.observed != "nothing to compare"]
    assert len(compared) >= 7
    assert all((observed or "").startswith("0 of ") for observed in compared)


def test_the_real_marts_were_worked_out_again_from_the_raw_cells_without_a_difference(real_home):
    told = json.loads((real_home.current / "validation" / "marts.json").read_text(encoding="utf-8"))
    by_check = {each["check"]: each for each in told["results"]}
    assert told["summary"]["blocks"] is False
    assert by_check[f"every_zero_is_printed:{CBP}"]["observed"] == "327 zeros served, 327 printed"
    assert by_check[f"figures_lead_back_to_cells:{RCMP}"]["success"]
