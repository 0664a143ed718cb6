"""The list of sections over builds that do not exist yet: a new measure needs a line at most."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pytest
from roxham_web import charts, tables, text
from roxham_web.marts import Marts
from roxham_web.sections import shown

SCHEMA = """
create schema marts;
create table marts.dim_geography (geography_id text, name_en text, name_fr text, kind text, parent_id text);
create table marts.fct_crossings_monthly (measure_id text, month date, geography_id text, value bigint);
create table marts.fct_published_totals
    (measure_id text, period_kind text, period_start date, geography_id text, office text, value bigint);
insert into marts.dim_geography values ('GB', 'United Kingdom', 'Royaume-Uni', 'country', null),
    ('CA', 'Canada', 'Canada', 'country', null), ('US', 'United States', 'États-Unis', 'country', null),
    ('us-land-border-northern', 'Northern', 'Nord', 'land_border', 'US'),
    ('usbp-sector-swanton', 'Swanton', 'Swanton', 'border_patrol_sector', 'us-land-border-northern'),
    ('usbp-sector-blaine', 'Blaine', 'Blaine', 'border_patrol_sector', 'us-land-border-northern'),
    ('usbp-sector-yuma', 'Yuma', 'Yuma', 'border_patrol_sector', 'us-land-border-southwest');
"""


@pytest.fixture
def marts(tmp_path: Path):
    """Marts to be filled by a test."""

    def filled(figures: list[tuple], totals: list[tuple] = ()) -> Marts:
        with duckdb.connect(str(tmp_path / "w.duckdb")) as connection:
            connection.execute(SCHEMA)
            for row in figures:
                connection.execute("insert into marts.fct_crossings_monthly values (?, ?, ?, ?)", row)
            for row in totals:
                connection.execute("insert into marts.fct_published_totals values (?, ?, ?, ?, null, ?)", row)
        return Marts(tmp_path / "w.duckdb")

    return filled


JANUARY = dt.date(2024, 1, 1)


def test_a_measure_that_no_line_names_lands_on_its_country_s_page(marts):
    with marts([
        ("uk_small_boat_arrivals", JANUARY, "GB", 5), ("ca_something_new", JANUARY, "CA", 5),
        ("us_something_new", JANUARY, "US", 5), ("xx_unheard_of", JANUARY, "GB", 5),
    ]) as filled:  # fmt: skip
        found = {each.measure_id: each.section.page for each in shown(filled)}
    assert found == {"uk_small_boat_arrivals": "elsewhere", "ca_something_new": "claims",
                     "us_something_new": "elsewhere", "xx_unheard_of": "elsewhere"}  # fmt: skip


def test_sectors_stand_on_the_page_of_their_own_border(marts):
    with marts([
        ("us_usbp_apprehensions", JANUARY, "usbp-sector-swanton", 9),
        ("us_usbp_apprehensions", JANUARY, "usbp-sector-blaine", 5),
        ("us_usbp_apprehensions", JANUARY, "usbp-sector-yuma", 7),
    ]) as filled:  # fmt: skip
        found = {each.section.page: (each.whole, each.parts) for each in shown(filled)}
    assert found == {
        "northern-border": (None, ("usbp-sector-swanton", "usbp-sector-blaine")),
        "southwest-border": (None, ("usbp-sector-yuma",)),
    }


def test_a_measure_printed_by_quarter_only_is_shown_by_quarter_and_never_as_months(marts):
    with marts([], [("ca_irb_irregular_referred", "quarter", dt.date(2024, 4, 1), "CA", 100)]) as filled:
        (only,) = shown(filled)
        assert (only.section.page, only.grain, only.lead) == ("claims", "periods", "CA")
    assert text.period("quarter", dt.date(2024, 4, 1)) == "Q2 2024"


def test_the_joined_sector_series_is_a_section_a_measure(marts, tmp_path):
    marts([("us_cbp_encounters", JANUARY, "us-land-border-northern", 9)]).__exit__()
    with duckdb.connect(str(tmp_path / "w.duckdb")) as connection:
        connection.execute(
            "create table marts.rpt_sector_series (measure_id text, month date, geography_id text, value bigint)"
        )
        for measure_id, year in (("us_cbp_encounters", 2020), ("us_usbp_encounters_fy2000_2020", 1999)):
            connection.execute("insert into marts.rpt_sector_series values (?, ?, 'usbp-sector-swanton', 5)",
                               [measure_id, dt.date(year, 10, 1)])  # fmt: skip
    with Marts(tmp_path / "w.duckdb") as filled:
        found = [(each.measure_id, each.grain) for each in shown(filled)]
    assert found == [("us_usbp_encounters_fy2000_2020", "series"), ("us_cbp_encounters", "series"),
                     ("us_cbp_encounters", "months")]  # fmt: skip


def test_a_measure_without_a_single_figure_is_left_out(marts):
    with marts([("uk_small_boat_arrivals", JANUARY, "GB", None)]) as filled:
        assert shown(filled) == []


def test_a_zero_is_a_number_and_a_missing_figure_its_reason():
    zero = {"value": 0, "missing_reason": None, "value_basis": "published", "computed_value": None}
    assert tables.figure_cell(zero, "en") == tables.Cell("0", kind="number")
    masked = tables.figure_cell({**zero, "value": None, "missing_reason": "suppressed"}, "en")
    assert (masked.text, masked.kind) == ("suppressed", "missing")
    assert tables.figure_cell(None, "fr").text == "non détenu"
    assert tables.figure_cell({**zero, "value": None, "missing_reason": "a_new_reason"}, "en").text == "a new reason"


def test_a_year_that_has_only_begun_says_how_many_of_its_months_it_is():
    """OHSS printed "2024 YTD" of October and November among whole fiscal years, and the page drew it as one of them."""
    total = {
        "measure_id": "us_usbp_encounters_ohss", "geography_id": "US", "name_en": "United States", "name_fr": "États-Unis",
        "period_kind": "fiscal_year", "month": dt.date(2024, 10, 1), "value": 105660, "missing_reason": None,
        "value_basis": "published", "computed_value": None, "covers_from": dt.date(2024, 10, 1),
        "covers_to": dt.date(2024, 11, 1), "is_complete": False,
    }  # fmt: skip
    whole = {**total, "month": dt.date(2023, 10, 1), "covers_to": dt.date(2024, 9, 1), "is_complete": True}
    assert tables.figure_cell(total, "en").note == "2 of 12 months"
    assert tables.figure_cell(total, "fr").note == "2 mois sur 12"
    assert tables.figure_cell(whole, "en").note == ""
    assert charts.figures([whole, total], ["US"], "US", "encounters", []).values == [[105660, None]]


def test_parts_that_sum_to_something_else_stand_beside_the_published_total():
    row = {"value": 4994, "missing_reason": None, "value_basis": "published", "computed_value": 4998}
    assert tables.figure_cell(row, "en").note == "parts sum to 4,998"
    assert tables.figure_cell(row, "fr").text == "4\u202f994"
