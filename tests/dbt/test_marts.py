"""What the marts say about a few releases in which everything happens that happens to real ones."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from roxham_web.text import REASONS

from expectations.marts import MISSING_REASONS
from tests.dbt.conftest import PROJECT, RawSchema, build, run_dbt
from warehouse import observation_models

pytestmark = pytest.mark.slow

NORTH, SOUTHWEST = "Northern Land Border", "Southwest Land Border"
CBP = "cbp_nationwide_encounters"
IRCC = "ircc_rcmp_interceptions"
# Quotations by others, and a table that tells of no month: these stand beside the observations.
READ_ELSEWHERE = {"stg_rcmp_press_vintages", "stg_ircc_asylum_claimants__migration"}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def state(year: str, month: str, region: str, place: str, count: str, *, who: str = "Single Adults") -> str:
    grouping = "FYTD" if month in ("OCT", "NOV") else "Remaining"
    return f"{year}|{grouping}|{month}|{region}|{place}|{who}|MEXICO|Title 8|{count}"


def sector(year: str, month: str, place: str, count: str) -> str:
    where = f"U.S. Border Patrol|{NORTH}|{place} Sector|X"
    return f"{year}|FYTD|{month}|{where}|Single Adults|MEXICO|Title 8|Apprehensions|{count}"


def closed_year(year: str, count: str) -> list[str]:
    fiscal = ["OCT", "NOV", "DEC", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP"]
    return [state(year, month, SOUTHWEST, "TX", count) for month in fiscal]


def row(*printed: str) -> dict[str, str]:
    return dict(zip(MONTHS, printed, strict=False))


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five CBP and three IRCC releases; the one of 2023-12-15 is loaded last, as a late find would be."""
    raw = RawSchema(tmp_path_factory.mktemp("small") / "warehouse.duckdb")
    minors = "UC / Single Minors"
    raw.cbp(
        "2023-11",
        [
            *closed_year("2023", "100"),
            state("2024 (FYTD)", "OCT", NORTH, "NY", "10"),
            state("2024 (FYTD)", "OCT", NORTH, "VT", "3"),
            state("2024 (FYTD)", "OCT", SOUTHWEST, "TX", "50"),
            state("2024 (FYTD)", "OCT", SOUTHWEST, "TX", "7", who=minors),
        ],
        [sector("2024 (FYTD)", "OCT", "Swanton", "8"), sector("2023", "SEP", "Havre", "0")],
    )
    raw.cbp(
        "2023-12",
        [
            *closed_year("2023", "100"),
            state("2024 (FYTD)", "OCT", NORTH, "NY", "12"),
            state("2024 (FYTD)", "OCT", SOUTHWEST, "TX", "50"),
            state("2024 (FYTD)", "OCT", SOUTHWEST, "TX", "7", who="UAC"),
            state("2024 (FYTD)", "NOV", NORTH, "NY", "20"),
        ],
    )
    raw.cbp(
        "2024-10-17",
        [
            *[line.replace("2023|", "2024|", 1) for line in closed_year("2023", "200")],
            state("2024", "OCT", NORTH, "NY", "12"),
            state("2024", "OCT", NORTH, "VT", "4"),
            state("2024", "NOV", NORTH, "NY", "20"),
        ],
    )
    rcmp = "RCMP Interceptions"
    total = "Total - RCMP"
    raw.pages("2023-01-20", {2022: {rcmp: {"Quebec": row(*["5"] * 12) | {"Total": "60"}, total: row(*["6"] * 12)}}})
    raw.pages(
        "2023-02-20",
        {
            2023: {
                rcmp: {"Quebec": row("4,875"), "British Columbia": row("100"), total: row("4,975")},
                "Air Ports of Entry": {"Quebec": row("--", "0", ""), "Total - Air Ports of Entry": row("--", "0", "")},
            }
        },
    )
    raw.pages(
        "2023-03-20",
        {
            2023: {
                rcmp: {
                    "Quebec": row("4,875", "10"),
                    "British Columbia": row("104", "") | {"Total": "104"},
                    total: row("4,975", "10") | {"Total": "4,990"},
                },
                "Air Ports of Entry": {"Quebec": row("", "0"), "Total - Air Ports of Entry": row("--", "0")},
            },
            2024: {rcmp: {"Quebec": row("79"), "Manitoba": row("16")}},
        },
    )
    # Found a year later: NY's October stood at 11 in mid-December.
    raw.cbp(
        "2023-12-15",
        [*closed_year("2023", "100"), state("2024 (FYTD)", "OCT", NORTH, "NY", "11"),
         state("2024 (FYTD)", "OCT", NORTH, "VT", "3"), state("2024 (FYTD)", "OCT", SOUTHWEST, "TX", "50"),
         state("2024 (FYTD)", "OCT", SOUTHWEST, "TX", "7", who=minors)],
    )  # fmt: skip
    # Encounters of November 2023 in New York are doubted in the release that printed them first.
    raw.connection.execute(
        "insert into raw.flagged_cells values (?, ?, 'line 17, Encounter Count', 'implausible')",
        [f"{CBP}@2023-12", f"{CBP}@2023-12/state.csv"],
    )
    return build(raw.finish("2024-11-01"))


