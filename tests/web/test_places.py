"""The pages of places and the permanent addresses: every sum and change is computed again here, from the built pages alone."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import duckdb
import pytest
from lxml import html

from tests.web.conftest import parsed, script_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("site")]
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
Series = dict[tuple[int, int], int | None]


def whole_number(words: str) -> int:
    """A number as the site prints it, with its sign, in either language."""
    digits = int(re.sub(r"\D", "", words))
    return -digits if words.strip().startswith("−") else digits


def cell_text(cell: html.HtmlElement) -> str:
    """A figure without the note that stands beside it."""
    return (cell.xpath("string(./a)") or cell.text or "").strip()


def series_of(section: html.HtmlElement) -> Series:
    """(year, month) → figure of every told month of the section's own table; None where the agency listed nobody."""
    found: Series = {}
    for row in section.xpath(".//table[@data-measure]/tbody/tr"):
        year, month, _ = map(int, row.get("data-key").split("-"))
        said = cell_text(row.xpath("./td")[0])
        if re.search(r"\d", said):
            found[year, month] = whole_number(said)
        elif said in ("not listed", "non listé"):
            found[year, month] = None
    return found


def summed(series: Series, months: list[tuple[int, int]]) -> int:
    return sum(value for each in months if (value := series[each]) is not None)


def place_sections(site: Path) -> list[tuple[Path, html.HtmlElement, Series]]:
    """Every measure of every place, in both languages, with its months as the page itself tells them."""
    found = []
    for page in sorted((site / "places").glob("*.html")):
        for section in parsed(page).xpath("//section[.//*[@data-spec]]"):
            found.append((page, section, series_of(section)))
    return found


@pytest.fixture(scope="session")
def sections(site: Path) -> list[tuple[Path, html.HtmlElement, Series]]:
    """Read once for all tests; none of them changes it."""
    return place_sections(site)


def test_every_place_with_a_headline_figure_has_its_page_and_canadian_ones_in_french(site, sample_home):
    measures = {each.parent.name for each in (site / "figures").glob("*/*.html")}
    with duckdb.connect(str(sample_home.current / "warehouse.duckdb"), read_only=True) as connection:
        places = {place for measure, place in connection.execute(
            "select measure_id, geography_id from marts.fct_crossings_monthly where value is not null group by all"
        ).fetchall() if measure in measures}  # fmt: skip
    assert {"CA-QC", "usbp-sector-swanton", "us-land-border-northern", "US-NY", "CA"} <= places
    for place in places:
        assert (site / "places" / f"{place}.html").is_file()
        assert (site / "places" / f"{place}.fr.html").is_file() == (place == "CA" or place.startswith("CA-"))
    listed = parsed(site / "places.html").xpath("//ul[@class='places']/li/a/@href")
    assert sorted(listed) == sorted(f"places/{place}.html" for place in places)


def test_a_place_s_years_are_the_sums_of_its_months_and_say_how_many_they_are(sections):
    compared = partial = 0
    for page, section, series in sections:
        for row in section.xpath(".//table[starts-with(@id, 'years-')]/tbody/tr"):
            fiscal, year = row.get("data-key").startswith("FY"), int(row.get("data-key").removeprefix("FY"))
            wanted = [(year - (fiscal and month >= 10), month) for month in range(1, 13)]
            told = [each for each in wanted if each in series]
            cell = row.xpath("./td")[1]
            if any(series[each] is not None for each in told):
                assert whole_number(cell_text(cell)) == summed(series, told), (page.name, row.get("data-key"))
                note = cell.xpath("string(./small)")
                assert ([int(each) for each in re.findall(r"\d+", note)] or [12, 12]) == [len(told), 12]
                compared, partial = compared + 1, partial + (len(told) < 12)
            else:
                assert cell_text(cell) == "—"
    assert compared > 200
    assert partial > 20


