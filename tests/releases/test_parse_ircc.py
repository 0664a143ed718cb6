"""The IRCC parser against pages of our own writing, one per trap of the real ones."""

from pathlib import Path

import pytest

from ingest.catalog.lookups import resolve
from ingest.catalog.source import load_sources
from ingest.core.records import Rows, StructureError
from ingest.releases.parsers import ircc_rcmp_interceptions as parser
from tests.support.pages import MONTHS, OTHER_CAPTIONS, page, rcmp_rows, table


def parsed(tmp_path: Path, text: str, name: str = "asylum-claims-2023.html") -> Rows:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    [rows] = parser.parse(path, name)
    assert isinstance(rows, Rows)
    return rows


def cells(rows: Rows) -> dict[tuple[str, str, str], str]:
    return {(row[2], row[3], row[4]): row[5] for row in rows.rows}


def test_the_table_is_found_by_its_caption_wherever_it_stands(tmp_path: Path) -> None:
    """Real pages have nine tables that only the caption tells apart; position is no contract."""
    text = page([table(OTHER_CAPTIONS[0], rcmp_rows("7")), table("RCMP Interceptions", rcmp_rows("4,875"))])
    assert cells(parsed(tmp_path, text))["RCMP Interceptions", "Quebec", "Jan"] == "4,875"


def test_the_total_row_is_kept_in_a_tfoot_and_in_a_tbody(tmp_path: Path) -> None:
    in_body = cells(parsed(tmp_path, page([table("RCMP Interceptions", rcmp_rows())])))
    in_foot = cells(parsed(tmp_path, page([table("RCMP Interceptions", rcmp_rows(), foot=1)])))
    assert in_body == in_foot
    assert in_body["RCMP Interceptions", "Total - RCMP", "Dec"] == "11"


def test_a_footnote_mark_is_kept_apart_from_the_printed_number(tmp_path: Path) -> None:
    """2017 prints `46<sup>Footnote *</sup>`, 2018 `"2,680"<sup>…`: read as text they would be 46Footnote."""
    rows = rcmp_rows()
    rows[1][1] = '46<sup id="fn1-rf"><a href="#fn1"><span class="wb-inv">Footnote </span>*</a></sup>'
    rows[0][1] = '"2,680"<sup>Footnote *</sup>'
    found = parsed(tmp_path, page([table("RCMP Interceptions", rows)]))
    printed = {row[3]: (row[5], row[6]) for row in found.rows if row[4] == "Jan"}
    assert printed["British Columbia"] == ("46", "Footnote *")
    assert printed["Quebec"] == ('"2,680"', "Footnote *")


def test_an_empty_cell_stays_empty(tmp_path: Path) -> None:
    """A month to come is no zero."""
    rows = rcmp_rows()
    rows[0][12] = ""
    assert (
        cells(parsed(tmp_path, page([table("RCMP Interceptions", rows)])))["RCMP Interceptions", "Quebec", "Dec"] == ""
    )


def test_the_french_page_gives_the_same_structure(tmp_path: Path) -> None:
    heads = (
        "janv.",
        "fevr.",
        "mars",
        "avril",
        "mai",
        "juin",
        "juil.",
        "août",
        "sept.",
        "oct.",
        "nov.",
        "dec.",
        "total",
    )
    rows = [
        ["Nouveau- Brunswick", *["0"] * 13],
        ["Québec", "2 367", *["1"] * 12],
        ["Total - GRC", "2 367", *["1"] * 12],
    ]
    text = page([table("Interceptions par la GRC", rows, heads)], language="fr")
    found = parsed(tmp_path, text, "demandes-asile-2023.html")
    assert found.rows[0][1] == "fr"
    assert cells(found)["Interceptions par la GRC", "Québec", "janv."] == "2 367"


