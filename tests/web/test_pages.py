"""The pages as files: their figures are the marts', their links lead somewhere, their stamp is on each."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import re
import time
from pathlib import Path
from urllib.parse import unquote

import duckdb
import pytest
from roxham_web import charts, figure_pages, french, text
from roxham_web import site as sites
from roxham_web.marts import Marts
from roxham_web.pages.overview import _compared, _spark
from roxham_web.pages.press_claims import _against
from roxham_web.sections import shown

from ingest.catalog.source import load_sources
from ingest.core.home import Home
from tests.web.conftest import drawn_by, info_of, pages_of, parsed, script_of
from warehouse import trace

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("site")]
ADDRESS_OUT = re.compile(r"^https?://")


@pytest.fixture(scope="session")
def facts(sample_home: Home) -> dict[tuple[str, str, str], tuple[int | None, str | None]]:
    """(measure, month, place) → value and reason, straight from the mart."""
    with duckdb.connect(str(sample_home.current / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "select measure_id, month, geography_id, value, missing_reason from marts.fct_crossings_monthly"
        ).fetchall()
    return {(measure, month.isoformat(), place): (value, why) for measure, month, place, value, why in rows}


@pytest.fixture(scope="session")
def series(sample_home: Home) -> dict[tuple[str, str, str], tuple[int | None, str | None]]:
    """The same of the joined series: each month stands there once, under the measure that speaks for it."""
    with duckdb.connect(str(sample_home.current / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "select measure_id, month, geography_id, value, missing_reason from marts.rpt_sector_series"
        ).fetchall()
    return {(measure, month.isoformat(), place): (value, why) for measure, month, place, value, why in rows}


def number(words: str) -> int:
    return int(re.sub(r"[,\u202f]", "", words))


def figure_tables(site: Path) -> list[tuple[Path, object]]:
    """The tables whose cells are monthly figures of places."""
    found = [(page, table) for page in pages_of(site) for table in parsed(page).xpath("//table[@data-measure]")]
    return [(page, table) for page, table in found if not table.get("id").startswith("table-revisions")]


def is_of_series(table_id: str) -> bool:
    """Whether a table is of a section that shows one measure's months in the joined series."""
    return "-series-" in table_id


def test_every_figure_in_a_page_s_table_is_the_mart_s(site, facts, series):
    compared = 0
    for page, table in figure_tables(site):
        mart = series if is_of_series(table.get("id")) else facts
        places = table.xpath("./thead/tr/th/@data-key")[1:]
        for row in table.xpath("./tbody/tr"):
            for place, cell in zip(places, row.xpath("./td"), strict=True):
                said = (cell.xpath("string(./a)") or cell.text or "").strip()
                value, why = mart.get((table.get("data-measure"), row.get("data-key"), place), (None, "not_held"))
                language = "fr" if page.name.endswith(".fr.html") else "en"
                if value is None:
                    assert said == text.reason(why, language), (page, place, row.get("data-key"))
                else:
                    assert number(said) == value, (page, place, row.get("data-key"))
                    compared += 1
    assert compared > 2000


def test_every_figure_drawn_in_a_chart_is_the_mart_s_and_its_table_s(site, facts, series):
    drawn = 0
    for page in pages_of(site):
        tree = parsed(page)
        for table_id in tree.xpath("//table[@data-measure and starts-with(@id, 'table-')]/@id"):
            if table_id.startswith("table-revisions"):
                continue
            figures = drawn_by(page, tree)["figures"][table_id.removeprefix("table-")]
            values = {
                (figures["measure_id"], f"{month}-01", place["id"]): value
                for place, its in zip(figures["places"], figures["values"], strict=True)
                for month, value in zip(figures["months"], its, strict=True)
                if value is not None
            }
            heads = tree.xpath(f"//table[@id='{table_id}']/thead/tr/th/@data-key")[1:]
            mart = series if is_of_series(table_id) else facts
            assert values == {
                key: value
                for key, (value, _) in mart.items()
                if key[0] == figures["measure_id"] and key[2] in heads and value is not None
            }, (page, table_id)
            cells = tree.xpath(f"//table[@id='{table_id}']/tbody/tr/td[not(@class)]")
            told = sorted(number(cell.xpath("string(./a)") or cell.text) for cell in cells)
            assert sorted(values.values()) == told, (page, table_id)
            drawn += len(values)
    assert drawn > 2000


def test_the_overview_shows_the_last_figure_that_the_marts_have(site, facts):
    cards = parsed(site / "index.html").xpath("//article[@class='card']")
    assert len(cards) >= 4
    for card in cards:
        key = card.get("data-measure"), card.get("data-month"), card.get("data-place")
        assert number(card.xpath("string(.//p[@class='big']/a)")) == facts[key][0]
        months = [month for measure, month, place in facts
                  if (measure, place) == (key[0], key[2]) and facts[measure, month, place][0] is not None]  # fmt: skip
        assert key[1] == max(months)


