"""Loads of CBP's files: a sound one passes, each way of being broken is told by the check that is meant for it."""

from __future__ import annotations

import pytest

from expectations import runner
from tests.support.small_loads import (
    CBP,
    SmallRelease,
    altered,
    cbp_load,
    cbp_tables,
    failed,
    validate,
    where,
    write_load,
)

# Great Expectations takes about a second for each load.
pytestmark = pytest.mark.slow


def test_a_sound_load_passes_every_check(tmp_path):
    results = cbp_load(tmp_path)
    assert failed(results) == set()
    assert not runner.blocks(results.values())
    assert len(results) > 40


def test_a_first_release_has_nothing_to_compare_with_and_says_so_without_a_warning(tmp_path):
    results = cbp_load(tmp_path, before=None)
    assert failed(results, "critical") | failed(results, "warning") == set()
    told = results["rows_against_last_release_min_share:state"]
    assert (told.observed, told.success, told.severity) == ("nothing to compare", False, "info")


@pytest.mark.parametrize(
    ("broken", "check", "told"),
    [
        (lambda rows: altered(rows, {"state": "ZZ"}), "labels_known:state.state", '"ZZ" (1 rows, first at line 2'),
        (lambda rows: altered(rows, {"demographic": "ROBOTS"}), "labels_known:state.demographic", "ROBOTS"),
        (lambda rows: altered(rows, {"month_abbv": "FOO"}), "labels_known:state.month_abbv", "FOO"),
        (lambda rows: altered(rows, {"fiscal_year": "1887"}), "labels_known:state.fiscal_year", "1887"),
        (lambda rows: altered(rows, {"encounter_count": "-3"}), "counts_are_whole_numbers:state", '"-3" at line 2'),
        (lambda rows: altered(rows, {"encounter_count": "12,5"}), "counts_are_whole_numbers:state", '"12,5"'),
        (lambda rows: altered(rows, {"encounter_count": "9584.5"}), "counts_are_whole_numbers:state", '"9584.5"'),
        (lambda rows: altered(rows, {"encounter_count": ""}), "counts_are_whole_numbers:state", '""'),
        (lambda rows: [*rows, rows[0]], "key_is_unique:state", "line 2, Encounter Count and line 106"),
        (
            lambda rows: [*rows, {**rows[0], "demographic": "UC / Single Minors", "encounter_count": "99"}],
            "one_value_per_cell:state",
            "and 99",
        ),
        (
            lambda rows: [*rows, {**rows[0], "_sha256": "another file", "encounter_count": "99"}],
            "one_value_per_cell:state",
            "and 99",
        ),
        (lambda rows: altered(rows, {"fiscal_year": "2099"}), "years_plausible:state", "year 2099"),
        (lambda rows: altered(rows, {"fiscal_year": "2024", "month_abbv": "JAN"}), "months_not_after_publication:state",
         "2024-01"),
        (lambda rows: [row for row in rows if not where(row, fiscal_year="2023", month_abbv="MAR")],
         "no_month_skipped:state", "2023-02 and 2023-04"),
        (lambda rows: [row for row in rows if not where(row, fiscal_year="2023", month_abbv="MAR")],
         "no_month_lost:state", "2023-03 was printed before"),
        (lambda rows: [row for row in rows if not where(row, land_border_region="Northern Land Border")],
         "no_month_lost:state", "us-land-border-northern"),
        (lambda rows: [row for row in rows if row["citizenship"] == "MEXICO" and row["state"] == "TX"],
         "rows_against_last_release_min_share:state", "share 0.250"),
        (lambda rows: [{**row, "encounter_count": "77"} for row in rows],
         "closed_period_changed_share:state", "2022: 48 of 48 cells changed (share 1.000)"),
        (lambda rows: [], "every_file_has_rows", "this-state.csv brought no row"),
    ],
)  # fmt: skip
def test_a_broken_load_is_stopped_by_the_check_that_is_meant_for_it(tmp_path, broken, check, told):
    results = cbp_load(tmp_path, broken, only=(check,))
    result = results[check]
    assert not result.success
    assert result.severity == "critical"
    assert runner.blocks(results.values())
    assert told in (result.observed or "")
    assert result.reason


def test_a_release_that_ends_earlier_than_the_one_before_went_backwards(tmp_path):
    november = cbp_tables()
    results = cbp_load(tmp_path, tables=cbp_tables(last=(2024, "OCT")), before=november)
    assert "reference_month_not_backwards:state" in failed(results, "critical")
    assert "reached 2023-11, this one 2023-10" in (results["reference_month_not_backwards:aor"].observed or "")


