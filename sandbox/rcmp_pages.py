"""The sample's "Asylum claims by year" pages, laid out from small tables as IRCC lays out its own.

Structure is the agency's (https://www.canada.ca/en/immigration-refugees-citizenship/services/refugees/asylum-claims/):
one page a year, tables told apart only by `<caption>`, header spellings that change by year, the total row in `<tfoot>`
up to 2020 and in `<tbody>` from 2021, footnotes inside cells. The words around the tables are this project's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape

from sandbox import tables
from sandbox.folder import LaidOutFile

SOURCE = "ircc_rcmp_interceptions"
ADDRESS = "https://www.canada.ca/en/immigration-refugees-citizenship/services/refugees/asylum-claims/asylum-claims-{year}.html"
COMPLETE_VINTAGE = "2024-04-22"
COMPLETE_YEARS = (2017, 2018, 2019, 2020, 2021, 2022, 2023)
# The page of 2024 was seen "after Dec 2024" without a date; month precision is the most that may be said.
PAGE_2024_PUBLISHED = "2025-01"
LAST_YEAR_WITH_TFOOT = 2020
# `dcterms.issued` of the pages at hand; the pages of 2019, 2020 and 2024 are not, so theirs stays out.
ISSUED = {2017: "2017-03-20", 2018: "2020-09-21", 2021: "2021-02-22", 2022: "2022-02-24", 2023: "2023-02-21"}
# Pages whose spelling is not at hand borrow a neighbour's.
SPELLING_OF = {2019: 2018, 2020: 2021, 2024: 2023}
# A running year of 2017 prints only the months it has; later years print twelve columns, the coming ones empty.
YEARS_WITHOUT_COMING_COLUMNS = (2017,)
# Footnotes that the agency prints inside number cells (in 2018 with literal quotes): page, table, place, month.
FOOTNOTED_CELLS = {
    (2017, "rcmp_interceptions", "British Columbia", "Jan"): (
        '<td class="nowrap">{printed}<sup id="fn1-rf"><a class="fn-lnk" href="#fn1">'
        '<span class="wb-inv">Footnote </span>*</a></sup></td>'
    ),
    (2018, "cbsa_ports_of_entry", "Quebec", "Apr"): (
        '<td>"{printed}"<sup id="fn*-0-rf"><a class="fn-lnk" href="#fn*">'
        '<span class="wb-inv">Footnote </span>*</a></sup></td>'
    ),
}
FOOTNOTES = {
    2017: "The January count was once higher because of a data error; it had included earlier months.",
    2018: "Claims that would have begun at inland offices are now processed at the port of entry.",
}
FIRST_HEADS = {"rcmp_interceptions": "Provinces", "cbsa_summary": "CBSA designated ports of entry/inland offices"}
MASK_NOTE = (
    "Please note that all values between 0 and 5 are shown as “--”; all other values are rounded to the closest "
    "multiple of 5, so that data may not sum to the totals indicated."
)


@dataclass(frozen=True)
class Table:
    """One table of a page: `columns` are (table key of the month, printed head) pairs, `cells` the printed values."""

    name: str
    caption: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, dict[str, str]], ...]


@dataclass(frozen=True)
class Page:
    """One year's page in one vintage."""

    year: int
    modified: str
    tables: tuple[Table, ...]


def pages() -> Iterator[LaidOutFile]:
    """Every page of the sample in order of publication: earlier vintages, 2024-04-22, then the page of 2024."""
    yield from _earlier_pages()
    for year in COMPLETE_YEARS:
        page = Page(year, COMPLETE_VINTAGE, tuple(_complete_tables(year)))
        yield _file(page, COMPLETE_VINTAGE, "day", f"{year}-12", "figures of the page as modified 2024-04-22")
    page = Page(2024, PAGE_2024_PUBLISHED, tuple(_complete_tables(2024)))
    note = (
        "vintage undated, after Dec 2024: the month is the earliest possible; British Columbia and the Total row "
        "not available; Alberta to October"
    )
    yield _file(page, PAGE_2024_PUBLISHED, "month", "2024-12", note)


