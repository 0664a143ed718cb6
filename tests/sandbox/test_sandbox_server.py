"""The agency stand-in: addresses, clock, conditional requests, the listing page, control, faults."""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
from lxml import html
from urllib3.exceptions import ProtocolError

from sandbox import Sandbox
from sandbox.catalogue import Catalogue, last_day
from sandbox.edits import FROZEN_NOTICE, UNKNOWN_LABEL
from sandbox.synthetic import synthetic

REPOSITORY = Path(__file__).resolve().parents[2]
CANADA = "www.canada.ca"
CBP = "www.cbp.gov"
PAGE = "/en/immigration-refugees-citizenship/services/refugees/asylum-claims/asylum-claims-{}.html"
LISTING = "/document/stats/nationwide-encounters"
NEWEST = "/sites/default/files/2025-10/nationwide-encounters-fy22-fy25-state.csv"


def get(agency: Sandbox, host: str, path: str, **headers: str) -> requests.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.get(agency.address + path, headers={"Host": host, **named}, allow_redirects=False, timeout=10)


def dataset_links(agency: Sandbox) -> list[str]:
    root = html.fromstring(get(agency, CBP, LISTING).content)
    return root.xpath("//h2[.='Dashboard Dataset']/following-sibling::ul[1]//a/@href")


# ---- addresses and clock


def test_a_page_is_served_at_the_agency_s_own_path(agency: Sandbox, sample_folder: Path) -> None:
    answer = get(agency, CANADA, PAGE.format(2017))
    assert answer.status_code == 200
    assert answer.content == (sample_folder / "ircc_rcmp_interceptions/2024-04-22/asylum-claims-2017.html").read_bytes()
    assert answer.headers["Content-Type"].startswith("text/html")
    assert agency.state()["origin"] == "sample"


def test_another_host_has_nothing_at_that_path(agency: Sandbox) -> None:
    assert get(agency, "www.example.org", PAGE.format(2017)).status_code == 404


def test_before_its_first_vintage_an_address_answers_404(agency: Sandbox) -> None:
    agency.set_date("2017-03-20")
    assert get(agency, CANADA, PAGE.format(2017)).status_code == 404
    agency.set_date("2017-03-21")
    assert get(agency, CANADA, PAGE.format(2017)).status_code == 200


def test_the_clock_moves_an_address_through_its_vintages(agency: Sandbox) -> None:
    bodies = []
    for day in ("2017-03-21", "2017-04-19", "2018-01-01", "2024-04-22"):
        agency.set_date(day)
        bodies.append(get(agency, CANADA, PAGE.format(2017)).content)
    assert len(set(bodies)) == 4


@pytest.mark.parametrize(
    ("published", "precision", "day"),
    [("2024-02", "month", "2024-02-29"), ("2025", "year", "2025-12-31"), ("2024-10-17", "day", "2024-10-17")],
)
def test_a_coarse_date_is_known_on_its_last_day(published: str, precision: str, day: str) -> None:
    assert last_day(published, precision) == dt.date.fromisoformat(day)


def test_a_folder_without_its_files_is_refused(sample_folder: Path, tmp_path: Path) -> None:
    shutil.copy(sample_folder / "releases.csv", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"names \d+ files"):
        Catalogue(tmp_path)


# ---- conditional requests


@pytest.mark.parametrize(("host", "path"), [(CANADA, PAGE.format(2020)), (CBP, LISTING), (CBP, NEWEST)])
def test_an_unchanged_address_answers_304_without_a_body(agency: Sandbox, host: str, path: str) -> None:
    first = get(agency, host, path)
    by_tag = get(agency, host, path, If_None_Match=first.headers["ETag"])
    by_date = get(agency, host, path, If_Modified_Since=first.headers["Last-Modified"])
    assert [(a.status_code, a.content) for a in (by_tag, by_date)] == [(304, b"")] * 2
    assert [line.conditional for line in agency.requests] == [False, True, True]