@pytest.fixture
def ask(warehouse: Path) -> Iterator[Callable[[str], list[tuple[object, ...]]]]:
    connection = duckdb.connect(str(warehouse), read_only=True)
    yield lambda query: connection.execute(query).fetchall()
    connection.close()


@pytest.fixture
def models(warehouse: Path) -> dict[str, dict[str, Any]]:
    """The models of the manifest that the build left, by their id."""
    manifest = json.loads((warehouse.parent / "target" / "manifest.json").read_text(encoding="utf-8"))
    return {name: node for name, node in manifest["nodes"].items() if node["resource_type"] == "model"}


def layer_of(model: dict[str, Any]) -> str:
    return Path(model["original_file_path"]).parts[1]


def fact(geography: str, month: str, columns: str, measure: str = "us_cbp_encounters") -> str:
    return (
        f"select {columns} from marts.fct_crossings_monthly "
        f"where measure_id = '{measure}' and geography_id = '{geography}' and month = date '{month}'"
    )


def test_a_revised_figure_keeps_what_was_said_first(ask):
    columns = "value, first_value, first_value_basis, revision_count, is_final, release_id"
    assert ask(fact("US-NY", "2023-10-01", columns)) == [(12, 10, "archive_starts_later", 2, True, f"{CBP}@2024-10-17")]


def test_lag_is_told_only_where_the_first_publication_was_seen(ask):
    query = (
        "select first_value_basis, lag_days from marts.fct_crossings_monthly_vintages "
        "where geography_id = 'US-NY' and release_number = 1 and month = date '{}'"
    )
    assert ask(query.format("2023-10-01")) == [("archive_starts_later", None)]
    assert ask(query.format("2023-11-01")) == [("observed_first", 31)]


def test_a_late_release_takes_its_place_between_the_others(ask):
    known = (
        "select value, release_id from marts.crossings_as_of(date '{}') "
        "where geography_id = 'US-NY' and month = date '2023-10-01'"
    )
    assert ask(known.format("2023-12-14")) == [(10, f"{CBP}@2023-11")]
    assert ask(known.format("2023-12-15")) == [(11, f"{CBP}@2023-12-15")]
    assert ask(known.format("2023-12-31")) == [(12, f"{CBP}@2023-12")]
    assert ask(known.format("2023-11-29")) == []


def test_a_row_that_is_no_longer_printed_is_not_listed_and_never_zero(ask):
    states = ask(
        "select value, missing_reason, valid_from::text from marts.fct_crossings_monthly_vintages "
        "where geography_id = 'US-VT' and month = date '2023-10-01' order by release_number"
    )
    assert states == [(3, None, "2023-11-30"), (None, "not_listed", "2023-12-31"), (4, None, "2024-10-17")]
    assert ask(
        "select change_kind, from_value, to_value from marts.fct_revisions "
        "where geography_id = 'US-VT' order by release_id"
    ) == [("vanished", 3, None), ("appeared", None, 4)]


def test_a_place_named_in_a_file_is_spoken_of_in_every_month_of_its_window(ask):
    assert ask(fact("usbp-sector-havre", "2023-09-01", "value, missing_reason")) == [(0, None)]
    assert ask(fact("usbp-sector-havre", "2023-10-01", "value, missing_reason")) == [(None, "not_listed")]