def _file(page: Page, published: str, precision: str, covers_to: str, note: str) -> LaidOutFile:
    return LaidOutFile(
        source=SOURCE,
        vintage=published,
        file_name=f"asylum-claims-{page.year}.html",
        agency_url=ADDRESS.format(year=page.year),
        published=published,
        precision=precision,
        covers_to=covers_to,
        body=render(page).encode(),
        note=note,
    )


def _earlier_pages() -> Iterator[LaidOutFile]:
    """Pages that hold only what dated press reports quoted by then, each cell by its latest quotation."""
    quoted = tables.rows("rcmp_quoted_earlier")
    for published, year in sorted({(q["published"], q["year"]) for q in quoted}):
        known = [q for q in quoted if q["year"] == year and q["published"] <= published]
        page = Page(int(year), published, (_quoted_table(int(year), known),))
        through = max(int(q["month"]) for q in known)
        note = "only the months that dated press reports quote by then; see sandbox/sample/rcmp_quoted_earlier.csv"
        yield _file(page, published, "day", f"{year}-{through:02d}", note)


def _quoted_table(year: int, known: list[dict[str, str]]) -> Table:
    cells: dict[str, dict[str, str]] = {}
    for quote in known:  # the table is sorted by date: a later quotation replaces an earlier one
        month = tables.CALENDAR_MONTHS[int(quote["month"]) - 1]
        cells.setdefault(quote["place"], {})[month] = quote["interceptions"]
    columns = [c for c in _columns(year, "rcmp_interceptions") if c[0] != "Total"]
    if year in YEARS_WITHOUT_COMING_COLUMNS:
        columns = columns[: max(int(quote["month"]) for quote in known)]
    order = [row["place"] for row in tables.rows("rcmp_interceptions") if row["year"] == str(year)]
    rows = tuple((place, cells[place]) for place in order if place in cells)
    return Table("rcmp_interceptions", "RCMP Interceptions", tuple(columns), rows)


def _complete_tables(year: int) -> Iterator[Table]:
    """The page's tables in the agency's order; only the RCMP table where no other figures are at hand."""
    captions = [row for row in tables.rows("captions") if row["year"] == str(year)]
    figures = tables.rows("claimants")
    if not captions:
        captions = [{"table": "rcmp_interceptions", "caption": "RCMP Interceptions"}]
    for entry in captions:
        name = entry["table"]
        source = tables.rows("rcmp_interceptions") if name == "rcmp_interceptions" else figures
        own = [r for r in source if r["year"] == str(year) and r.get("table", name) == name]
        rows = tuple((row["place"], row) for row in own)
        yield Table(name, entry["caption"], tuple(_columns(year, name)), rows)


def _columns(year: int, table: str) -> list[tuple[str, str]]:
    spelling = str(SPELLING_OF.get(year, year))
    entry = next(r for r in tables.rows("captions") if r["year"] == spelling and r["table"] == table)
    return list(zip((*tables.CALENDAR_MONTHS, "Total"), entry["month_headers"].split(), strict=True))


def render(page: Page) -> str:
    """The page as HTML text."""
    title = f"Asylum claims by year – {page.year}"
    body = "\n".join(_section(page.year, table) for table in page.tables)
    issued = ISSUED.get(page.year)
    issued_meta = f'<meta name="dcterms.issued" title="W3CDTF" content="{issued}"/>\n' if issued else ""
    address = ADDRESS.format(year=page.year)
    return f"""<!doctype html>
<!-- ROXHAM SAMPLE: laid out by Roxham from published figures; not a copy of the agency's page. -->
<html class="no-js" dir="ltr" lang="en" xmlns="http://www.w3.org/1999/xhtml">
<head prefix="og: http://ogp.me/ns#">
<meta charset="utf-8"/>
<title>{title} - Canada.ca</title>
<link rel="canonical" href="{address}"/>
<meta name="generator" content="roxham-sample"/>
<meta name="dcterms.title" content="{title}"/>
<meta name="dcterms.creator" content="Immigration, Refugees and Citizenship Canada"/>
<meta name="dcterms.language" title="ISO639-2/T" content="eng"/>
{issued_meta}<meta name="dcterms.modified" title="W3CDTF" content="{page.modified}"/>
</head>
<body vocab="http://schema.org/" typeof="WebPage">
<main property="mainContentOfPage" resource="#wb-main" typeof="WebPageElement" class="container">
<h1 property="name" id="wb-cont" dir="ltr">
{title}</h1>
<p>These numbers reflect asylum claim numbers for {page.year} and are still subject to change.</p>
<h2>Asylum claims and interceptions</h2>
<h3>Monthly report - Calendar year {page.year}</h3>
{body}
<section class="pagedetails">
<h2 class="wb-inv">Page details</h2>
<dl id="wb-dtmd">
<dt>Date modified:</dt>
<dd><time property="dateModified">{page.modified}</time></dd>
</dl>
</section>
</main>
</body>
</html>
"""