def test_no_chart_mixes_measures(site):
    """Every specification draws named data only, and every named data set is of one measure."""
    seen = 0
    for page in pages_of(site):
        tree = parsed(page)
        drawn = drawn_by(page, tree)
        for place in tree.xpath("//*[@data-spec]"):
            spec, figures = drawn["specs"][tree.get("lang")][place.get("data-spec")], drawn["figures"]
            assert isinstance(figures[place.get("data-figures")]["measure_id"], str)
            assert "measure" not in " ".join(figures[place.get("data-figures")].get("columns", []))
            assert named_data(spec) <= {"figures", "events"}, page
            assert "datasets" not in spec
            seen += 1
    assert seen >= 12
    for rows in sorted((site / "charts").glob("*.csv")):
        assert len({row["measure_id"] for row in csv.DictReader(rows.open(encoding="utf-8"))}) == 1, rows


def named_data(node: object) -> set[str]:
    """Names of all data in a specification; inline values would show as their own."""
    if isinstance(node, list):
        return set().union(*map(named_data, node))
    if not isinstance(node, dict):
        return set()
    here = {node["data"].get("name", "inline values")} if isinstance(node.get("data"), dict) else set()
    return here.union(*map(named_data, node.values()))


def test_rows_of_two_measures_are_refused_by_a_chart():
    row = {"month": dt.date(2024, 1, 1), "geography_id": "CA", "name_en": "Canada", "value": 1}
    rows = [{**row, "measure_id": "ca_rcmp_interceptions"}, {**row, "measure_id": "ca_asylum_claimants"}]
    with pytest.raises(charts.MixedMeasures, match="one axis, one measure"):
        charts.figures(rows, ["CA"], "CA", "persons", [])


def test_a_record_says_how_many_of_the_other_years_were_held():
    claim = {"rule": "record", "periods_compared": 3, "periods_asked": 5, "measured_against": 20593.0}
    assert _against(claim) == "largest of the 3 other years held, of 5 to compare with: 20,593"
    assert _against({**claim, "periods_compared": 5}) == "largest of 5 other years: 20,593"


def test_an_address_that_no_browser_opens_is_shown_as_text(site):
    printed = parsed(site / "releases" / "rcmp_press_vintages.html").xpath("//ul[@class='files']//code/text()")
    assert "bundled:rcmp_press_vintages.csv" in printed
    for page in pages_of(site):
        opened = [each for each in parsed(page).xpath("//@href") if re.match(r"^[a-z]+:", each)]
        assert all(ADDRESS_OUT.match(each) for each in opened), page


def test_every_link_inside_the_build_leads_to_a_file_and_an_anchor(site):
    anchors = {page: set(parsed(page).xpath("//@id")) for page in pages_of(site)}
    checked = 0
    for page in pages_of(site):
        for address in parsed(page).xpath("//*[@href]/@href | //*[@src]/@src"):
            if ADDRESS_OUT.match(address):
                continue
            path, _, fragment = address.partition("#")
            target = (page.parent / unquote(path)).resolve() if path else page
            assert target.is_file() or target == site.parent / "release.json", f"{page.name} → {address}"
            assert target.is_relative_to(site.parent), f"{page.name} → {address}"
            if fragment:
                assert fragment in anchors[target], f"{page.name} → {address}"
            checked += 1
    assert checked > 1000


def test_no_page_loads_anything_from_elsewhere_or_runs_a_script_inside_itself(site):
    for page in pages_of(site):
        tree = parsed(page)
        assert not [each for each in tree.xpath("//script/@src | //link/@href | //img/@src") if ADDRESS_OUT.match(each)]
        assert not tree.xpath("//script[not(@src) and not(@type='application/json')]"), page
        assert not tree.xpath("//@style | //style | //@*[starts-with(name(), 'on')]"), page


def test_every_page_of_a_sample_build_is_stamped(site):
    for page in pages_of(site):
        assert parsed(page).xpath("string(//aside[@class='stamp'])").find("SAMPLE") >= 0, page
        assert "(SAMPLE)" in parsed(page).findtext(".//title"), page


def test_every_page_has_one_title_a_skip_link_and_headings_in_order(site):
    for page in pages_of(site):
        tree = parsed(page)
        assert len(tree.xpath("//h1")) == 1, page
        assert tree.xpath("//a[@class='skip']/@href") == ["#content"], page
        levels = [int(each.tag[1]) for each in tree.xpath("//h1|//h2|//h3|//h4")]
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels)), (page, levels)


