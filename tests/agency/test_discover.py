"""The listing page: which files it offers, how large, published when."""

from __future__ import annotations

import json

import pytest

from ingest.agency.discover import listed_files
from ingest.catalog.source import load_sources
from ingest.core.records import Published
from tests.support.real_releases import RELEASES

RESOURCE = load_sources()["cbp_nationwide_encounters"].resources.items[0]
PAGE, PATTERN = RESOURCE.discover.page, RESOURCE.discover.link
EXCERPT = RELEASES / "cbp_nationwide_encounters" / "2026-10-03" / "listing-page-excerpt.html"
TABLE = """<html><body>
<ul><li><a href="/files/2026-09/nationwide-encounters-fy23-fy26-aug-state.csv">FY23 - FY26 State</a></li></ul>
<table><thead><tr><th>Attachment</th><th>Ext.</th><th>Size</th><th>Date</th></tr></thead><tbody>
<tr><th> <a href=" /files/2026-09/nationwide-encounters-fy23-fy26-aug-state.csv "> Nationwide
   Encounters  August </a></th><td>CSV</td><td data-sort-value="2869939"> 2.74 MB </td><td> {date} </td></tr>
</tbody></table></body></html>"""


def found(page: str, pattern: str = PATTERN) -> list:
    return listed_files(page.encode(), PAGE, pattern)


def test_a_file_named_twice_is_found_once_with_what_the_table_says():
    [file] = found(TABLE.replace("{date}", "09/04/2026"))
    assert file.url == "https://www.cbp.gov/files/2026-09/nationwide-encounters-fy23-fy26-aug-state.csv"
    assert file.file_name == "nationwide-encounters-fy23-fy26-aug-state.csv"
    assert (file.published.text, file.published.precision, file.published.basis) == ("2026-09-04", "day", "listing")
    assert (file.size, file.title, file.note) == (2869939, "Nationwide Encounters August", "")


@pytest.mark.parametrize("date", ["2026-09-04", "September 4, 2026", "Sep 4, 2026", "Sep. 4, 2026"])
def test_dates_may_be_written_in_several_ways(date):
    assert found(TABLE.replace("{date}", date))[0].published.text == "2026-09-04"


@pytest.mark.parametrize("date", ["13/45/2026", "09/04/3026", "soon", "-"])
def test_an_absurd_date_is_no_date_and_is_told(date):
    [file] = found(TABLE.replace("{date}", date))
    assert file.published is None and date in file.note


def test_without_a_table_the_links_are_found_without_date_and_size():
    page = '<ul><li><a href="nationwide-encounters-fy22-fy25-state.csv">closed years</a></ul>'
    [file] = found(page)
    assert file.url == "https://www.cbp.gov/document/stats/nationwide-encounters-fy22-fy25-state.csv"
    assert (file.published, file.size, file.note) == (None, None, "")


def test_a_table_without_heads_is_read_by_the_looks_of_its_cells():
    page = """<table><tr><td><a href="/nationwide-encounters-fy22-fy25-aor.csv">x</a></td><td>10/15/2025</td>
    <td data-sort-value="77">7 KB</td></tr></table>"""
    [file] = found(page)
    assert (file.published.text, file.size) == ("2025-10-15", 77)


def test_other_files_of_the_page_are_left_alone():
    page = """<a href="/f/nationwide-encounters-data-dictionary.pdf">d</a> <a href="/f/southwest-fy23-state.csv">s</a>
    <a href="/f/nationwide-encounters-fy22-fy25-state.csv.html">h</a> <a>none</a> <a href="">empty</a>
    <a href="mailto:nationwide-encounters-fy22-fy25-state.csv">m</a> <a href="https://[bad/">b</a>"""
    assert found(page) == []


@pytest.mark.parametrize(
    "href", ["/F/Nationwide-Encounters-FY22-FY25-State.CSV", "/f/nationwide-encounters-fy22-fy25-state.csv?v=2#top"]
)
def test_capitals_and_queries_do_not_hide_a_file(href):
    assert len(found(f'<a href="{href}">x</a>')) == 1


