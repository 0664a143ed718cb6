"""What cannot be believed is asked about at load, in open periods too: one cell, a month, two labels, two heads."""

from __future__ import annotations

import pytest

from expectations import runner
from ingest.core.records import CheckResult
from tests.support.small_loads import CBP, Rows, SmallRelease, altered, page, rcmp_load, validate_only, write_load

# Great Expectations takes about a second for each load.
pytestmark = pytest.mark.slow

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LINES = {"Quebec": 1000, "British Columbia": 300, "Manitoba": 120, "Ontario": 60, "Total - RCMP": 1480}
WOBBLE = (0, 9, -7, 4, -11, 6, -3, 11, -9, 2, 8, -5)
CAPTION = "RCMP Interceptions"
CHECKS = (
    "figure_beyond_reason", "cell_against_last_release", "month_changed_share", "cell_against_its_past",
    "month_against_its_past", "cell_against_its_last_steps", "month_against_its_last_steps", "month_repeated",
    "months_swapped", "labels_swapped",
)  # fmt: skip


def year(months: int = 9, year: int = 2023) -> Rows:
    """A running year's RCMP table: figures that go up and down by a tenth."""
    return [
        {"page_year": str(year), "language": "en", "caption": CAPTION, "row_label": line, "column_label": month,
         "printed": str(level + level * WOBBLE[number] // 200), "footnote": "",
         "_locator": f"{line} {month}"}
        for line, level in LINES.items() for number, month in enumerate(MONTHS[:months])
    ]  # fmt: skip


def load(tmp_path, rows: Rows, before: Rows | None) -> dict[str, CheckResult]:
    path = tmp_path / "load.duckdb"
    path.unlink(missing_ok=True)
    releases = [SmallRelease("this", "2023-12-15", {"cells": rows}, state="pending", order=2)]
    if before is not None:
        releases.insert(0, SmallRelease("before", "2023-11-15", {"cells": before}))
    write_load(path, "ircc_rcmp_interceptions", releases)
    return validate_only(path, "ircc_rcmp_interceptions", *(f"{each}:cells" for each in CHECKS))


def cell(line: str, month: str, change) -> Rows:
    return [
        {**row, "printed": change(row["printed"])} if (row["row_label"], row["column_label"]) == (line, month) else row
        for row in year()
    ]


def told(results: dict[str, CheckResult], severity: str | None = None) -> set[str]:
    return {name.partition(":")[0] for name, each in results.items()
            if each.is_told and severity in (None, each.severity)}  # fmt: skip


def test_a_year_that_goes_on_as_it_went_is_believed(tmp_path):
    assert told(load(tmp_path, year(9), year(8))) == set()


def test_a_release_without_a_predecessor_brings_its_own_past_and_is_believed(tmp_path):
    assert told(load(tmp_path, year(9), None)) == set()


@pytest.mark.parametrize(
    ("line", "month", "change"),
    [
        ("Manitoba", "Mar", lambda printed: printed + "0"),
        ("Ontario", "Mar", lambda printed: printed + "000"),
        ("Quebec", "Mar", lambda printed: printed[:-1]),
        ("Quebec", "Mar", lambda printed: str(int(printed) // 2)),
        ("Quebec", "Mar", lambda _: ""),
        ("Quebec", "Mar", lambda _: "0"),
    ],
)  # fmt: skip
def test_a_cell_of_an_open_month_that_changed_by_more_than_revisions_do_is_flagged(tmp_path, line, month, change):
    results = load(tmp_path, cell(line, month, change), year(8))
    assert "cell_against_last_release" in told(results, "warning")
    result = results["cell_against_last_release:cells"]
    assert f"{line.replace('Quebec', 'CA-QC').replace('Manitoba', 'CA-MB').replace('Ontario', 'CA-ON')}, 2023-03: " in (
        result.observed or ""
    )
    assert [locator for _, locator in result.cells] == [f"{line} {month}"]
    assert not result.blocks and result.about == "plausibility"


def test_a_revision_by_ten_or_a_tenth_is_what_revisions_do(tmp_path):
    rows = cell("Quebec", "Mar", lambda printed: str(int(printed) + 60))
    assert told(load(tmp_path, rows, year(8))) == set()


@pytest.mark.parametrize("change", [lambda printed: printed + "0", lambda printed: printed[:-1], lambda _: ""])
def test_a_cell_of_the_newest_month_is_held_against_the_past_of_its_line(tmp_path, change):
    """No release before has it, so nothing but its own past can be asked."""
    results = load(tmp_path, [*cell("Quebec", "Sep", change)], year(8))
    if change("12") == "120":
        assert "cell_against_its_past" in told(results, "warning")
        assert [locator for _, locator in results["cell_against_its_past:cells"].cells] == ["Quebec Sep"]
    else:
        # Eight months are no year: a fall is asked about where a line was there for a year.
        assert not runner.blocks(results.values())


def test_a_figure_beyond_any_reason_waits_for_a_person(tmp_path):
    """Guards 999,999,999,999,999, which was accepted without a word."""
    for before in (year(8), None):
        results = load(tmp_path, cell("Ontario", "Mar", lambda _: "999,999,999,999,999"), before)
        assert told(results, "critical") == {"figure_beyond_reason"}
        assert results["figure_beyond_reason:cells"].overridable
        assert [locator for _, locator in results["figure_beyond_reason:cells"].cells] == ["Ontario Mar"]


def test_a_whole_open_month_times_ten_is_a_mass_and_waits(tmp_path):
    rows = [{**row, "printed": row["printed"] + "0"} if row["column_label"] == "Mar" else row
            for row in [*year(), *extra(9)]]  # fmt: skip
    results = load(tmp_path, rows, [*year(8), *extra(8)])
    assert "month_changed_share" in told(results, "critical")
    assert results["month_changed_share:cells"].overridable
    assert "2023-03: 12 of 12" in (results["month_changed_share:cells"].observed or "")


def extra(months: int) -> Rows:
    """Seven more provinces, so that a month is many figures."""
    names = ("Alberta", "Saskatchewan", "Nova Scotia", "New Brunswick", "Prince Edward Island", "Yukon", "Nunavut")
    return [{**row, "row_label": name, "_locator": f"{name} {row['column_label']}"}
            for name in names for row in year(months) if row["row_label"] == "Manitoba"]  # fmt: skip


def test_a_newest_month_times_ten_is_flagged_as_a_month(tmp_path):
    rows = [{**row, "printed": row["printed"] + "0"} if row["column_label"] == "Sep" else row for row in year()]
    assert {"cell_against_its_past", "month_against_its_past"} <= told(load(tmp_path, rows, year(8)))


def test_two_labels_that_changed_places_are_named(tmp_path):
    other = {"Quebec": "British Columbia", "British Columbia": "Quebec"}
    rows = [{**row, "row_label": other.get(row["row_label"], row["row_label"])} for row in year()]
    results = load(tmp_path, rows, year(8))
    assert "labels_swapped" in told(results)
    assert "CA-QC prints what rcmp_interceptions | CA-BC was" in (results["labels_swapped:cells"].observed or "")


def test_two_labels_of_small_counts_that_changed_places_are_named(tmp_path):
    """No cell of them moves by more than revisions do: what tells is that each prints what the other was, month after month."""

    def small(names: tuple[str, str], months: int) -> Rows:
        counts = [[(3 * number + 2 * month) % 8 + 1 for month in range(months)] for number in range(2)]
        return [{**row, "row_label": name, "printed": str(count), "_locator": f"{name} {row['column_label']}"}
                for name, line in zip(names, counts, strict=True)
                for row, count in zip((each for each in year(months) if each["row_label"] == "Manitoba"), line, strict=True)
                ]  # fmt: skip

    before = [*year(8), *small(("Yukon", "Nunavut"), 8)]
    assert told(load(tmp_path, [*year(9), *small(("Yukon", "Nunavut"), 9)], before)) == set()
    assert told(load(tmp_path, [*year(9), *small(("Nunavut", "Yukon"), 9)], before)) == {"labels_swapped"}


def test_two_month_heads_that_changed_places_are_named(tmp_path):
    other = {"Mar": "Apr", "Apr": "Mar"}
    rows = [{**row, "column_label": other.get(row["column_label"], row["column_label"])} for row in year()]
    results = load(tmp_path, rows, year(8))
    assert "2023-03 prints what 2023-04 was (5 of 5 figures)" in (results["months_swapped:cells"].observed or "")


def test_a_newest_month_that_repeats_another_is_named(tmp_path):
    march = {row["row_label"]: row["printed"] for row in year() if row["column_label"] == "Mar"}
    rows = [{**row, "printed": march[row["row_label"]]} if row["column_label"] == "Sep" else row for row in year()]
    assert "months_swapped" in told(load(tmp_path, rows, year(8)))


def test_a_new_figure_below_the_peak_of_its_past_is_held_against_its_last_steps(tmp_path):
    """A newest cell times ten lay below the peak of 2022 and was served without a word."""
    peak = [{**row, "printed": row["printed"] + "0"} if row["column_label"] == "Jan" else row for row in year()]
    slip = [{**row, "printed": row["printed"] + "0"}
            if (row["row_label"], row["column_label"]) == ("British Columbia", "Sep") else row for row in peak]  # fmt: skip
    before = [row for row in peak if row["column_label"] != "Sep"]
    assert told(load(tmp_path, peak, before)) == set()
    results = load(tmp_path, slip, before)
    assert "cell_against_its_last_steps" in told(results, "warning")
    assert "cell_against_its_past" not in told(results)
    assert [each for _, each in results["cell_against_its_last_steps:cells"].cells] == ["British Columbia Sep"]


def test_a_month_in_which_all_lines_rise_together_is_no_slip_in_any_of_them(tmp_path):
    rows = [{**row, "printed": str(3 * int(row["printed"]))} if row["column_label"] == "Sep" else row
            for row in [*year(), *extra(9)]]  # fmt: skip
    one = [{**row, "printed": row["printed"] + "0"} if row["row_label"] == "Yukon" and row["column_label"] == "Sep" else row
           for row in rows]  # fmt: skip
    before = [*year(8), *extra(8)]
    assert "cell_against_its_last_steps" not in told(load(tmp_path, rows, before))
    result = load(tmp_path, one, before)["cell_against_its_last_steps:cells"]
    assert [each for _, each in result.cells] == ["Yukon Sep"]


def test_a_newest_month_that_repeats_the_month_before_it_in_the_same_file_is_named(tmp_path):
    """776 figures of CBP's newest month were those of the month before, which the release revised at the same time."""
    shift = {"Aug": 7, "Sep": 7}
    rows = [{**row, "printed": str(int(row["printed"]) + shift.get(row["column_label"], 0))} for row in year()]
    august = {row["row_label"]: row["printed"] for row in rows if row["column_label"] == "Aug"}
    rows = [{**row, "printed": august[row["row_label"]]} if row["column_label"] == "Sep" else row for row in rows]
    results = load(tmp_path, rows, year(8))
    assert "months_swapped" not in told(results)
    assert "2023-09 prints what 2023-08 prints (5 of 5 figures)" in (results["month_repeated:cells"].observed or "")


def test_totals_that_are_not_printed_any_more_are_missed(tmp_path):
    """IRCC's total column was dropped from a page of a running year, and nothing was said until December."""
    path = tmp_path / "load.duckdb"
    total = [{**row, "column_label": "Total", "_locator": row["_locator"] + " T"} for row in year(1)]
    for rows, lost in (([*year(9), *total], False), (year(9), True)):
        path.unlink(missing_ok=True)
        releases = [SmallRelease("before", "2023-11-15", {"cells": [*year(8), *total]}),
                    SmallRelease("this", "2023-12-15", {"cells": rows}, state="pending", order=2)]  # fmt: skip
        write_load(path, "ircc_rcmp_interceptions", releases)
        result = validate_only(path, "ircc_rcmp_interceptions", "totals_still_there:cells")["totals_still_there:cells"]
        assert result.is_told == lost and result.about == "completeness"


def test_every_page_of_the_suite_is_still_believed(tmp_path):
    assert told(rcmp_load(tmp_path, page(2023), before=page(2023))) == set()
    (tmp_path / "load.duckdb").unlink()
    rows = altered(page(2023), {"printed": "999999999999999"}, caption=CAPTION, column_label="Mar")
    assert "figure_beyond_reason" in told(rcmp_load(tmp_path, rows, before=page(2023)), "critical")


def test_an_area_under_the_abbreviation_of_another_is_told(tmp_path):
    """Guards LRT and TCA, whose abbreviations changed places in 6,050 lines while their names stayed."""
    from tests.support.small_loads import cbp_tables

    tables = cbp_tables()
    other = {"SWB": "RGV", "RGV": "SWB"}
    swapped = {**tables, "aor": [{**row, "aor_abbv": other[row["aor_abbv"]]} for row in tables["aor"]]}
    path = write_load(tmp_path / "load.duckdb", CBP, [
        SmallRelease("before", "2023-11-15", tables), SmallRelease("this", "2023-12-15", swapped, "pending", 2)
    ])  # fmt: skip
    result = validate_only(path, CBP, "abbreviations_name_their_area")["abbreviations_name_their_area"]
    assert not result.success and "before SWB" in (result.observed or "") and result.cells