def test_a_month_that_one_table_reaches_and_another_does_not_is_not_held(ask):
    """CBP's areas of responsibility are held to November 2023, its states to 2025: Swanton ended without a word."""
    columns = "value, missing_reason, value_basis, cut, release_id, published_at::text, locator"
    november = fact("usbp-sector-swanton", "2023-11-01", columns)
    assert ask(november) == [(None, "not_held", "computed", "aor", f"{CBP}@2024-10-17", "2024-10-17", None)]
    known_before = "select count(*) from marts.crossings_as_of(date '2023-12-30') where missing_reason = 'not_held'"
    assert ask(known_before) == [(0,)]
    assert ask(fact("US-NY", "2023-09-01", "value, missing_reason, cut")) == [(None, "not_listed", "state")]
    assert ask(
        "select cut, reached_month::text, measure_reached_month::text, months_not_held, ends_before_measure "
        "from marts.rpt_reach where measure_id = 'us_cbp_encounters' order by cut"
    ) == [
        ("aor", "2023-10-01", "2024-09-01", 11, True),
        ("state", "2024-09-01", "2024-09-01", 0, False),
    ]


def test_months_that_left_the_window_were_not_withdrawn(ask):
    assert ask(fact("US-TX", "2022-10-01", "value, is_final, release_id")) == [(100, True, f"{CBP}@2023-12")]
    columns = "cells_left_window, months_left_window, cells_vanished"
    query = f"select {columns} from marts.rpt_release_summary where release_id = '{CBP}@2024-10-17'"
    assert ask(query) == [(12, 12, 1)]


def test_a_release_without_its_sibling_file_says_nothing_of_that_cut(ask):
    assert ask(fact("usbp-sector-swanton", "2023-10-01", "value, is_final, release_id")) == [
        (8, False, f"{CBP}@2023-11")
    ]


def test_a_renamed_category_is_no_revision(ask):
    cell = "select {} from marts.{} where demographic = 'unaccompanied_minors' order by release_number"
    assert ask(cell.format("value, is_revision, release_number", "fct_crossings_monthly_detail_vintages")) == [
        (7, False, 1),
        (None, True, 4),
    ]


def test_the_month_grouping_is_no_part_of_the_key(ask):
    assert ask("select count(*) from marts.fct_revisions where source_id like 'cbp%' and was_final") == [(0,)]


def test_the_two_cuts_are_compared_and_never_added(ask):
    assert ask(fact("US", "2023-10-01", "value, value_basis")) == [(216, "computed")]
    assert ask(
        "select published_value, computed_value from marts.rpt_discrepancies "
        "where kind = 'cuts_against_each_other' and geography_id = 'us-land-border-northern'"
    ) == [(13, 8)]


def test_a_printed_total_stands_beside_the_sum_of_its_provinces(ask):
    columns = "value, computed_value, value_basis, first_value, revision_count, is_final"
    assert ask(fact("CA", "2023-01-01", columns, "ca_rcmp_interceptions")) == [(4975, 4979, "published", 4975, 0, True)]
    assert ask(
        "select kind, published_value, computed_value, is_current from marts.rpt_discrepancies "
        "where measure_id = 'ca_rcmp_interceptions' and period_start >= date '2023-01-01' order by kind"
    ) == [("months_against_year_total", 4990, 4985, True), ("parts_against_total", 4975, 4979, True)]


def test_provinces_alone_make_no_national_total(ask):
    """The 2024 page at hand lacks British Columbia and its total row: a sum would be a figure nobody published."""
    assert ask(fact("CA-QC", "2024-01-01", "value", "ca_rcmp_interceptions")) == [(79,)]
    no_total = ask(fact("CA", "2024-01-01", "value, missing_reason, computed_value", "ca_rcmp_interceptions"))
    assert no_total == [(None, "not_listed", 95)]


def test_months_to_come_are_not_yet_published(ask):
    reasons = ask(
        "select missing_reason, count(*) from marts.fct_crossings_monthly "
        "where measure_id = 'ca_rcmp_interceptions' and geography_id = 'CA-QC' and month >= date '2023-01-01' "
        "group by 1 order by 1"
    )
    assert reasons == [("not_yet_published", 21), (None, 3)]


def test_a_mask_is_suppressed_and_a_blank_after_it_is_withdrawn(ask):
    """`--` was read as 0 and as 2 in public code; a mask that is gone is not a month still to come."""
    air = "ca_cbsa_claimants_air"
    assert ask(fact("CA", "2023-01-01", "value, missing_reason", air)) == [(None, "suppressed")]
    assert ask(fact("CA-QC", "2023-01-01", "value, missing_reason, revision_count", air)) == [(None, "withdrawn", 1)]
    assert ask(fact("CA-QC", "2023-02-01", "value, missing_reason", air)) == [(0, None)]
    assert ask(fact("CA-QC", "2023-03-01", "value, missing_reason", air)) == [(None, "not_yet_published")]