def test_the_months_around_an_event_are_equal_months_and_their_sums_and_change_are_right(sections):
    """Nine months after the protocol were once to be set beside twelve before it; here only the same calendar months are."""
    partial = whole = 0
    for page, section, series in sections:
        for row in section.xpath(".//table[starts-with(@id, 'windows-')]/tbody/tr"):
            year, month, _ = map(int, re.match(r"(\d+)-(\d+)-(\d+)", row.xpath("string(./th)")).groups())
            at = year * 12 + month - 1
            pairs = [(at + step - 12 - 12 * (step == 12), at + step) for step in range(1, 13)]
            as_month = [tuple((number // 12, number % 12 + 1) for number in pair) for pair in pairs]
            both = [pair for pair in as_month if pair[0] in series and pair[1] in series]
            before, after = (summed(series, [pair[side] for pair in both]) for side in (0, 1))
            cells = row.xpath("./td")
            assert [whole_number(cell_text(cell)) for cell in cells[:2]] == [before, after], (page.name, year, month)
            check_change(cells[2].text_content(), before, after)
            assert int(re.match(r"\d+", cells[3].text_content())[0]) == len(both)
            partial, whole = partial + (len(both) < 12), whole + (len(both) == 12)
    assert partial > 5
    assert whole > 20


def check_change(said: str, before: int, after: int) -> None:
    """A change as printed: its sign, its size, and its share to a tenth of a per cent."""
    told, _, share = said.partition(" (")
    assert whole_number(told) == after - before, said
    assert (told[0] == "+") == (after > before), said
    if before:
        assert (share[0] == "+") == (after > before) and (share[0] == "−") == (after < before), said
        size = float(
            re.sub(r"[^\d.]", "", share.replace(",", "." if share.count(",") == 1 and "." not in share else ""))
        )
        assert abs(size - abs(100 * (after - before) / before)) <= 0.0501, said
    else:
        assert not share


def test_a_year_to_date_stands_beside_the_same_months_of_the_year_before(sections):
    compared = 0
    for page, section, series in sections:
        last = max(each for each, value in series.items() if value is not None) if series else None
        for entry in section.xpath(".//dl[@class='beside']/div"):
            said, told = entry.xpath("string(./dt)"), entry.xpath("./dd")[0]
            fiscal = re.match(r"(fiscal|exercice) \d", said)
            first = (last[0] - (last[1] < 10), 10) if fiscal else (last[0], 1) if re.match(r"\d{4}\D*:", said) else last
            count = (last[0] - first[0]) * 12 + last[1] - first[1] + 1
            numbers = [first[0] * 12 + first[1] - 1 + step for step in range(count)]
            pairs = [((at // 12 - 1, at % 12 + 1), (at // 12, at % 12 + 1)) for at in numbers]
            both = [pair for pair in pairs if pair[0] in series and pair[1] in series]
            before, after = (summed(series, [pair[side] for pair in both]) for side in (0, 1))
            assert [whole_number(each) for each in told.xpath("./a/text()")] == [after, before], (page.name, said)
            check_change(told.xpath("string(./span)"), before, after)
            compared += 1
    assert compared > 100


def test_every_number_of_a_place_leads_to_a_figure_s_address(sections):
    for page, section, _ in sections:
        tables = section.xpath(".//table[not(starts-with(@id, 'revisions-'))]")
        numbers = [
            cell for table in tables for cell in table.xpath("./tbody/tr/td") if re.match(r"\d", cell_text(cell))
        ]
        # How many months were compared, and the change between two sums, are no figures of an agency.
        unlinked = [cell.text_content() for cell in numbers if not cell.xpath("./a[contains(@href, 'figures/')]")]
        assert not [each for each in unlinked if not re.match(r"\d+ (of 12 )?(months|mois)", each)], page.name


def test_a_level_or_running_total_is_never_told_as_a_month_s_count_nor_given_a_percentage(site):
    """`IRB intake 113,368` stood under "the last month of each measure" with +6.8 %: it is a total since 2017."""
    cards = {each.get("data-measure"): each for each in parsed(site / "index.html").xpath("//article[@class='card']")}
    level = cards["ca_irb_irregular_intake"]
    assert "%" not in level.text_content() and "since" not in level.text_content()
    assert "stood at the end of" in level.text_content()
    assert "%" in cards["ca_rcmp_interceptions"].text_content()
    (section,) = parsed(site / "places" / "CA.html").xpath("//section[@id='place-CA-ca-irb-irregular-intake']")
    assert not section.xpath(
        ".//dl[@class='beside'] | .//table[starts-with(@id, 'years-')] | .//table[starts-with(@id, 'windows-')]"
    )
    assert "Last month" not in section.text_content()


def test_the_overview_s_changes_are_those_between_the_months_that_it_names(site, sample_home):
    """Changing the sign inside this percentage once broke no test."""
    with duckdb.connect(str(sample_home.current / "warehouse.duckdb"), read_only=True) as connection:
        facts = {(measure, place, month): value for measure, place, month, value in connection.execute(
            "select measure_id, geography_id, month, value from marts.fct_crossings_monthly where value is not null"
        ).fetchall()}  # fmt: skip
    compared = 0
    for card in parsed(site / "index.html").xpath("//article[@class='card']"):
        value = whole_number(card.xpath("string(.//p[@class='big']/a)"))
        for entry in card.xpath(".//dl/div[starts-with(./dt, 'since ')]"):
            name, year = entry.xpath("string(./dt)").removeprefix("since ").split()
            key = card.get("data-measure"), card.get("data-place"), dt.date(int(year), MONTHS.index(name) + 1, 1)
            if key in facts:
                check_change(entry.xpath("string(./dd)"), facts[key], value)
                compared += 1
    assert compared >= 8


def test_the_first_screen_answers_who_crosses_into_canada_and_into_the_united_states(site):
    answers = parsed(site / "index.html").xpath("//section[@id='answers']//h2/text()")
    assert answers == ["Crossings into Canada", "Crossings into the United States", "What changed last"]
    where = parsed(site / "index.html").xpath("//section[@id='answers']//p[@class='where']/a/text()")
    assert where == ["Canada", "Northern land border"], "4,436 are the northern border's, not all that cross"


def figure_pages(site: Path) -> list[Path]:
    return [each for each in sorted((site / "figures").glob("*/*.html")) if not each.name.endswith(".fr.html")]


def test_every_month_of_a_headline_measure_and_place_has_an_address_with_its_figure(site, sample_home):
    """Of the charted figures two in a hundred led to their cell: the last 24 months of some places had a page."""
    with duckdb.connect(str(sample_home.current / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "select measure_id, geography_id, strftime(month, '%Y-%m'), value from marts.fct_crossings_monthly"
        ).fetchall()
    facts = {(measure, place, month): value for measure, place, month, value in rows}
    seen = 0
    for page in figure_pages(site):
        measure, place = page.parent.name, page.stem
        mine = {key[2]: value for key, value in facts.items() if key[:2] == (measure, place)}
        told = {key: each["value"] for key, each in script_of(page)["facts"].items() if len(key) == 7}
        assert told == mine, page
        anchors = set(parsed(page).xpath("//tbody/tr/@id"))
        assert anchors == script_of(page)["facts"].keys(), page
        seen += len(mine)
    assert seen > 3000


def test_the_marked_cell_of_every_figure_says_what_the_release_printed(site):
    """The archived table, lines or sheet are shown around it: the mark on a neighbour would be worse than none."""
    marked = kinds = 0
    seen: set[str] = set()
    for page in figure_pages(site):
        data = script_of(page)
        for key, fact in data["facts"].items():
            for cell in fact["cells"][:1]:
                around, row, column = cell["around"]
                rows = data["around"][around]["rows"]
                assert rows[row][column].split(" ")[0] == cell["printed"].split(" ")[0], (page, key)
                assert re.fullmatch(r"[0-9a-f]{64}", data["files"][cell["file"]]["sha256"])
                seen.add(cell["locator"].split(" ")[0])
                marked, kinds = marked + 1, len(seen)
    assert marked > 3000
    assert kinds >= 3, "tables, lines and sheets"


def test_quebec_s_year_is_the_printed_total_in_the_table_of_the_archived_page(site):
    data = script_of(site / "figures" / "ca_rcmp_interceptions" / "CA-QC.html")
    year = data["facts"]["2022"]
    assert (year["value"], year["summed"], year["told"], year["basis"]) == (39171, 39171, 12, "published")
    around, row, column = year["cells"][0]["around"]
    rows = data["around"][around]["rows"]
    assert (rows[row][0], rows[0][column], rows[row][column]) == ("Quebec", "Total", "39,171")


def test_the_pages_of_figures_and_places_are_small(site):
    sizes = {page: page.stat().st_size for folder in ("figures", "places") for page in (site / folder).rglob("*.html")}
    assert sizes
    assert not {page: size for page, size in sizes.items() if size > 150_000}
    assert max(page.stat().st_size for page in (site / "figures").rglob("*.js")) < 400_000


ENGLISH = re.compile(
    r"\b(the|and|of|every|downloads?|release|month|months|year|years|published|printed|revised|closed|open|sum|last|persons|"
    r"exact|figure|known|before|after|not listed|not held|suppressed|to cite)\b", re.IGNORECASE,
)  # fmt: skip


def test_a_french_page_of_a_place_or_figure_has_no_english_left(site):
    pages = [site / "places.fr.html", *(each for each in site.rglob("*.fr.html") if each.parent != site)]
    assert len(pages) > 20
    for page in pages:
        tree = parsed(page)
        for apart in tree.xpath(
            "//*[@lang='en'] | //pre | //code | //q | //script | //ul[@class='files'] | //a[@rel='external']"
        ):
            apart.drop_tree()
        found = ENGLISH.findall(tree.text_content())
        assert not found, (page.name, found)