NAMES = {
    "uk_small_boats": [
        "20_February_2026_Small_boats_-_time_series_v2.ods", "01_May_2026_Small_boats_-_time_series.ods",
        "data_small_boats_time_series.ods", "small%20boats%20-%20time%20series.ods",
    ],
    "ohss_monthly_tables": [
        "24-0809_ohss_immigration-enforcement-and-legal-processes-tables-april-2024.xlsx",
        "24-1011_ohss_immigration-enforcement-and-legal-processes-tables-june-2024_2.xlsx",
        "2024_1108_ohss_immigration-enforcement-and-legal-processes-tables-july-2024.xlsx",
    ],
    "ohss_khsm_usbp_encounters": [
        "KHSM-Encounters-USBP-fy25m11.xlsx", "KHSM Encounters (USBP) fy25m11.xlsx",
        "KHSM%20Encounters%20%28USBP%29%20fy25m11.xlsx",
    ],
    "cbp_nationwide_encounters": [
        "nationwide-encounters-fy23-fy26-aug-aor_0.csv", "nationwide-encounters-fy22-fy25-state.csv",
        "Nationwide%20Encounters%20FY23%20FY26%20Aug%20state.csv",
    ],
    "cbp_southwest_encounters": ["sbo-encounters-fy22-fy25-nov.csv", "sbo-encounters-fy20-fy23-apr_0.xlsx"],
    "frontex_detections": ["Monthly_detections_of_IBC_2024_08_01.xlsx", "Monthly_detections_of_IBC_20220204.xlsx"],
}  # fmt: skip
OTHER_NAMES = {
    "uk_small_boats": ["20_February_2026_Small_boats_-_time_series_v2.ods.html", "small_boats_summary.ods"],
    "cbp_nationwide_encounters": ["nationwide-drugs-fy21-fy24.csv"],
    "cbp_southwest_encounters": ["sbo-encounters-fy20-fy23-apr pivot tables.xlsx"],
}


@pytest.mark.parametrize(("source", "name"), [(source, name) for source, names in NAMES.items() for name in names])
def test_every_name_that_an_agency_has_given_its_file_is_found(source: str, name: str) -> None:
    """A workbook uploaded again as `_v2` was no link of the page any more; blanks and brackets hid another."""
    discover = load_sources()[source].resources.items[0].discover
    assert len(listed_files(f'<a href="/f/{name}">x</a>'.encode(), discover.page, discover.link)) == 1


@pytest.mark.parametrize(
    ("source", "name"), [(source, name) for source, names in OTHER_NAMES.items() for name in names]
)
def test_the_name_of_another_file_is_not_taken_for_it(source: str, name: str) -> None:
    discover = load_sources()[source].resources.items[0].discover
    assert listed_files(f'<a href="/f/{name}">x</a>'.encode(), discover.page, discover.link) == []


def test_a_workbook_and_its_second_upload_are_two_files() -> None:
    discover = load_sources()["uk_small_boats"].resources.items[0].discover
    page = "".join(f'<a href="/f/{name}">x</a>' for name in ("time_series.ods", "time_series_v2.ods"))
    assert len(listed_files(page.encode(), discover.page, discover.link)) == 2


def test_blanks_inside_an_address_are_quoted_once():
    page = '<a href="/my files/a%20b/nationwide-encounters-fy22-fy25-state.csv">x</a>'
    assert found(page)[0].url == "https://www.cbp.gov/my%20files/a%20b/nationwide-encounters-fy22-fy25-state.csv"


def test_a_base_address_in_the_page_is_honoured():
    page = '<head><base href="https://cbp.gov/d/"></head><a href="nationwide-encounters-fy22-fy25-state.csv">x</a>'
    assert found(page)[0].url == "https://cbp.gov/d/nationwide-encounters-fy22-fy25-state.csv"


@pytest.mark.parametrize(
    "page", ["", "  ", "<!-- nothing -->", "a,b\n1,2\n", "<html><body>maintenance</body></html>", "\x00\x01"]
)
def test_what_is_no_listing_gives_no_links(page):
    assert found(page) == []