def test_a_changed_address_answers_a_conditional_request_in_full(agency: Sandbox) -> None:
    agency.set_date("2024-06-30")
    old = get(agency, CBP, LISTING)
    agency.set_date("2024-10-17")
    new = get(agency, CBP, LISTING, If_None_Match=old.headers["ETag"], If_Modified_Since=old.headers["Last-Modified"])
    assert new.status_code == 200
    assert new.headers["ETag"] != old.headers["ETag"]


def test_a_tag_decides_alone_where_a_date_is_sent_too(agency: Sandbox) -> None:
    date = get(agency, CBP, NEWEST).headers["Last-Modified"]
    assert get(agency, CBP, NEWEST, If_None_Match='"other"', If_Modified_Since=date).status_code == 200


def test_head_announces_the_length_and_sends_nothing(agency: Sandbox, sample_folder: Path) -> None:
    answer = requests.head(agency.address + NEWEST, headers={"Host": CBP}, timeout=10)
    size = (sample_folder / "cbp_nationwide_encounters/2025-10-15/nationwide-encounters-fy22-fy25-state.csv").stat()
    assert int(answer.headers["Content-Length"]) == size.st_size
    assert answer.content == b""


# ---- the listing page


def test_every_link_of_the_listing_leads_to_a_file_of_the_printed_size(agency: Sandbox) -> None:
    root = html.fromstring(get(agency, CBP, LISTING).content)
    rows = root.xpath("//table/tbody/tr")
    assert rows
    for row in rows:
        (href,) = row.xpath(".//a/@href")
        size, date = row.xpath("./td[position()>1]/@data-sort-value")
        assert len(get(agency, CBP, href).content) == int(size)
        assert re.fullmatch(r"\d\d/\d\d/\d{4}", date)


def test_list_and_table_of_the_listing_name_the_same_files_newest_first(agency: Sandbox) -> None:
    root = html.fromstring(get(agency, CBP, LISTING).content)
    assert root.xpath("//table/tbody/tr//a/@href") == dataset_links(agency)
    dates = [dt.datetime.strptime(d, "%m/%d/%Y") for d in root.xpath("//tbody/tr/td[3]/@data-sort-value")]
    assert dates == sorted(dates, reverse=True)


def test_monthly_files_are_listed_in_the_running_year_and_replaced_when_it_closes(agency: Sandbox) -> None:
    agency.set_date("2024-06-30")
    running = [link.rsplit("/", 1)[-1] for link in dataset_links(agency)]
    assert "nationwide-encounters-fy21-fy24-oct-state.csv" in running
    assert "nationwide-encounters-fy20-fy23-state.csv" in running
    agency.set_date("2024-10-17")
    closed = [link.rsplit("/", 1)[-1] for link in dataset_links(agency)]
    assert "nationwide-encounters-fy21-fy24-state.csv" in closed
    assert not [name for name in closed if re.search(r"fy24-[a-z]{3}-(state|aor)", name)]


def test_the_folder_style_changes_after_2023_and_names_carry_stray_blanks(agency: Sandbox) -> None:
    links = dataset_links(agency)
    assert "/sites/default/files/assets/documents/2023-Nov/nationwide-encounters-fy20-fy23-state.csv" in links
    assert "/sites/default/files/2024-10/nationwide-encounters-fy21-fy24-state.csv" in links
    names = html.fromstring(get(agency, CBP, LISTING).content).xpath("//tbody/tr/th/@data-sort-value")
    assert any(name.startswith(" ") for name in names)
    assert any(not name.startswith(" ") for name in names)


def test_a_release_dated_by_month_is_listed_on_the_month_s_last_day(agency: Sandbox) -> None:
    agency.set_date("2024-02-28")
    assert not any("fy24-jan" in link for link in dataset_links(agency))
    agency.set_date("2024-02-29")
    root = html.fromstring(get(agency, CBP, LISTING).content)
    assert root.xpath("//tr[.//a[contains(@href, 'fy24-jan-state')]]/td[3]/@data-sort-value") == ["02/29/2024"]


# ---- faults


@pytest.mark.parametrize("status", [404, 410, 500, 503])
def test_a_status_can_be_asked_for_and_hits_as_often_as_wanted(agency: Sandbox, status: int) -> None:
    agency.fault("status", host=CANADA, path="*2017*", status=status, times=2)
    answers = [get(agency, CANADA, PAGE.format(2017)).status_code for _ in range(3)]
    assert answers == [status, status, 200]


