"""The small boats workbook and pages are read cell by cell, and what has another shape is refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from ingest.core.records import StructureError, UnknownFile
from ingest.releases.parsers import uk_small_boats as workbooks
from ingest.releases.parsers import uk_small_boats_page as pages
from tests.support.small_boats import (
    LAST_7_DAYS,
    closed_page,
    days_of,
    one_day_page,
    table_page,
    typed_page,
    week,
    workbook,
)

NAME = "time series.ods"


def read_workbook(tmp_path: Path, content: bytes) -> list[dict[str, str]]:
    path = tmp_path / NAME
    path.write_bytes(content)
    [table] = workbooks.parse(path, NAME)
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def read_page(tmp_path: Path, content: str) -> list[dict[str, str]]:
    path = tmp_path / "page.html"
    path.write_text(content, encoding="utf-8")
    [table] = pages.parse(path, path.name)
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def test_marks_zeros_and_counts_of_the_workbook_stay_what_they_are(tmp_path: Path) -> None:
    rows = read_workbook(tmp_path, workbook(days_of("2022-12-31", [(0, 0, "-"), (1090, 21, 0)])))
    assert [row["printed"] for row in rows] == ["0", "0", "-", "1090", "21", "0"]
    assert [row["_locator"] for row in rows] == [f"SB_01!{column}{row}" for row in (2, 3) for column in "BCD"]
    assert (rows[3]["day"], rows[3]["year_label"], rows[3]["month_label"]) == ("2023-01-01", "2023", "1")


def test_an_empty_cell_is_empty_and_no_zero(tmp_path: Path) -> None:
    rows = read_workbook(tmp_path, workbook([(dt.date(2023, 1, 1), "", 1, 0, "")]))
    assert [row["printed"] for row in rows] == ["", "1", "0"]


def test_blank_rows_move_no_locator(tmp_path: Path) -> None:
    rows = read_workbook(tmp_path, workbook([("",) * 5, *days_of("2023-01-01", [(5, 1, 0)]), ("",) * 5]))
    assert [row["_locator"] for row in rows] == ["SB_01!B3", "SB_01!C3", "SB_01!D3"]


def test_a_locator_of_the_workbook_finds_its_cell_again_and_another_is_an_error(tmp_path: Path) -> None:
    read_workbook(tmp_path, workbook(days_of("2023-01-01", [(5, 1, 0)])))
    [cell] = workbooks.cells(tmp_path / NAME, ["SB_01!B2"])
    assert (cell.printed, cell.row_head, cell.column_head) == ("5", "2023-01-01", "Migrants arrived")
    for nowhere in ("SB_01!B9", "SB_01!Z2", "SB_09!B2", "B2"):
        with pytest.raises(LookupError, match="no cell at"):
            workbooks.cells(tmp_path / NAME, [nowhere])


def test_a_day_in_sentences_is_read_by_its_words(tmp_path: Path) -> None:
    sentences = ["Number of migrants detected in small boats: 1,252", "Number of boats detected: 7",
                 "No migrants arrived on their own terms."]  # fmt: skip
    rows = read_page(tmp_path, one_day_page("23 May 2022", sentences, "2022-05-24"))
    assert [(row["day"], row["column_label"], row["printed"]) for row in rows] == [
        ("2022-05-23", "Number of migrants detected in small boats", "1,252"),
        ("2022-05-23", "Number of boats detected", "7"),
    ]


def test_a_mark_of_revision_stands_beside_the_figure(tmp_path: Path) -> None:
    heads = ("Date", "Migrants detected", "Boats detected")
    rows = read_page(tmp_path, table_page(week("2022-05-15", [("389 [r]", "10 [r]")]), "2022-05-24", heads))
    assert [(row["printed"], row["footnote"]) for row in rows] == [("389", "[r]"), ("10", "[r]")]


def test_the_pages_note_goes_with_each_figure_of_its_row(tmp_path: Path) -> None:
    rows = read_page(tmp_path, table_page(week("2023-02-01", [("44", "1", "0", "Revised")]), "2023-02-02"))
    assert [(row["column_label"], row["note"]) for row in rows] == [
        ("Migrants arrived", "Revised"), ("Boats arrived", "Revised"),
        ("Boats involved in uncontrolled landings", "Revised"),
    ]  # fmt: skip


def test_a_page_without_its_figures_is_refused_whatever_it_says(tmp_path: Path) -> None:
    """The frozen page of 2023-02-04: no table is no zero."""
    for words in ("This is a legacy page and will no longer be updated.", "Nothing to see."):
        with pytest.raises(StructureError, match="means no zero"):
            read_page(tmp_path, closed_page("2023-02-04", words))


def test_the_date_of_a_page_is_when_it_was_last_changed(tmp_path: Path) -> None:
    """The page of 22 August 2026 told its readers "Updated 21 August" and had the figures of that whole day."""
    path = tmp_path / "page.html"
    path.write_text(closed_page("2026-08-22"), encoding="utf-8")
    published = pages.published(path)
    assert published and (published.text, published.basis) == ("2026-08-22", "document")
    path.write_text("<html><body>2022</body></html>", encoding="utf-8")
    assert pages.published(path) is None


def test_a_workbook_without_weeks_notes_or_landings_is_read_below_its_title(tmp_path: Path) -> None:
    heads = {"SB_01": ("Table SB_01: daily arrivals",)}
    days = [("Date", "Migrants arrived"), (dt.date(2022, 1, 1), 5)]
    content = workbook(days, heads=heads, sheets=("Cover sheet", "Contents", "SB 01"))
    [row] = read_workbook(tmp_path, content)
    assert (row["sheet"], row["day"], row["printed"], row["note"], row["_locator"]) == (
        "SB 01", "2022-01-01", "5", "", "SB 01!B3",
    )  # fmt: skip


def test_days_of_a_weekend_keep_their_own_figures_and_a_weekday_is_no_part_of_a_date(tmp_path: Path) -> None:
    def sentences_of(day: str, boats: int) -> str:
        whole = one_day_page(day, [f"Number of boats detected: {boats}"], "2022-05-23")
        return whole.partition("updated daily.</p>")[2].partition("</main>")[0]

    saturday, sunday = sentences_of("21 May 2022", 3), sentences_of("22 May 2022", 0)
    page = one_day_page("20 May 2022", ["Number of boats detected: 7"], "2022-05-23")
    rows = read_page(tmp_path, page.replace("</main>", f"{saturday}{sunday}</main>"))
    assert [(row["day"], row["printed"]) for row in rows] == [
        ("2022-05-20", "7"), ("2022-05-21", "3"), ("2022-05-22", "0"),
    ]  # fmt: skip
    with pytest.raises(StructureError, match="2 sentences that name the day"):
        read_page(tmp_path, page.replace("</main>", f"{saturday.replace('21 May', '20 May')}</main>"))
    [figure] = read_page(
        tmp_path, table_page([("Friday 12 December 2025", "5")], "2025-12-13", ("Date", "Boats arrived"))
    )
    assert figure["day"] == "2025-12-12"


TYPED = [("0", "0", "0", "", ""), ("325", "5", "0", "", "")]


def test_a_table_that_stands_on_the_page_as_it_was_typed_is_read_with_its_zeros(tmp_path: Path) -> None:
    """On 2026-04-04 the page printed its table in Markdown, with a figure of 325 that no other page printed first."""
    rows = read_page(tmp_path, typed_page(week("2026-03-31", [each[:4] for each in TYPED]), "2026-04-04"))
    assert [(row["day"], row["column_label"], row["printed"]) for row in rows] == [
        (day, head, figure)
        for day, figures in (("2026-03-31", TYPED[0]), ("2026-04-01", TYPED[1]))
        for head, figure in zip(LAST_7_DAYS[1:4], figures, strict=False)
    ]
    [cell] = pages.cells(tmp_path / "page.html", ['day "1 April 2026" · "Migrants arrived"'])
    assert (cell.printed, cell.row_head, cell.column_head) == ("325", "1 April 2026", "Migrants arrived")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("| 325 | 5 |", "| 325 |"), "4 cells"),
        (("|# 1 April 2026 | 325 | 5 | 0 |  |", "1 April 2026 | 325 | 5 | 0"), "no bars at its ends"),
        (("|–|–|–|–|–|", "|a|b|c|d|e|"), "0 tables headed 'Date'"),
        (("# 1 April 2026", "# 31 March 2026"), "printed twice"),
    ],
)
def test_a_typed_table_of_another_shape_is_refused(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    page = typed_page(week("2026-03-31", [each[:4] for each in TYPED]), "2026-04-04")
    assert change[0] in page
    with pytest.raises(StructureError, match=said):
        read_page(tmp_path, page.replace(*change))


def test_a_table_that_lost_its_head_is_refused_and_a_day_is_never_taken_for_a_head(tmp_path: Path) -> None:
    """On 2026-03-08 the heads stood above the table as text, and its first row was a day."""
    page = table_page(week("2026-03-01", [("0", "0", "0", "")] * 7), "2026-03-08")
    head = page[page.index("<thead>") : page.index("</thead>") + len("</thead>")]
    typed_heads = f"<p>| {' | '.join(LAST_7_DAYS)} |<br>|–|–|–|–|–|</p><table>"
    with pytest.raises(StructureError, match=r'lost its head row: it begins with "1 March 2026"'):
        read_page(tmp_path, page.replace(head, "").replace("<table>", typed_heads))


def test_the_weekly_summary_is_another_document(tmp_path: Path) -> None:
    """The page of 2025-12-16 has one row without a day; its week stands in a heading."""
    with pytest.raises(UnknownFile, match="weekly summary"):
        read_page(tmp_path, table_page([("0", "0", "438", "11")], "2025-12-15", pages.WEEKLY_SUMMARY))


def test_the_last_7_days_may_be_eight(tmp_path: Path) -> None:
    """On 2026-01-23 they were."""
    rows = read_page(tmp_path, table_page(week("2026-01-15", [("0", "0", "0", "")] * 8), "2026-01-22"))
    assert len({row["day"] for row in rows}) == 8