@pytest.mark.real
def test_the_real_listing_gives_its_28_files_of_both_cuts_with_size_and_date():
    files = listed_files(EXCERPT.read_bytes(), PAGE, PATTERN)
    names = [file.file_name for file in files]
    assert len(files) == len(set(names)) == 28
    assert [sum(cut in name for name in names) for cut in ("-state", "-aor")] == [14, 14]
    assert all(file.size and file.published and not file.note for file in files)
    newest = files[0]
    assert (newest.file_name, newest.size, newest.published.text) == (
        "nationwide-encounters-fy23-fy26-aug-aor_0.csv", 6730588, "2026-09-04",
    )  # fmt: skip
    assert newest.url == f"https://www.cbp.gov/sites/default/files/2026-09/{newest.file_name}"
    assert newest.title == "Nationwide Encounters Dataset FY23-FY26 by Area of Responsibility - August"


@pytest.mark.real
def test_the_date_column_wins_over_the_month_in_the_address():
    files = {file.file_name: file for file in listed_files(EXCERPT.read_bytes(), PAGE, PATTERN)}
    closed = files["nationwide-encounters-fy22-fy25-state.csv"]
    assert "/2025-11/" in closed.url and closed.published.text == "2025-10-15"
    old = files["nationwide-encounters-fy20-fy23-aor.csv"]
    assert "/assets/documents/2023-Nov/" in old.url and old.published.text == "2023-11-07"
    assert old.size == 6829687


def package(*resources: object, success: object = True) -> bytes:
    """What CKAN's package_show answers."""
    return json.dumps({"help": "h", "success": success, "result": {"id": "p", "resources": list(resources)}}).encode()


CKAN_PAGE = "https://open.canada.ca/data/api/action/package_show?id=b6cbcf4d-f763-4924-a2fb-8cc4a06e3de4"
WORKBOOK = "https://www.ircc.canada.ca/opendata-donneesouvertes/data/EN_ODP-Asylum-OfficeType_Prov.xlsx"
WORKBOOKS = r"/EN_ODP-Asylum-[\w-]+\.xlsx$"


def test_the_resources_of_a_ckan_dataset_are_listed_like_the_links_of_a_page():
    told = {"id": "r", "name": "By office", "format": "XLSX", "url": WORKBOOK, "last_modified": None, "size": None}
    french = {**told, "url": WORKBOOK.replace("EN_", "FR_")}
    table = {**told, "url": WORKBOOK.replace(".xlsx", ".csv"), "format": "CSV"}
    [file] = listed_files(package(french, told, table, told), CKAN_PAGE, WORKBOOKS)
    assert (file.url, file.file_name, file.title) == (WORKBOOK, "EN_ODP-Asylum-OfficeType_Prov.xlsx", "By office")
    assert (file.size, file.published, file.note) == (None, None, "")


def test_a_resource_s_size_and_day_of_change_are_taken_where_the_portal_knows_them():
    told = {"url": WORKBOOK, "last_modified": "2024-04-02T14:11:03.123456", "size": 28534}
    [file] = listed_files(package(told), CKAN_PAGE, WORKBOOKS)
    assert (file.size, file.published) == (28534, Published("2024-04-02", "day", "listing"))
    [absurd] = listed_files(package({**told, "last_modified": "soon", "size": "28 KB"}), CKAN_PAGE, WORKBOOKS)
    assert (absurd.size, absurd.published) == (None, None) and "soon" in absurd.note


@pytest.mark.parametrize(
    "page",
    [
        package({"url": WORKBOOK}, success=False),
        b'{"success": true, "result": {}}',
        b'{"success": true, "result": {"resources": {}}}',
        b'{"success": true}',
        b'{"success": true, "result": {"resources": [null, {"url": null}, {"name": "x"}]}}',
        b'{"success": tr',
    ],
)
def test_a_portal_s_answer_without_resources_gives_no_links(page):
    """Zero links are a fault that the caller tells; they never mean "nothing new"."""
    assert listed_files(page, CKAN_PAGE, WORKBOOKS) == []