def test_a_fault_hits_its_host_and_path_only(agency: Sandbox) -> None:
    agency.fault("status", host=CBP, path="*.csv", status=500)
    assert get(agency, CBP, NEWEST).status_code == 500
    assert get(agency, CBP, LISTING).status_code == 200
    assert get(agency, CANADA, PAGE.format(2017)).status_code == 200
    agency.clear()
    assert get(agency, CBP, NEWEST).status_code == 200


def test_a_truncated_body_is_shorter_than_announced(agency: Sandbox) -> None:
    agency.fault("truncated", path="*.csv")
    answer = requests.get(agency.address + NEWEST, headers={"Host": CBP}, stream=True, timeout=10)
    got = b""
    with contextlib.suppress(ProtocolError):  # the client's own check may speak first
        for piece in answer.raw.stream(65536, decode_content=False):
            got += piece
    assert len(got) < int(answer.headers["Content-Length"])


def test_a_connection_can_be_dropped_without_an_answer(agency: Sandbox) -> None:
    agency.fault("disconnect", path="*.csv")
    with pytest.raises(requests.ConnectionError):
        get(agency, CBP, NEWEST)


def test_a_delay_is_kept_and_ends_with_the_sandbox(sample_folder: Path) -> None:
    with Sandbox(sample_folder) as agency:
        agency.fault("delay", seconds=60)
        with pytest.raises(requests.Timeout):
            requests.get(agency.address + NEWEST, headers={"Host": CBP}, timeout=0.3)
        before = time.monotonic()
    assert time.monotonic() - before < 5


def test_bodies_can_be_of_the_wrong_kind(agency: Sandbox) -> None:
    agency.fault("wrong_type", path="*.csv", times=1)
    assert get(agency, CBP, NEWEST).headers["Content-Type"] == "application/pdf"
    agency.fault("html_error", path="*.csv", times=1)
    assert get(agency, CBP, NEWEST).content.startswith(b"<!doctype html>")
    agency.fault("empty", path="*.csv", times=1)
    empty = get(agency, CBP, NEWEST)
    assert (empty.status_code, empty.content) == (200, b"")
    agency.fault("oversized", path="*.csv", times=1, size=3_000_000)
    assert len(get(agency, CBP, NEWEST).content) == 3_000_000


def test_a_gzip_bomb_is_small_on_the_wire(agency: Sandbox) -> None:
    agency.fault("gzip_bomb", path="*.csv", size=5_000_000)
    answer = requests.get(agency.address + NEWEST, headers={"Host": CBP}, stream=True, timeout=10)
    wire = answer.raw.read(decode_content=False)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(wire) < 50_000
    assert len(gzip.decompress(wire)) == 5_000_000


@pytest.mark.parametrize(
    ("kind", "last_field", "line"),
    [("decimal_comma", r'"\d+,5"', 1), ("negative_count", r"-\d+", 1), ("extra_column", "Land", 1)],
)
def test_counts_and_columns_of_a_csv_can_be_spoilt(agency: Sandbox, kind: str, last_field: str, line: int) -> None:
    agency.fault(kind, path="*.csv")
    assert re.search(rf",{last_field}$", get(agency, CBP, NEWEST).text.split("\r\n")[line])


def test_rows_labels_and_heads_of_a_csv_can_be_spoilt(agency: Sandbox) -> None:
    good = get(agency, CBP, NEWEST).text
    agency.fault("missing_column", path="*.csv", times=1)
    assert "Title of Authority" not in get(agency, CBP, NEWEST).text
    agency.fault("duplicated_row", path="*.csv", times=1)
    assert len(get(agency, CBP, NEWEST).text.splitlines()) == len(good.splitlines()) + 1
    agency.fault("unknown_label", path="*.csv", times=1)
    assert UNKNOWN_LABEL in get(agency, CBP, NEWEST).text
    assert get(agency, CBP, NEWEST).text == good