def test_every_chart_names_its_measure_unit_source_date_and_licence_and_has_a_table(site, sample_home):
    as_of = info_of(sample_home).as_of.isoformat()
    for page in pages_of(site):
        for section in parsed(page).xpath("//section[.//*[@data-spec]]"):
            said = section.xpath("string(.//dl[@class='provenance'])")
            measure = section.xpath("string(.//table[@data-measure]/@data-measure)")
            assert measure and measure in said, page
            assert section.xpath(".//dl[@class='provenance']//dd") and as_of in said, page
            links = section.xpath(".//dl[@class='provenance']//a/@href")
            assert {Path(each).suffix for each in links} >= {".sql", ".csv", ".parquet"}, page
            for place in section.xpath(".//*[@data-spec]"):
                assert place.get("aria-label") and section.xpath(f".//*[@id='{place.get('aria-describedby')}']/a")


def test_a_chart_s_query_gives_its_rows_as_printed(site, sample_home):
    with duckdb.connect(str(sample_home.current / "warehouse.duckdb"), read_only=True) as connection:
        queries = sorted((site / "charts").glob("*.sql"))
        assert queries
        for query in queries:
            rows = list(csv.reader(query.with_suffix(".csv").open(encoding="utf-8")))
            found = connection.execute(query.read_text(encoding="utf-8"))
            assert [column[0] for column in found.description] == rows[0]
            assert len(found.fetchall()) == len(rows) - 1


def test_the_example_queries_run_as_printed_and_give_rows(site, sample_home):
    printed = parsed(site / "data.html").xpath("//pre[@class='example']")
    assert len(printed) >= 8
    with duckdb.connect(str(sample_home.current / "warehouse.duckdb"), read_only=True) as connection:
        for query in printed:
            assert connection.execute(query.text_content()).fetchall(), query.text_content()


@pytest.mark.parametrize(
    "fact", [("ca_rcmp_interceptions", "2023-01", "CA"), ("us_cbp_encounters", "2025-09", "us-land-border-northern")]
)
def test_a_figure_s_page_prints_the_cells_that_trace_prints(site, sample_home, fact):
    measure, month, place = fact
    traced = trace.trace(sample_home, *trace.parse_fact(fact))
    page = site / "figures" / measure / f"{place}.html"
    row, data = parsed(page).get_element_by_id(month), script_of(page)
    told = data["facts"][month]
    assert number(row.xpath("string(./td[@class='number'])")) == told["value"] == traced.fact["value"]
    releases = [data["releases"][span[3]][0] for span in told["spans"]]
    assert releases == [release.facts["release_id"] for release in traced.releases]
    assert 1 <= len(told["cells"]) <= 3
    for shown_cell, cell in zip(told["cells"], traced.releases[-1].cells, strict=False):
        assert (shown_cell["role"], shown_cell["locator"]) == (cell.role, cell.locator)
        assert shown_cell["printed"] == cell.cell.printed
        assert data["files"][shown_cell["file"]]["sha256"] == cell.sha256
    # A reader without script has the release, the first cell and its file in the row.
    assert told["cells"][0]["locator"] in row.text_content()
    assert row.xpath("string(.//q)") == told["cells"][0]["printed"]


def test_a_missing_figure_is_shown_as_its_reason_and_never_as_zero(site):
    missing = [cell for _, table in figure_tables(site) for cell in table.xpath(".//td[@class='missing']")]
    assert missing
    assert not [cell for cell in missing if re.search(r"\d", cell.text_content())]


def test_canadian_pages_stand_in_french_too(site):
    page = parsed(site / "canada.fr.html")
    assert page.get("lang") == "fr"
    heads = page.xpath("//table[@data-measure='ca_rcmp_interceptions']/thead/tr/th")
    assert "Québec" in [head.text_content() for head in heads]
    assert "Interceptions de la GRC" in page.text_content()


def test_a_french_page_is_english_in_nothing_but_what_is_marked_so(site):
    for page in text.FRENCH_PAGES:
        said = parsed(site / f"{page}.fr.html")
        for marked in said.xpath("//*[@lang='en'] | //pre | //code"):
            marked.drop_tree()
        words = said.text_content()
        english = ("Every figure", "Downloads", " the ", "Claims", "Asylum", "published", "secondary source", "rows")
        assert not [each for each in english if each in words], page


def test_every_canadian_measure_has_its_title_definition_and_unit_in_french():
    measures = [each for source in load_sources().values() for each in source.definition]
    canadian = {each.measure: each.unit for each in measures if each.measure.startswith("ca_")}
    assert canadian.keys() == french.TITLES.keys() == french.DEFINITIONS.keys()
    assert set(canadian.values()) <= french.UNITS.keys()


