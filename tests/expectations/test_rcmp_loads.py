"""Loads of IRCC's year pages: sound ones pass, each way of being broken is told by the check that is meant for it."""

from __future__ import annotations

import pytest

from expectations import runner
from tests.support.small_loads import altered, failed, page, rcmp_load

# Great Expectations takes about a second for each load.
pytestmark = pytest.mark.slow

RCMP_CAPTION = "RCMP Interceptions"
AIR = "Air Ports of Entry"


def test_complete_pages_and_a_running_year_pass_every_check(tmp_path):
    results = rcmp_load(tmp_path, [*page(2022), *page(2023), *page(2024, months=3)])
    assert failed(results) == set()
    assert len(results) > 25
    assert "2024 en reaches 2024-03" in (results["reference_month_not_backwards:cells"].observed or "")


def test_one_page_alone_says_nothing_of_the_other_years(tmp_path):
    results = rcmp_load(tmp_path, page(2022), before=[*page(2021), *page(2022), *page(2023)])
    assert failed(results) == set()


@pytest.mark.parametrize("printed", ["3,066", "3 066", "3\u00a0066", "3\u202f066", '"2,680"', "46", "0", ""])
def test_numbers_are_read_as_the_pages_print_them(tmp_path, printed):
    rows = altered(page(2023), {"printed": printed}, caption=RCMP_CAPTION, column_label="Dec")
    assert failed(rcmp_load(tmp_path, rows, only=("counts_are_whole_numbers:cells",))) == set()


@pytest.mark.parametrize(
    ("broken", "check", "told"),
    [
        (lambda rows: altered(rows, {"printed": "12,5"}), "counts_are_whole_numbers:cells", '"12,5" at 2023 table'),
        (lambda rows: altered(rows, {"printed": "-5"}), "counts_are_whole_numbers:cells", '"-5"'),
        (lambda rows: altered(rows, {"printed": "1.005"}), "counts_are_whole_numbers:cells", '"1.005"'),
        (lambda rows: altered(rows, {"printed": "n/a"}), "counts_are_whole_numbers:cells", '"n/a"'),
        (lambda rows: altered(rows, {"column_label": "Janvember"}), "labels_known:cells.column_label", "Janvember"),
        (lambda rows: altered(rows, {"row_label": "Atlantis"}), "labels_known:cells.row_label", "Atlantis"),
        (lambda rows: altered(rows, {"caption": "Interceptions"}), "labels_known:cells.caption", "Interceptions"),
        (lambda rows: [*rows, rows[0]], "key_is_unique:cells", "have the same key"),
        (lambda rows: [*rows, {**rows[0], "column_label": "January", "printed": "7"}], "one_value_per_cell:cells",
         "7 and"),
        (lambda rows: [{**row, "page_year": "1917"} for row in rows], "years_plausible:cells", "year 1917"),
        (lambda rows: [{**row, "page_year": "2024"} for row in rows], "months_not_after_publication:cells", "2024-05"),
        (lambda rows: altered(rows, {"printed": "--"}, caption=RCMP_CAPTION, column_label="Mar"),
         "mask_only_where_rounded", "-- at 2023 table"),
        (lambda rows: [row for row in rows if row["caption"] != RCMP_CAPTION], "rcmp_table_on_every_page", "2023 en"),
        (lambda rows: [*rows, *({**row, "caption": "RCMP interceptions (2)"} for row in rows if
            row["caption"] == RCMP_CAPTION)], "captions_are_different", "RCMP Interceptions"),
        (lambda rows: [row for row in rows if row["row_label"] != "Total - RCMP"], "one_total_row_a_table",
         "rcmp_interceptions: 0 total rows"),
        (lambda rows: [row for row in rows if row["caption"] != AIR], "no_table_lost", "cbsa_air"),
        (lambda rows: [row for row in rows if row["column_label"] not in ("Nov", "Dec")], "no_month_lost:cells", ""),
        (lambda rows: [row for row in rows if row["column_label"] not in ("Nov", "Dec")],
         "reference_month_not_backwards:cells", "the release before reached 2023-12, this one 2023-10"),
        (lambda rows: [row for row in rows if row["row_label"].startswith("Total")],
         "rows_against_last_release_min_share:cells", "share"),
    ],
)  # fmt: skip
def test_a_broken_page_is_stopped_by_the_check_that_is_meant_for_it(tmp_path, broken, check, told):
    if check == "no_month_lost:cells":
        rows = [{**row, "printed": ""} if row["column_label"] == "Nov" else row for row in page(2023)]
        told = "2023-11 was printed before"
    else:
        rows = broken(page(2023))
    results = rcmp_load(tmp_path, rows, before=page(2023), only=(check,))
    result = results[check]
    assert (result.success, result.severity) == (False, "critical")
    assert runner.blocks(results.values())
    assert told in (result.observed or "")


def test_a_contradiction_of_the_agency_is_a_warning_that_names_both_figures(tmp_path):
    """Guards January 2023: the page prints 4,994 where its provinces sum to 4,998."""
    rows = altered(page(2023), {"printed": "1,009"}, caption=RCMP_CAPTION, row_label="Quebec", column_label="Jan")
    checks = ("rows_sum_to_total:rcmp", "months_sum_to_year:rcmp")
    results = rcmp_load(tmp_path, rows, only=checks)
    assert failed(results, "warning") == set(checks)
    assert results[checks[0]].observed == ("2023 en rcmp_interceptions Jan: rows sum to 1019, total row prints 1015")
    assert not runner.blocks(results.values())