def test_an_edited_body_has_another_tag_than_the_good_one(agency: Sandbox) -> None:
    tag = get(agency, CBP, NEWEST).headers["ETag"]
    agency.fault("negative_count", path="*.csv")
    assert get(agency, CBP, NEWEST, If_None_Match=tag).status_code == 200


def test_captions_labels_and_dates_of_a_page_can_be_spoilt(agency: Sandbox) -> None:
    def captions() -> list[str]:
        root = html.fromstring(get(agency, CANADA, PAGE.format(2017)).content)
        return [" ".join(c.text_content().split()) for c in root.xpath("//caption")]

    assert captions().count("RCMP Interceptions") == 1
    agency.fault("missing_caption", host=CANADA, times=1)
    assert "RCMP Interceptions" not in captions()
    agency.fault("duplicated_caption", host=CANADA, times=1)
    assert captions().count("RCMP Interceptions") == 2
    for kind, mark in [
        ("unknown_label", UNKNOWN_LABEL),
        ("absurd_date", "2204-02-30"),
        ("extra_column", "Smarch"),
        ("negative_count", ">-1<"),
        ("decimal_comma", ">1,5<"),
    ]:
        agency.fault(kind, host=CANADA, times=1)
        assert mark in get(agency, CANADA, PAGE.format(2017)).text, kind


def test_a_fault_that_cannot_happen_says_so_instead_of_passing(agency: Sandbox) -> None:
    agency.fault("missing_caption", path="*.csv")
    assert get(agency, CBP, NEWEST).status_code == 501
    with pytest.raises(ValueError, match="unknown fault"):
        agency.fault("no_such_fault")


def test_a_frozen_page_stands_still_and_says_so(agency: Sandbox) -> None:
    """The UK small-boats page froze on 2023-02-04 with such a notice; a scraper went on for over 1,040 days."""
    agency.set_date("2024-06-30")
    agency.fault("frozen", path=LISTING)
    frozen = get(agency, CBP, LISTING)
    assert FROZEN_NOTICE in frozen.text
    agency.set_date("2025-10-15")
    later = get(agency, CBP, LISTING, If_None_Match=frozen.headers["ETag"])
    assert later.status_code == 304


def test_a_page_can_freeze_without_a_word(agency: Sandbox) -> None:
    agency.set_date("2024-06-30")
    before = get(agency, CBP, LISTING)
    agency.fault("frozen_silently", path=LISTING)
    agency.set_date("2025-10-15")
    assert get(agency, CBP, LISTING, If_None_Match=before.headers["ETag"]).status_code == 304


def test_the_listing_can_lose_all_its_links(agency: Sandbox) -> None:
    agency.fault("no_links", path=LISTING)
    answer = get(agency, CBP, LISTING)
    assert answer.status_code == 200
    assert ".csv" not in answer.text


def test_a_moved_link_leads_to_the_file_by_a_redirect(agency: Sandbox) -> None:
    good = get(agency, CBP, NEWEST).content
    agency.fault("moved", path=LISTING)
    link = next(href for href in dataset_links(agency) if href.endswith("fy22-fy25-state.csv"))
    answer = get(agency, CBP, link)
    assert (answer.status_code, answer.headers["Location"]) == (301, NEWEST)
    assert get(agency, CBP, answer.headers["Location"]).content == good


def test_a_moved_page_leads_to_its_content_by_a_redirect(agency: Sandbox) -> None:
    good = get(agency, CANADA, PAGE.format(2018)).content
    agency.fault("moved", host=CANADA)
    answer = get(agency, CANADA, PAGE.format(2018))
    assert answer.status_code == 301
    assert get(agency, CANADA, answer.headers["Location"]).content == good


def test_redirects_can_lead_off_the_agency_or_into_a_private_net(agency: Sandbox) -> None:
    agency.fault("redirect_foreign", times=1)
    assert "example.net" in get(agency, CBP, NEWEST).headers["Location"]
    agency.fault("redirect_private", times=1)
    assert get(agency, CBP, NEWEST).headers["Location"] == "http://10.0.0.1/"
    agency.fault("redirect_private", times=1, location="http://127.0.0.1:1/")
    assert get(agency, CBP, NEWEST).headers["Location"] == "http://127.0.0.1:1/"