def test_a_final_file_of_an_older_year_printed_again_is_no_step_backwards(tmp_path):
    results = cbp_load(tmp_path, tables=cbp_tables(last=(2023, "SEP")), before=cbp_tables())
    assert failed(results, "critical") == set()


def test_a_window_that_rolled_past_a_year_has_lost_nothing(tmp_path):
    """Guards the dashboards' real drop of 2,016 cells when the window passed fiscal 2019: nothing was withdrawn."""
    results = cbp_load(tmp_path, tables=cbp_tables(first_year=2023), before=cbp_tables(last=(2024, "OCT")))
    assert failed(results) == set()


def test_a_late_release_is_compared_with_what_was_published_before_it(tmp_path):
    releases = [
        SmallRelease("newest", "2024-01-15", cbp_tables(last=(2024, "DEC")), order=3),
        SmallRelease("oldest", "2023-11-15", cbp_tables(last=(2024, "OCT")), order=1),
        SmallRelease("this", "2023-12-15", cbp_tables(), state="pending", order=2),
    ]
    assert failed(validate(write_load(tmp_path / "load.duckdb", CBP, releases), CBP)) == set()


def test_a_release_of_one_cut_says_nothing_of_the_other(tmp_path):
    results = cbp_load(tmp_path, tables={"state": cbp_tables()["state"], "aor": []}, before=cbp_tables((2024, "OCT")))
    assert failed(results) == {"every_file_has_rows", "both_cuts_agree"}  # the small load lists an empty -aor file
    tables = {"state": cbp_tables()["state"]}
    releases = [
        SmallRelease("before", "2023-11-15", cbp_tables(last=(2024, "OCT"))),
        SmallRelease("this", "2023-12-15", tables, state="pending", order=2),
    ]
    results = validate(write_load(tmp_path / "one.duckdb", CBP, releases), CBP)
    assert failed(results) == {"every_file_came", "both_cuts_agree"}, (
        "nothing of the other cut is wrong; that it is not there is told"
    )
    assert not runner.blocks(results.values())


def test_a_renamed_category_and_a_flipped_month_grouping_are_no_revision(tmp_path):
    """Guards the rename of `UC / Single Minors` to `UAC` in early 2025, in history too."""
    before = {
        table: [{**row, "demographic": "UC / Single Minors", "month_grouping": "Remaining"} for row in rows]
        for table, rows in cbp_tables(last=(2024, "OCT")).items()
    }
    assert failed(cbp_load(tmp_path, before=before)) == set()


def test_open_years_are_revised_freely_and_a_closed_year_is_flagged_but_published(tmp_path):
    opened = cbp_load(
        tmp_path,
        lambda rows: altered(rows, {"encounter_count": "999"}, fiscal_year="2024", month_abbv="OCT"),
        only=("closed_period_revised:state", "closed_period_changed_share:state", "both_cuts_agree"),
    )
    assert failed(opened) == {"both_cuts_agree"}
    (tmp_path / "load.duckdb").unlink()
    closed = cbp_load(tmp_path, lambda rows: altered(rows, {"encounter_count": "999"}, fiscal_year="2023"))
    # One figure of 11 became 999: that it is of a closed year and that it is hard to believe are told apart.
    assert failed(closed, "warning") == {
        "closed_period_revised:state", "both_cuts_agree", "cell_against_last_release:state"
    }  # fmt: skip
    assert failed(closed, "critical") == set()
    assert "state, 2023: 1 cells revised, 0 added, 0 vanished of 48" in (
        closed["closed_period_revised:state"].observed or ""
    )
    assert not runner.blocks(closed.values())


def test_cuts_that_disagree_are_a_warning_that_names_both_totals(tmp_path):
    result = cbp_load(
        tmp_path, lambda rows: altered(rows, {"encounter_count": "999"}, fiscal_year="2024"), only=("both_cuts_agree",)
    )["both_cuts_agree"]
    assert (result.success, result.severity) == (False, "warning")
    assert "fiscal 2024 us-land-border-northern: 1 totals differ, by state" in (result.observed or "")


def test_a_window_that_starts_in_the_middle_of_a_year_is_a_warning(tmp_path):
    results = cbp_load(
        tmp_path,
        lambda rows: [row for row in rows if not where(row, fiscal_year="2022", month_abbv="OCT")],
        before=None,
        only=("window_starts_with_a_fiscal_year:state",),
    )
    assert "window_starts_with_a_fiscal_year:state" in failed(results, "warning")