def test_a_report_names_measures_places_and_months_in_words(site):
    """Reports once showed the columns of their model as they are: ids, snake case, and links as bare text."""
    for name, place in (("canada.html", "Quebec"), ("canada.fr.html", "Québec")):
        table = parsed(site / name).get_element_by_id("table-fct_press_quotations")
        said = [cell.text_content() for cell in table.xpath(".//th | .//td")]
        assert place in said
        assert not [each for each in said if "_" in each or each.startswith("CA-")]
        assert all(ADDRESS_OUT.match(each) for each in table.xpath(".//a/@href"))


def test_a_measure_printed_by_quarter_is_compared_with_its_last_quarter_and_drawn():
    by_month = {dt.date(2022 + number // 4, number % 4 * 3 + 1, 1): 10 * number for number in range(8)}
    last = dt.date(2023, 10, 1)
    assert _compared(last, by_month) == [dt.date(2023, 7, 1), dt.date(2022, 10, 1)]
    (line,) = _spark(last, by_month)
    assert len(line.split(" ")) == 8
    del by_month[dt.date(2023, 1, 1)]
    assert len(_spark(last, by_month)) == 2


@pytest.fixture
def again(sample_home: Home, tmp_path: Path) -> Home:
    """A home whose candidate is the sample's warehouse, to write the site once more."""
    home = Home(tmp_path / "home")
    home.candidate.mkdir(parents=True)
    (home.root / "archive").symlink_to(sample_home.root / "archive")
    # The revisions page links to the feed of its build, which is written before the site.
    (home.candidate / "feed.xml").symlink_to(sample_home.current.resolve() / "feed.xml")
    home.candidate_warehouse.symlink_to(sample_home.current.resolve() / "warehouse.duckdb")
    return home


def test_the_same_build_gives_the_same_site_quickly_and_small(again, site, sample_home):
    """Seconds of work, bundling and some 130 figure pages included; counted in CPU, as tests share their machine."""
    began = time.process_time()
    folder = sites.write(again, info_of(sample_home), [])
    assert time.process_time() - began < 10
    files = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    assert files == {path.relative_to(site) for path in site.rglob("*") if path.is_file()}
    # The data page lists the exports, of which this writing was told none.
    differing = [name for name in files if (folder / name).read_bytes() != (site / name).read_bytes()]
    assert differing == [Path("data.html")]


def test_the_site_without_its_data_stays_under_five_megabytes(site):
    """Data are the charts' CSV downloads, which no page loads, and the figures and places, of which a page loads its own."""
    own = {site / "figures", site / "places"}
    sizes = {
        path: path.stat().st_size for path in site.rglob("*")
        if path.is_file() and path.suffix != ".csv" and not own & set(path.parents) and not path.name.startswith("place-")
    }  # fmt: skip
    assert sum(sizes.values()) < 3_500_000
    loaded = {
        page: set(parsed(page).xpath("//script/@src | //link[@rel='stylesheet']/@href")) for page in pages_of(site)
    }
    assert not [page for page, addresses in loaded.items() if [each for each in addresses if each.endswith(".csv")]]


def test_a_page_and_its_translation_draw_from_the_same_file(site):
    for page in text.FRENCH_PAGES:
        scripts = [parsed(site / f"{page}{suffix}.html").xpath("//script/@src") for suffix in ("", ".fr")]
        assert scripts[0] == scripts[1]
        assert f"charts/{page}.js" in scripts[0]


def test_a_month_that_the_release_has_not_printed_is_told_in_words():
    row = {"locator": "SB_01 · no row for the day 2026-01-02", "cells_in_all": 30}
    told = figure_pages.unprinted(row)
    assert told.startswith(
        "SB_01 · no row for the day 2026-01-02, the first of 30 that are not printed yet; that is not a 0"
    )
    assert "for the day 2026-01-02, not printed yet;" in figure_pages.unprinted({**row, "cells_in_all": 1})


def test_the_bundle_is_taken_from_the_served_build(again, sample_home, monkeypatch):
    again.current.symlink_to(sample_home.current.resolve())
    monkeypatch.setattr("roxham_web.site.vl_convert.javascript_bundle", lambda: pytest.fail("bundled anew"))
    folder = sites.write(again, info_of(sample_home), [])
    assert (folder / "assets" / sites.BUNDLE).stat().st_size > 500_000


def test_nothing_in_a_page_s_data_can_end_its_element():
    assert "<" not in sites._as_json({"name": "</script><script>alert(1)</script>"})


def test_all_measures_of_the_sample_are_on_some_page(sample_home):
    with Marts(sample_home.current / "warehouse.duckdb") as marts:
        on_pages = {each.measure_id for each in shown(marts)}
        measures = {row["measure_id"] for row in marts.rows("select measure_id from marts.fct_crossings_monthly")}
    assert on_pages == measures