# ---- control, log, life


def test_clock_and_faults_can_be_set_over_http(agency: Sandbox) -> None:
    control = agency.address + "/__sandbox/"
    state = requests.post(control + "clock", json={"date": "2024-06-30"}, timeout=10).json()
    assert state["date"] == "2024-06-30"
    requests.post(control + "faults", json=[{"kind": "status", "status": 503, "path": "*.csv"}], timeout=10)
    assert get(agency, CBP, "/x.csv").status_code == 503
    assert requests.get(control + "state", timeout=10).json()["faults"][0]["status"] == 503
    requests.delete(control + "faults", timeout=10)
    assert get(agency, CBP, "/x.csv").status_code == 404
    assert [line.path for line in agency.requests] == ["/x.csv", "/x.csv"]


@pytest.mark.parametrize("body", ['{"date": "yesterday"}', '[{"kind": "nonsense"}]', "{", "{}"])
def test_control_refuses_what_it_does_not_understand(agency: Sandbox, body: str) -> None:
    for address in ("clock", "faults"):
        answer = requests.post(f"{agency.address}/__sandbox/{address}", data=body, timeout=10)
        if not (address == "faults" and body == "{}"):
            assert answer.status_code == 400, address
    assert agency.faults.describe() == []


def test_the_command_prints_its_address_and_ends_on_sigterm(sample_folder: Path) -> None:
    command = [sys.executable, "-m", "sandbox", "--releases", str(sample_folder), "--date", "2024-06-30", "--lifetime"]
    with subprocess.Popen([*command, "60"], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        address = process.stdout.readline().strip()
        try:
            assert requests.get(address + "/__sandbox/state", timeout=10).json()["date"] == "2024-06-30"
        finally:
            os.kill(process.pid, signal.SIGTERM)
        assert process.wait(10) == 0


def test_the_command_never_outlives_its_lifetime(sample_folder: Path) -> None:
    command = [sys.executable, "-m", "sandbox", "--releases", str(sample_folder), "--lifetime", "0.2"]
    assert subprocess.run(command, cwd=REPOSITORY, capture_output=True, timeout=20, check=False).returncode == 0


def test_a_made_up_archive_is_served_as_a_sample_too(tmp_path: Path) -> None:
    """Figures that nobody published must never look like an agency's."""
    with Sandbox(synthetic(tmp_path, 1)) as agency:
        assert agency.state()["origin"] == "sample"
        assert len(dataset_links(agency)) == 12


# ---- a folder of real releases


@pytest.mark.real
def test_every_real_release_is_served_at_some_address_on_the_day_it_is_known(real_releases: Path) -> None:
    with Sandbox(real_releases) as agency:
        for item in agency.catalogue.items:
            addresses = [a for a, items in agency.catalogue._by_address.items() if item in items]
            served = [agency.catalogue.at(address, item.known_on) for address in addresses]
            assert any(s and (s == item or s.known_on == item.known_on) for s in served), item.path


@pytest.mark.real
def test_a_folder_of_real_releases_calls_itself_a_folder(real_releases: Path) -> None:
    with Sandbox(real_releases, date="2025-10-15") as agency:
        answer = get(agency, CBP, NEWEST)
        assert agency.state()["origin"] == "folder"
        assert int(answer.headers["Content-Length"]) == 2964680


# ---- control listens to this machine's tools only


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Host": "evil.example"}, {"Host": "[bad"},
        {"Host": "agency:8085"}, {"Sec-Fetch-Site": "cross-site"},
    ],
)  # fmt: skip
def test_a_page_elsewhere_cannot_move_the_clock(agency: Sandbox, headers: dict[str, str]) -> None:
    """The control took a POST from any origin, and from any name that was made to point here."""
    before = agency.date
    with contextlib.suppress(requests.RequestException):
        answer = requests.post(
            agency.address + "/__sandbox/clock", data='{"date": "2001-01-01"}', headers=headers, timeout=10
        )
        assert answer.status_code in (400, 403)
    assert agency.date == before
