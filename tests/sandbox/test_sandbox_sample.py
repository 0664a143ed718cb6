"""The bundled sample: complete, deterministic, and equal to what the agencies published."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from pathlib import Path

import pytest
from lxml import html

from sandbox import cbp_files, rcmp_pages, tables
from sandbox.sample import lay_out
from sandbox.synthetic import release_days, synthetic

MONTHS = tables.CALENDAR_MONTHS
CBP = "cbp_nationwide_encounters"
RCMP = "ircc_rcmp_interceptions"


def listed(folder: Path) -> list[dict[str, str]]:
    with (folder / "releases.csv").open(newline="") as handle:
        return list(csv.DictReader(handle))


def csv_rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as handle:
        return list(csv.DictReader(handle))


def page_tables(path: Path) -> list[tuple[str, list[list[str]]]]:
    """Caption and rows (heads first) of every table, blanks folded."""
    root = html.fromstring(path.read_bytes())
    found = []
    for table in root.xpath("//table[caption]"):
        caption = " ".join(table.xpath("string(caption)").split())
        rows = [[" ".join(c.text_content().split()) for c in row.xpath("td|th")] for row in table.xpath(".//tr")]
        found.append((caption, rows))
    return found


def folder_bytes(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_laying_out_twice_gives_the_same_bytes(sample_folder: Path, tmp_path: Path) -> None:
    assert folder_bytes(lay_out(tmp_path)) == folder_bytes(sample_folder)


def test_every_file_is_listed_with_its_size_sha256_and_the_sample_origin(sample_folder: Path) -> None:
    lines = listed(sample_folder)
    assert {line["file"] for line in lines} | {"releases.csv"} == set(folder_bytes(sample_folder))
    for line in lines:
        body = (sample_folder / line["file"]).read_bytes()
        assert (int(line["bytes"]), line["sha256"]) == (len(body), hashlib.sha256(body).hexdigest())
        assert (line["origin"], line["state"]) == ("roxham-sample", "sample")


def test_the_sample_tables_stay_small() -> None:
    assert sum(p.stat().st_size for p in tables.SAMPLE_TABLES.glob("*.csv")) < 400_000


def test_a_page_says_on_its_face_that_it_is_a_sample(sample_folder: Path) -> None:
    for page in sample_folder.glob(f"{RCMP}/*/*.html"):
        assert "ROXHAM SAMPLE" in page.read_text(encoding="utf-8")


def test_the_total_row_is_in_the_foot_until_2020_and_in_the_body_from_2021(sample_folder: Path) -> None:
    for year in rcmp_pages.COMPLETE_YEARS:
        page = html.fromstring((sample_folder / RCMP / "2024-04-22" / f"asylum-claims-{year}.html").read_bytes())
        table = page.xpath("//table[contains(caption, 'RCMP')]")[0]
        assert bool(table.xpath("tfoot")) is (year <= 2020), year


def test_what_nobody_published_for_2024_is_absent(sample_folder: Path) -> None:
    ((_, rows),) = page_tables(sample_folder / RCMP / "2025-01" / "asylum-claims-2024.html")
    by_place = {row[0]: row[1:] for row in rows}
    assert "British Columbia" not in by_place
    assert "Total - RCMP" not in by_place
    assert by_place["Alberta"][9:] == ["0", "", "", ""]


def test_an_earlier_page_prints_only_what_was_quoted_by_its_day(sample_folder: Path) -> None:
    quoted = tables.rows("rcmp_quoted_earlier")
    for page in sorted(sample_folder.glob(f"{RCMP}/20*/*.html")):
        day, year = page.parent.name, page.stem[-4:]
        if day in ("2024-04-22", "2025-01"):
            continue
        latest = {
            (q["place"], int(q["month"])): q["interceptions"]
            for q in quoted
            if q["year"] == year and q["published"] <= day
        }
        ((_, rows),) = page_tables(page)
        printed = {
            (row[0], month): cell.replace(",", "")
            for row in rows[1:]
            for month, cell in enumerate(row[1:], start=1)
            if cell
        }
        assert printed == latest, page


def test_press_errors_are_not_in_the_sample() -> None:
    values = {q["interceptions"] for q in tables.rows("rcmp_quoted_earlier")}
    assert not values & {"749", "1459"}


def test_a_cbp_file_has_crlf_ascii_and_the_agency_header(sample_folder: Path) -> None:
    for path in sample_folder.glob(f"{CBP}/*/*.csv"):
        body = path.read_bytes()
        body.decode("ascii")
        assert body.endswith(b"\r\n")
        assert body.count(b"\n") == body.count(b"\r\n")
        cut = "aor" if "-aor" in path.name else "state"
        assert body.split(b"\r\n")[0].decode() == cbp_files.HEADERS[cut]


def test_month_grouping_and_the_open_year_follow_the_month_reached(sample_folder: Path) -> None:
    rows = csv_rows(sample_folder / CBP / "2024-02" / "nationwide-encounters-fy21-fy24-jan-state.csv")
    grouping = {(r["Fiscal Year"], r["Month (abbv)"]): r["Month Grouping"] for r in rows}
    assert grouping["2023", "JAN"] == "FYTD"
    assert grouping["2023", "FEB"] == "Remaining"
    assert {m for year, m in grouping if year == "2024 (FYTD)"} == {"OCT", "NOV", "DEC", "JAN"}


def test_the_minors_label_changes_in_history_too(sample_folder: Path) -> None:
    labels = {
        p.parent.name: {r["Demographic"] for r in csv_rows(p)} for p in sample_folder.glob(f"{CBP}/*/*-state.csv")
    }
    assert "UAC" in labels["2025-10-15"]
    assert "UC / Single Minors" not in labels["2025-10-15"]
    assert "UC / Single Minors" in labels["2024-10-17"]


def test_the_key_of_a_cbp_row_is_unique(sample_folder: Path) -> None:
    for path in sample_folder.glob(f"{CBP}/*/*.csv"):
        rows = [tuple(r.values())[:-1] for r in csv_rows(path)]
        assert len(rows) == len(set(rows)), path.name


def reconciled(path: Path) -> Counter[tuple[str, ...]]:
    shared = ("Fiscal Year", "Month (abbv)", "Land Border Region", "Demographic", "Title of Authority")
    totals: Counter[tuple[str, ...]] = Counter()
    for row in csv_rows(path):
        totals[tuple(row[name] for name in shared)] += int(row["Encounter Count"])
    return +totals  # without the zeros of fiscal 2020, which one cut prints and the other does not


def test_the_two_cuts_of_a_vintage_reconcile(sample_folder: Path) -> None:
    for aor in sorted(sample_folder.glob(f"{CBP}/*/*-aor.csv")):
        assert reconciled(aor) == reconciled(aor.with_name(aor.name.replace("-aor", "-state"))), aor.name


def test_a_cbp_vintage_covers_what_its_line_says() -> None:
    reached = {(v.vintage, v.cut): v.covers_to for v in cbp_files.vintages()}
    assert reached["2023-11", "state"] == "2023-10"
    assert reached["2024-02", "state"] == "2024-01"
    assert reached["2025-10-15", "state"] == "2025-09"


def test_the_synthetic_archive_scales_marks_itself_and_reconciles(tmp_path: Path) -> None:
    folder = synthetic(tmp_path, 2)
    lines = listed(folder)
    assert len(lines) == 2 * len(cbp_files.vintages())
    assert {line["origin"] for line in lines} == {"roxham-synthetic"}
    aor = sorted(folder.glob(f"{CBP}/*/*-aor.csv"))[-1]
    assert reconciled(aor) == reconciled(aor.with_name(aor.name.replace("-aor", "-state")))


def test_a_large_synthetic_archive_stays_within_two_years() -> None:
    days = release_days(600)
    assert len(set(days)) == 600
    assert days == sorted(days)
    assert days[-1].year <= 2027


# ---- against the real releases and figures, where they are at hand


@pytest.mark.real
@pytest.mark.parametrize("year", [2017, 2018, 2021, 2022, 2023])
def test_every_cell_of_a_laid_out_page_is_the_real_page_s(year: int, sample_folder: Path, real_releases: Path) -> None:
    part = Path(RCMP) / "2024-04-22" / f"asylum-claims-{year}.html"
    assert page_tables(sample_folder / part) == page_tables(real_releases / part)


@pytest.mark.real
def test_rcmp_months_and_year_totals_equal_the_figures(sample_folder: Path, figures: Path) -> None:
    months = {
        (r["year"], r["province_as_published"], int(r["month"])): r["interceptions"]
        for r in csv_rows(figures / "rcmp_interceptions_monthly.csv")
    }
    totals = {
        (r["year"], r["province_as_published"]): r["total_as_published"]
        for r in csv_rows(figures / "rcmp_interceptions_annual_as_published.csv")
    }
    seen_months, seen_totals = {}, {}
    for vintage in ("2024-04-22", "2025-01"):
        for page in sample_folder.glob(f"{RCMP}/{vintage}/*.html"):
            rows = page_tables(page)[0][1][1:]
            for place, *cells in rows:
                cells = [cell.split("Footnote")[0].replace(",", "") for cell in cells]
                seen_months.update({(page.stem[-4:], place, n): c for n, c in enumerate(cells[:12], start=1) if c})
                if cells[12]:
                    seen_totals[page.stem[-4:], place] = cells[12]
    assert seen_months == months
    assert seen_totals == totals


def totals_by(path: Path, names: tuple[str, ...]) -> Counter[tuple[str, ...]]:
    totals: Counter[tuple[str, ...]] = Counter()
    for row in csv_rows(path):
        if row["Land Border Region"] != "Other":
            totals[tuple(row[name] for name in names)] += int(row["Encounter Count"])
    return totals


@pytest.mark.real
@pytest.mark.parametrize("vintage", cbp_files.vintages(), ids=lambda v: f"{v.vintage}-{v.cut}")
def test_cbp_sums_equal_the_real_file_s(vintage: cbp_files.Vintage, sample_folder: Path, real_releases: Path) -> None:
    """By time, grouping, region, place and authority: only citizenship (southwest: demographic too) is summed away."""
    place = {
        "state": ("State",),
        "aor": ("Component", "Area of Responsibility", "AOR (Abbv)", "Encounter Type"),
    }[vintage.cut]
    names = ("Fiscal Year", "Month Grouping", "Month (abbv)", "Land Border Region", "Title of Authority", *place)
    part = Path(CBP) / vintage.vintage / vintage.file_name
    assert totals_by(sample_folder / part, names) == totals_by(real_releases / part, names)


@pytest.mark.real
def test_swanton_months_equal_the_figures(sample_folder: Path, figures: Path) -> None:
    path = sample_folder / CBP / "2023-11-07" / "nationwide-encounters-fy20-fy23-aor.csv"
    totals = totals_by(path, ("Fiscal Year", "Month (abbv)", "Area of Responsibility"))
    for row in csv_rows(figures / "usbp_northern_sectors_monthly_fy2020_fy2023.csv"):
        for sector in (name for name in row if name.endswith(" Sector")):
            key = (row["Fiscal Year"], row["Month (abbv)"], sector)
            # an empty figure: the file has no row there
            assert (str(totals[key]) if key in totals else "") == row[sector], key


@pytest.mark.real
@pytest.mark.parametrize("region", ["northern", "southwest"])
def test_the_vintage_triangle_of_fiscal_2024_equals_the_figures(
    region: str, sample_folder: Path, figures: Path
) -> None:
    columns = {
        "oct": "2023-11",
        "nov": "2023-12",
        "jan": "2024-02",
        "feb": "2024-03",
        "apr": "2024-05",
        "may": "2024-06",
        "final": "2024-10-17",
    }
    wanted = csv_rows(figures / f"cbp_nationwide_by_vintage_fy2024_{region}.csv")
    for column, vintage in columns.items():
        (path,) = (sample_folder / CBP / vintage).glob("*-state.csv")
        totals = totals_by(path, ("Fiscal Year", "Month (abbv)", "Land Border Region"))
        year = "2024" if column == "final" else "2024 (FYTD)"
        for row in wanted:
            if row[column]:
                key = (year, row["Month (abbv)"], f"{region.title()} Land Border")
                assert totals[key] == int(float(row[column])), (column, row)