def test_the_page_prints_its_own_date_of_publication(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(page(modified="2024-04-22"))
    published = parser.published(path)
    assert published is not None
    assert (published.text, published.precision, published.basis) == ("2024-04-22", "day", "document")


def test_a_locator_leads_back_to_its_cell(tmp_path: Path) -> None:
    rows = parsed(tmp_path, page())
    path = tmp_path / "asylum-claims-2023.html"
    for row in (rows.rows[0], rows.rows[-1]):
        [cell] = parser.cells(path, [row[-1]])
        assert (cell.printed, cell.row_head, cell.column_head) == (row[5], row[3], row[4])
    with pytest.raises(LookupError, match="no cell at"):
        parser.cells(path, ['table "RCMP Interceptions" · row "Yukon" · column "Jan"'])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (page([table(OTHER_CAPTIONS[0], rcmp_rows())]), "no table captioned"),
        (page([table("RCMP Interceptions", rcmp_rows())] * 2), "two tables with the same caption"),
        (
            page([table("RCMP Interceptions", rcmp_rows()), table("RCMP  interceptions 2023", rcmp_rows())]),
            "two tables with the same caption",
        ),
        (page([table("RCMP Interceptions", [row[:-1] for row in rcmp_rows()])]), "12 cells under 13 heads"),
        (page([table("RCMP Interceptions", [*rcmp_rows(), rcmp_rows()[0]])]), 'two rows headed "Quebec"'),
        (
            page([table("RCMP Interceptions", rcmp_rows(), (*MONTHS[:-1], "Jan", "Total"))]),
            'two columns headed "Jan"',
        ),
        (page(year=2022), "named for 2023, its heading says 2022"),
        ("<html><main><h1>Page not found</h1></main></html>", "no year in the page's headings"),
        ("", "not an HTML page"),
    ],
)
def test_a_page_that_is_not_shaped_as_promised_is_refused_with_its_reason(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(StructureError, match=said):
        parsed(tmp_path, text)


def test_the_archives_title_and_a_date_in_the_files_name_do_not_change_the_pages_year(tmp_path: Path) -> None:
    archived = page(year=2019).replace("<title>", "<title>Wayback Machine 2024</title><title>", 1)
    for name in ("asylum-claims-2019.html", "asylum-claims-2019_20240422.html", "2024-05-01-asylum-claims-2019.html"):
        assert {row[0] for row in parsed(tmp_path, archived, name).rows} == {"2019"}
        assert parser.part(name) == "2019-en"


@pytest.mark.parametrize(
    "caption",
    [
        "Royal Canadian Mounted Police (RCMP) interceptions",
        "Interceptions effectuées par la GRC",
        "Tableau 1 : Interceptions de la Gendarmerie royale du Canada (GRC)",
    ],
)
def test_the_police_named_in_full_are_the_same_police(tmp_path: Path, caption: str) -> None:
    [lookup] = [found for name, found in load_sources()["ircc_rcmp_interceptions"].lookups.items() if name == "table"]
    assert resolve(lookup, caption) == "rcmp_interceptions"
    assert {row[2] for row in parsed(tmp_path, page([table(caption, rcmp_rows())])).rows} == {caption}


@pytest.mark.parametrize(
    ("cell", "printed", "beside"),
    [
        ("<sup>9</sup>69", "69", "9"),
        ('69<a href="#fn1">1</a>', "69", "1"),
        ("<del>6</del>69", "69", "6"),
        ('<span class="wb-inv">00</span>69', "69", "00"),
        ("12<br>34", "12 34", ""),
        ("<p>12</p><p>34</p>", "12 34", ""),
        ("<strong>4,994</strong>", "4,994", ""),
        ("&nbsp;", "", ""),
    ],
)
def test_what_stands_beside_a_figure_is_never_read_into_it(
    tmp_path: Path, cell: str, printed: str, beside: str
) -> None:
    rows = rcmp_rows()
    rows[0][4] = cell
    path = tmp_path / "asylum-claims-2023.html"
    path.write_text(page([table("RCMP Interceptions", rows)]))
    [parsed] = parser.parse(path, path.name)
    [found] = [row for row in parsed.rows if row[3:5] == ("Quebec", "April")]  # type: ignore[union-attr]
    assert found[5:7] == (printed, beside)


def test_a_merged_cell_is_refused_because_it_shifts_the_months(tmp_path: Path) -> None:
    text = page().replace("<td>10</td>", '<td colspan="2">10</td>', 1)
    path = tmp_path / "asylum-claims-2023.html"
    path.write_text(text)
    with pytest.raises(StructureError, match="merged cells"):
        parser.parse(path, path.name)
