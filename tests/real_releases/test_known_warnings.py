"""Every warning that fires on the real releases is known, with its reason; none fires besides, and nothing is critical."""

from __future__ import annotations

import pytest

from ingest.core.home import Home
from warehouse.queries import ask

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.xdist_group("real")]

# check, source: what is true of the agencies' own figures, so that the warning is no false alarm.
KNOWN = {
    ("agencies_contradict_themselves", None):
        "all contradictions of the page below, the IRB's included, counted once for the build",
    ("sources_agree", None):
        "in six sector months of 2020 OHSS's rounded figure lies 6 to 9 from CBP's exact one, more than rounding allows",
    ("rows_sum_to_total:rcmp", "ircc_rcmp_interceptions"):
        "2018 Saskatchewan shows 2019's row; 2023 British Columbia was revised while the Total row stayed",
    ("months_sum_to_year:rcmp", "ircc_rcmp_interceptions"):
        "the 2023 Total row's months sum to 14,655 against a printed 14,663",
    ("closed_period_revised:cells", "cbp_southwest_dashboard"):
        "on 2022-10-21 32 cells of closed years went from %null% to a printed 0",
    ("reclassified:encounters", "cbp_southwest_encounters"):
        "Border Patrol's Title 42 rows were called Apprehensions in 2022-10 and Expulsions later",
    ("closed_period_revised:cells", "ircc_asylum_claimants"):
        "552 of 4,440 cells differ between the workbooks of 2024-02-29 and 2025-07-31, back to 2015",
    ("finalized_and_pending_are_intake", "irb_irregular_claims"):
        "June 2019 and September 2022: finalized and pending do not add up to intake on the page",
    ("outcomes_are_finalized", "irb_irregular_claims"): "one country row of June 2019 does not add up",
    ("countries_are_total", "irb_irregular_claims"): "June 2019: the countries do not add up to the page's total",
    ("months_sum_to_year", "ohss_monthly_tables"):
        "book-outs of fiscal 2019: the months of a year sum to up to 150 less than its printed total",
    ("columns_sum_to_total", "ohss_monthly_tables"):
        "book-outs of February 2019: a column is X, and is in the printed totals all the same",
    ("every_file_came", "cbp_nationwide_encounters"):
        "the area-of-responsibility cut is missing from every shared release after November 2023",
    ("both_cuts_agree", "cbp_nationwide_encounters"):
        "with one of the two cuts there is nothing to compare: the same releases after November 2023",
    ("cell_against_last_release:state", "cbp_nationwide_encounters"):
        "June 2024: eight figures of March and April 2024 (Ecuador, Florida and New York) came late",
    ("month_against_its_past:state", "cbp_nationwide_encounters"):
        "from February 2025 on the southwest border counts a fifth of the least of the year before",
    ("cell_against_its_past:state", "cbp_nationwide_encounters"):
        "programmes ended early in 2025 (Ukraine, CBP One): lines that stood above 50 for years fell or are not printed",
    ("cell_against_its_past:cells", "cbp_southwest_dashboard"):
        "April 2022: families from Ukraine at ports of entry, 14,897 after at most 2,944",
    ("cell_against_last_release:encounters", "cbp_southwest_encounters"):
        "December 2024: April 2023 was revised, Border Patrol's families under Title 42 by a sixth",
    ("cell_against_its_past:encounters", "cbp_southwest_encounters"):
        "Title 42 ended in May 2023: its lines are not printed any more",
    ("month_against_its_last_steps:state", "cbp_nationwide_encounters"):
        "the same fall early in 2025, at both land borders",
    ("month_against_its_last_steps:cells", "cbp_southwest_dashboard"):
        "the same April of 2022: the ports of entry as a whole counted 2.8 times the most of the three months before",
    ("cell_against_its_last_steps:encounters", "cbp_southwest_encounters"):
        "the same end of Title 42: under Title 8 the Border Patrol counted seven times the most of the months before",
    ("cell_against_last_release:cells", "ircc_asylum_claimants"):
        "the same revision: 75 figures by more than a tenth, British Columbia's border offices of 2018 to 2022 doubled",
    ("closed_period_revised:cells", "ohss_monthly_tables"):
        "July 2024 recompiled all years: a twelfth of the closed cells moved, and a table's top ten citizenships changed",
    ("cell_against_last_release:cells", "ohss_monthly_tables"):
        "the same: arrests and removals came late, and series by citizenship were filled in backwards",
    ("cell_against_its_past:cells", "ohss_monthly_tables"):
        "credible fear by citizenship is printed with a lag of months: the newest months have no figure",
    ("weeks_sum_of_days", "uk_small_boats"):
        "the week to 2026-02-15 printed 5 uncontrolled landings where its days sum to 0; the next workbook prints 0",
    ("cell_against_last_release:cells", "uk_small_boats"):
        "June 2026: four weeks of prevented crossings were revised by a tenth to two fifths",
    ("cell_against_last_release:cells", "uk_small_boats_page"): "10 July 2026 was printed as 225, then as 255",
    ("rows_sum_to_total", "usbp_apprehensions_page"):
        "August 2024 prints 60,684 where at large and at entry sum to 60,694",
    ("fiscal_year_sentence_fits_the_months", "usbp_apprehensions_page"):
        "the page of fiscal 2024 says that fiscal 2025 runs from October 2023",
    ("cell_against_its_past:cells", "usbp_apprehensions_page"):
        "February 2025: apprehensions fell to a third of the least of 16 months",
    ("month_against_its_last_steps:cells", "usbp_apprehensions_page"):
        "the same February: 36,138 after at least 119,698 in the three months before",
    ("month_against_its_last_steps:cells", "ohss_monthly_tables"):
        "July 2024: travel authorizations of the CHNV programme, which was paused that month, fell to a third",
}  # fmt: skip


def test_the_warnings_on_the_real_releases_are_those_that_are_known(real_home: Home) -> None:
    # What is kept out stands in `STOPPED` of tests/support/builds.py, each file with what became of it.
    failed = ask(
        real_home,
        'select distinct "check", source_id, severity from marts.rpt_quality where not success and (release_id is null'
        " or release_id in (select release_id from marts.dim_release where state = 'accepted'))",
    )
    assert {each["severity"] for each in failed} <= {"warning", "info"}
    # A first release has nothing to be compared with: that is said (info), and is no warning.
    warned = {(each["check"], each["source_id"]) for each in failed if each["severity"] == "warning"}
    assert warned == set(KNOWN)


def test_the_cut_that_stands_still_is_named_while_its_source_goes_on(real_home: Home) -> None:
    """Swanton's cut ended in November 2023; the source is as fresh as its other cut."""
    [row] = ask(
        real_home, "select lagging_cuts from marts.rpt_source_status where source_id = 'cbp_nationwide_encounters'"
    )
    assert row["lagging_cuts"] == "us_cbp_encounters by aor to 2023-11"


def test_only_the_known_sector_months_differ_between_the_exact_and_the_rounded_source(real_home: Home) -> None:
    rows = ask(
        real_home,
        "select pair_id, count(*) as n, max(abs(difference)) as most from marts.rpt_reconciliation "
        "where comparison = 'equal' and is_over and not agrees and pair_id <> 'parts_against_total' group by pair_id",
    )
    assert rows == [{"pair_id": "ohss_sectors", "n": 6, "most": 9}]