def test_a_missing_year_page_withdraws_nothing(ask):
    assert ask(fact("CA-QC", "2022-06-01", "value, is_final, release_id", "ca_rcmp_interceptions")) == [
        (5, True, f"{IRCC}@2023-01-20")
    ]


def test_a_year_page_is_final_once_the_next_one_is_held(ask):
    known = (
        "select is_final from marts.crossings_as_of(date '{}') "
        "where measure_id = 'ca_rcmp_interceptions' and geography_id = 'CA-QC' and month = date '2022-06-01'"
    )
    assert ask(known.format("2023-02-19")) == [(False,)]
    assert ask(known.format("2023-02-20")) == [(True,)]


def test_a_first_figure_is_no_revision_of_a_month_to_come(ask):
    columns = "value, first_value, first_value_basis, revision_count"
    assert ask(fact("CA-QC", "2023-02-01", columns, "ca_rcmp_interceptions")) == [(10, 10, "observed_first", 0)]


def test_what_was_not_yet_said_has_no_first_value_yet(ask):
    assert ask(
        "select value, missing_reason, first_value, first_value_basis from marts.crossings_as_of(date '2023-02-28') "
        "where measure_id = 'ca_rcmp_interceptions' and geography_id = 'CA-QC' and month = date '2023-02-01'"
    ) == [(None, "not_yet_published", None, None)]


def test_a_printed_year_total_stands_beside_its_months(ask):
    assert ask(
        "select value, sum_of_months, months_with_value, difference from marts.fct_published_totals "
        "where period = 2023 and geography_id = 'CA'"
    ) == [(4990, 4985, 2, 5)]


def test_failed_checks_come_first_and_states_are_derived_where_ingest_tells_none(ask):
    assert ask('select "check" from marts.rpt_quality order by position') == [("labels",), ("columns",)]
    states = dict(ask("select source_id, status from marts.rpt_source_status"))
    assert (states[CBP], states[IRCC]) == ("fresh", "late")


def test_every_staging_model_is_read_by_the_observations():
    """A source whose staging model is not listed would be loaded and never served; listed, a quotation would be a fact."""
    written = {model.stem for model in (PROJECT / "models" / "staging").glob("*/stg_*.sql")}
    of_sources = {name for name in written if not name.startswith("stg_roxham__")}
    assert of_sources >= READ_ELSEWHERE
    assert observation_models.observation_models() == sorted(of_sources - READ_ELSEWHERE)


def test_the_list_that_dbt_reads_is_the_one_that_the_staging_models_make():
    """The list is kept with the project, for dbt run by hand; `roxham new-source --refresh` writes it again."""
    assert observation_models.macro_path().read_text(encoding="utf-8") == observation_models.macro_text()


def test_what_a_page_implies_without_printing_it_is_not_printed(ask):
    """`trace` once looked for a cell in a column that the page does not have yet; a blank cell is printed, and blank."""
    columns = "is_printed, missing_reason, count(*)"
    query = (
        f"select {columns} from raw.printed_cells where release_id = '{IRCC}@2023-03-20' "
        "and measure_id = 'ca_rcmp_interceptions' and geography_id = '{}' group by all order by all"
    )
    assert ask(query.format("CA-MB")) == [(False, "not_yet_published", 11), (True, None, 1)]
    assert ask(query.format("CA-BC")) == [
        (False, "not_yet_published", 10), (True, "not_yet_published", 1), (True, None, 1),
    ]  # fmt: skip


def test_intermediate_models_read_no_mart(models):
    """Marts are what the intermediate layer says; three of its models once took that back from a mart."""
    layers = {unique_id: layer_of(model) for unique_id, model in models.items()}
    upward = {
        (model["name"], models[read]["name"])
        for unique_id, model in models.items()
        if layers[unique_id] == "intermediate"
        for read in model["depends_on"]["nodes"]
        if layers.get(read) in ("marts", "reports")
    }
    assert "intermediate" in layers.values()
    assert upward == set()