def _section(year: int, table: Table) -> str:
    """A table with the words that stand below it on the agency's page."""
    markup = _table(year, table)
    if table.name == "rcmp_interceptions":
        return "\n".join((markup, *_footnote(year, 2017, table), _RCMP_NOTE.format(year=year)))
    extra = _footnote(year, 2018, table) if table.name == "cbsa_ports_of_entry" else ()
    mask = (f"<p>{MASK_NOTE}</p>",) if table.name in ("cbsa_summary", "ircc_offices", "all_claimants") else ()
    return "\n".join((markup, *extra, *mask))


_RCMP_NOTE = (
    "<p>Numbers are manually verified and subject to change.</p>\n"
    "<p>“RCMP interceptions” are asylum seekers apprehended between the ports of entry. These numbers may be included "
    "in either CBSA or IRCC processing results.</p>"
)


def _footnote(year: int, wanted: int, table: Table) -> Iterable[str]:
    noted = any(key[:2] == (year, table.name) for key in FOOTNOTED_CELLS) and "Total" in dict(table.columns)
    if year != wanted or not noted:
        return ()
    return (f'<aside class="wb-fnote"><dl><dt>Footnote *</dt><dd id="fn1"><p>{FOOTNOTES[year]}</p></dd></dl></aside>',)


def _table(year: int, table: Table) -> str:
    heads = [FIRST_HEADS.get(table.name, "Provinces/Territories"), *(head for _, head in table.columns)]
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    split = _total_in_foot(year, table)
    foot = [row for row in table.rows if row[0].startswith("Total")] if split else []
    body = [row for row in table.rows if row not in foot]
    lines = [
        '<table class="table table-bordered">',
        f"<caption>\n    {escape(table.caption)}\n    </caption>",
        f"<thead><tr>{head}</tr></thead>",
        "<tbody>",
        *(_row(year, table, place, cells, bold=False) for place, cells in body),
        "</tbody>",
    ]
    if foot:
        lines += ["<tfoot>", *(_row(year, table, place, cells, bold=True) for place, cells in foot), "</tfoot>"]
    return "\n".join([*lines, "</table>"])


def _total_in_foot(year: int, table: Table) -> bool:
    """From 2021 the RCMP table alone has its total row in the body; the other tables keep a `<tfoot>`."""
    return year <= LAST_YEAR_WITH_TFOOT or table.name != "rcmp_interceptions"


def _row(year: int, table: Table, place: str, cells: dict[str, str], *, bold: bool) -> str:
    first = f"<td><b>{escape(place)}</b></td>" if bold else f"<td>{escape(place)}</td>"
    rest = "".join(_cell(year, table, place, month, cells.get(month, ""), bold=bold) for month, _ in table.columns)
    return f"<tr>{first}{rest}</tr>"


def _cell(year: int, table: Table, place: str, month: str, value: str, *, bold: bool) -> str:
    printed = f"{int(value):,}" if value.isdigit() else value
    noted = FOOTNOTED_CELLS.get((year, table.name, place, month))
    if noted and "Total" in dict(table.columns):  # the footnote came with the corrected figure, not before
        return noted.format(printed=printed)
    return f"<td><b>{printed}</b></td>" if bold else f"<td>{printed}</td>"