def test_rounding_and_masks_are_no_contradiction_but_what_exceeds_them_is(tmp_path):
    masked = altered(page(2023), {"printed": "--"}, caption=AIR, row_label="Ontario", column_label="Jan")
    masked = altered(
        masked, {"printed": "1,010"}, caption=AIR, row_label="Total - Air Ports of Entry", column_label="Jan"
    )
    only = ("rows_sum_to_total:rounded", "mask_only_where_rounded")
    assert failed(rcmp_load(tmp_path, masked, only=only)) == set()
    (tmp_path / "load.duckdb").unlink()
    wrong = altered(
        masked, {"printed": "1,100"}, caption=AIR, row_label="Total - Air Ports of Entry", column_label="Jan"
    )
    results = rcmp_load(tmp_path, wrong, only=only)
    assert failed(results) == {"rows_sum_to_total:rounded"}


def test_a_figure_that_is_not_rounded_and_a_summary_that_differs_are_warnings(tmp_path):
    rows = altered(
        page(2023), {"printed": "1,013"}, caption=AIR, row_label="Total - Air Ports of Entry", column_label="Jan"
    )
    results = rcmp_load(tmp_path, rows, only=("rounded_to_five", "summary_repeats_tables"))
    assert failed(results, "warning") == {"rounded_to_five", "summary_repeats_tables"}
    assert "air Jan: its table prints 1,013, the summary 1,015" in (results["summary_repeats_tables"].observed or "")


def test_a_closed_year_may_be_corrected_with_a_warning_but_not_rewritten(tmp_path):
    """Guards January 2017 (207 became 46): a correction is published and flagged; a fifth of the page is stopped."""
    only = ("closed_period_revised:cells", "closed_period_changed_share:cells")
    before = [*page(2022), *page(2023)]
    corrected = altered(page(2022), {"printed": "46"}, caption=RCMP_CAPTION, row_label="Ontario", column_label="Jan")
    results = rcmp_load(tmp_path, corrected, before=before, only=only)
    assert failed(results) == {"closed_period_revised:cells"}
    assert not runner.blocks(results.values())
    (tmp_path / "load.duckdb").unlink()
    rewritten = [{**row, "printed": "15"} for row in page(2022)]
    assert failed(rcmp_load(tmp_path, rewritten, before=before, only=only), "critical") == {only[1]}


def test_a_missing_table_on_a_page_never_seen_is_a_warning_only(tmp_path):
    rows = [row for row in page(2023) if row["caption"] != AIR]
    results = rcmp_load(tmp_path, rows, only=("tables_found", "no_table_lost"))
    assert failed(results) == {"tables_found"}
    assert not runner.blocks(results.values())


@pytest.mark.parametrize("blanked", [True, False])
def test_a_hole_between_printed_months_of_a_page_never_seen_is_a_warning(tmp_path, blanked):
    rows = page(2023)
    march = [{**row, "printed": ""} for row in rows if row["column_label"] == "Mar"] if blanked else []
    results = rcmp_load(
        tmp_path, [*(row for row in rows if row["column_label"] != "Mar"), *march], only=("no_month_skipped:cells",)
    )
    assert failed(results, "warning") == {"no_month_skipped:cells"}
    assert "2023 en all_claimants: nothing for 2023-03, while 2023-12 is printed" in (
        results["no_month_skipped:cells"].observed or ""
    )


def test_a_page_that_fills_what_was_not_yet_published_has_revised_nothing(tmp_path):
    only = ("closed_period_revised:cells", "closed_period_changed_share:cells", "one_total_row_a_table")
    before = [row for row in [*page(2022, months=3), *page(2023)] if row["row_label"] != "Total - RCMP"]
    results = rcmp_load(tmp_path, page(2022), before=before, only=only)
    assert failed(results) == {"closed_period_revised:cells"}
    assert "2022: 0 cells revised, 273 added, 0 vanished of 87" in (results[only[0]].observed or "")


def test_two_total_rows_are_stopped_and_a_page_that_never_had_one_is_told(tmp_path):
    rows = page(2023)
    only = ("one_total_row_a_table", "total_row_printed")
    doubled = [*rows, *({**row, "row_label": "Total RCMP"} for row in rows if row["row_label"] == "Total - RCMP")]
    assert failed(rcmp_load(tmp_path, doubled, only=only), "critical") == {"one_total_row_a_table"}
    (tmp_path / "load.duckdb").unlink()
    none = [row for row in rows if row["row_label"] != "Total - RCMP"]
    assert failed(rcmp_load(tmp_path, none, only=only)) == {"total_row_printed"}


def test_a_month_in_which_only_some_provinces_are_printed_does_not_contradict_its_total(tmp_path):
    rows = altered(page(2023), {"printed": ""}, caption=RCMP_CAPTION, row_label="Ontario", column_label="Dec")
    assert failed(rcmp_load(tmp_path, rows, only=("rows_sum_to_total:rcmp",))) == set()