def test_every_model_is_told_in_a_yml_of_its_own(models):
    """And every mart's column is described there, for the file, the dictionary and the data package."""
    for model in models.values():
        if layer_of(model) != "metrics":
            assert model["patch_path"] == "roxham://" + model["original_file_path"].removesuffix(".sql") + ".yml"
        if layer_of(model) in ("marts", "reports"):
            assert model["contract"]["enforced"], model["name"]
            assert all(column["description"] for column in model["columns"].values()), model["name"]


def test_a_broken_rule_fails_the_build(warehouse, tmp_path):
    """Zeros that nobody printed, a sum over two measures, a vanished row forgotten, a quotation: each has its test."""
    broken = tmp_path / "warehouse.duckdb"
    shutil.copyfile(warehouse, broken)
    connection = duckdb.connect(str(broken))
    for damage in (
        "update marts.fct_crossings_monthly set value = 0 where missing_reason = 'not_listed'",
        "update marts.fct_crossings_monthly set computed_value = 5054 where computed_value = 4979",
        "update intermediate.int_vintage_log set is_latest = true, valid_to_cover_number = null "
        "where demographic = 'unaccompanied_minors' and release_number = 1",
        "update intermediate.int_vintage_log set month = date '2030-01-01' where grain = 'total' and geography_id = 'US-VT'",
        "delete from marts.dim_geography where geography_id = 'US-VT'",
        f"update marts.dim_source set is_secondary = true where source_id = '{IRCC}'",
        "update marts.fct_revisions set change_kind = 'reclassified' where grain = 'detail' and from_value is not null",
    ):
        connection.execute(damage)
    connection.close()
    done = run_dbt(broken, "test", "--select", "test_type:singular")
    results = json.loads((tmp_path / "target" / "run_results.json").read_text(encoding="utf-8"))["results"]
    assert done.returncode == 1
    assert {result["unique_id"].split(".")[2]: result["status"] for result in results} == {
        "crossings_are_the_facts_labelled": "fail",
        "crossings_as_of_the_far_future_are_the_facts": "fail",
        "every_printed_cell_is_rebuilt_from_its_log": "fail",
        "every_zero_points_at_a_printed_zero": "fail",
        "no_fact_adds_up_unlike_measures": "fail",
        "no_rename_is_counted_as_a_revision": "fail",
        "no_secondary_source_enters_the_facts": "fail",
        "no_row_stands_outside_what_releases_cover": "fail",
        "the_newest_covering_release_speaks": "fail",
    }


def test_the_dictionary_tells_of_every_reason_that_may_occur():
    """It listed five of the seven reasons that stood in the facts; a reader could look up neither of the others."""
    dictionary = (PROJECT / "models" / "docs.md").read_text(encoding="utf-8")
    told = dictionary.split("{% docs missing_reason %}")[1].split("{% enddocs %}")[0]
    vocabulary = (PROJECT / "tests" / "generic" / "in_vocabulary.sql").read_text(encoding="utf-8")
    words = re.findall(r"'(\w+)'", vocabulary.split("'missing_reason': [")[1].split("]")[0])
    assert sorted(words) == sorted(MISSING_REASONS) == sorted(REASONS), "dbt, the audit and the site know the same"
    assert [word for word in words if f"{word}:" not in told.replace("\n", " ")] == []


def test_a_figure_is_flagged_with_the_sums_that_rest_on_it_and_only_as_long_as_its_release_is_the_newest(
    warehouse: Path,
) -> None:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        then = connection.execute(
            "select geography_id, strftime(month, '%Y-%m'), value, flags "
            "from marts.crossings_as_of(date '2024-01-01') where flags is not null order by all"
        ).fetchall()
        now = connection.execute("select count(*) from marts.fct_crossings_monthly where flags is not null").fetchone()
        log = connection.execute(
            "select distinct release_id, flags from marts.fct_crossings_monthly_vintages where flags is not null"
        ).fetchall()
        detail = connection.execute(
            "select value, flags from marts.fct_crossings_monthly_detail_vintages where flags is not null"
        ).fetchall()
    assert then == [
        ("US", "2023-11", 20, "implausible"),
        ("US-NY", "2023-11", 20, "implausible"),
        ("us-land-border-northern", "2023-11", 20, "implausible"),
    ]
    assert now == (0,)
    assert log == [(f"{CBP}@2023-12", "implausible")]
    assert detail == [(20, "implausible")]
