"""The site in headless Chromium: by phone and desktop, light and dark, from files and from ``roxham serve``."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from roxham_web.serve import server, url_of

from ingest.core.home import Home
from tests.web.conftest import pages_of, script_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("site")]
SIZES = {"desktop": {"width": 1200, "height": 900}, "phone": {"width": 390, "height": 844}}
# Kept by .ci/run, to be looked at.
SHOTS = os.environ.get("ROXHAM_SCREENSHOTS")
SCREENS = 4


@contextmanager
def opened(browser: Browser, size: str, scheme: str) -> Iterator[tuple[Page, list[str]]]:
    """A fresh page, and what it complained of or asked of other machines."""
    context = browser.new_context(viewport=SIZES[size], color_scheme=scheme)
    page, wrong = context.new_page(), []
    page.on(
        "console", lambda said: wrong.append(f"{said.type}: {said.text}") if said.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    # A page that is left before its icon came has aborted that request; nothing failed.
    page.on(
        "requestfailed", lambda asked: wrong.append(f"failed: {asked.url}") if "ABORTED" not in asked.failure else None
    )
    page.on("request", lambda asked: wrong.append(f"outside: {asked.url}") if is_outside(asked.url) else None)
    try:
        yield page, wrong
    finally:
        context.close()


def is_outside(url: str) -> bool:
    return not url.startswith(("file:", "data:", "http://127.0.0.1:"))


def visit(page: Page, address: str) -> int:
    """Open an address, wait for its charts; returns how many there are."""
    page.goto(address)
    charts = page.locator(".vega").count()
    if charts:
        page.wait_for_function("document.documentElement.dataset.charts === 'drawn'", timeout=60_000)
    return charts


def looked_at(site: Path) -> list[Path]:
    """Every page at the top, and one of each kind below."""
    below = [next(iter(sorted((site / folder).rglob("*.html")))) for folder in ("figures", "places", "releases")]
    return [page for page in pages_of(site) if page.parent == site] + below


def keep_picture(page: Page, path: Path) -> None:
    """The page's first screens, for a person to look at. A picture of all of a long page takes Chromium minutes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    size = page.viewport_size
    page.set_viewport_size({"width": size["width"], "height": SCREENS * size["height"]})
    page.screenshot(path=str(path), timeout=300_000)
    page.set_viewport_size(size)


MARKS = ".vega svg .mark-line path, .vega svg .mark-rect path, .vega svg .mark-symbol path"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_every_page_draws_its_charts_without_a_complaint_or_a_request_elsewhere(browser, site, size, scheme):
    with opened(browser, size, scheme) as (page, wrong):
        # Pages without charts are looked at once a size; their two colours are the same style sheet's.
        every = (size, scheme) in (("desktop", "light"), ("phone", "dark"))
        for path in looked_at(site):
            if not every and "data-spec" not in path.read_text(encoding="utf-8"):
                continue
            charts = visit(page, path.as_uri())
            assert page.locator(".vega svg").count() == charts, path.name
            for number in range(charts):
                assert page.locator(".vega").nth(number).locator(".mark-line path, .mark-rect path").count(), path.name
            too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert too_wide <= 0, f"{path.name} is {too_wide} px wider than a {size}"
            assert wrong == [], path.name
            if SHOTS:
                keep_picture(page, Path(SHOTS) / f"{path.stem}-{size}-{scheme}.png")


# One page of each template; of those with charts also one in French, one with a broken series and the longest one.
AXE_PAGES = (
    "index.html", "canada.fr.html", "northern-border.html", "claims.html", "revisions.html", "discrepancies.html",
    "press-claims.html", "quality.html", "sources.html", "data.html", "figures/*/*.html", "places.html", "places/CA-QC.fr.html",
    "releases/*.html",
)  # fmt: skip
# axe takes twenty seconds for a page of thousands of cells that are all alike: of each table it gets the first two rows,
# and every further one with a kind of cell (its tags, classes and links, empty or not) that none before it had.
ROWS_ALIKE_AWAY = """() => document.querySelectorAll('tbody').forEach(body => {
    const seen = new Set()
    const kind = cell => [cell, ...cell.querySelectorAll('*')].map(each =>
        [each.tagName, each.className, each.hasAttribute('href'), each.textContent.trim() !== ''].join()).join(' ');
    [...body.rows].forEach((row, number) => {
        const fresh = [...row.cells].map(kind).filter(each => !seen.has(each))
        fresh.forEach(each => seen.add(each))
        if (number > 1 && !fresh.length) row.remove()
    })
})"""


@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("phone", "dark")])
def test_no_page_has_a_serious_accessibility_violation(browser, site, size, scheme):
    with opened(browser, size, scheme) as (page, _):
        for path in (sorted(site.glob(each))[0] for each in AXE_PAGES):
            visit(page, path.as_uri())
            page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
            page.evaluate(ROWS_ALIKE_AWAY)
            found = Axe().run(page).response["violations"]
            serious = [
                f"{each['id']}: {each['nodes'][0]['html'][:200]}"
                for each in found
                if each["impact"] in ("serious", "critical")
            ]
            assert serious == [], path.name


def test_quebec_s_year_is_three_clicks_from_the_overview_with_its_cell_marked(browser, site):
    """The year's total, 39,171, once had no page but that of figures quoted by the press."""
    with opened(browser, "desktop", "light") as (page, wrong):
        page.goto((site / "index.html").as_uri())
        page.click("main a:text-is('Quebec')")
        page.click("tr[data-key='2022'] td:nth-of-type(1) a")
        page.wait_for_selector("#figure[data-shown='2022']")
        assert page.locator("#figure .value").inner_text() == "39,171"
        assert page.locator("#figure .excerpt mark").inner_text() == "39,171"
        assert "asylum-claims-2022.html" in page.locator("#figure .provenance").inner_text()
        assert "sha256" in page.locator("#figure .cite").first.inner_text()
        assert page.url.endswith("figures/ca_rcmp_interceptions/CA-QC.html#2022")
        page.wait_for_function("document.getElementById('figure').getBoundingClientRect().top < innerHeight / 2")
        # An address as it once was given leads to the same month.
        page.goto((site / "figures/ca_rcmp_interceptions/CA-QC.html").as_uri() + "#m2022-12")
        page.wait_for_selector("#figure[data-shown='2022-12']")
        assert page.locator("#figure .excerpt mark").inner_text() == "4,689"
        assert wrong == []


def test_swanton_before_and_after_the_protocol_stand_beside_each_other(browser, site):
    with opened(browser, "phone", "dark") as (page, wrong):
        page.goto((site / "index.html").as_uri())
        page.click("main a:text-is('Swanton Sector (Border Patrol)')")
        row = page.locator("table[id^='windows-'] tr[data-key='stca_2023']")
        before, after = (row.locator("td").nth(at).locator("a").inner_text() for at in (0, 1))
        assert int(before.replace(",", "")) > 0 and int(after.replace(",", "")) > 0
        assert "of 12 months" in row.inner_text() or "12 months" in row.inner_text()
        page.click("section#other-side a:text-is('Quebec')")
        assert page.locator("h1").inner_text() == "Quebec"
        assert wrong == []


def test_what_was_known_on_a_day_is_shown_and_where_nothing_is_held_that_is_said(browser, site):
    with opened(browser, "desktop", "light") as (page, wrong):
        page.goto((site / "figures/ca_rcmp_interceptions/CA-QC.html").as_uri() + "?as-of=2001-02-03")
        page.wait_for_selector("#as-of[data-shown='2001-02-03']")
        assert page.locator("#as-of output").inner_text().startswith("We hold no release from before 20")
        shown = page.locator("#months tbody tr td:nth-of-type(1)").all_inner_texts()
        assert set(shown) == {"—"}, "never a figure that nobody had by then, and never a 0"
        spans = script_of(site / "figures/ca_rcmp_interceptions/CA-QC.html")["facts"]["2022-12"]["spans"]
        page.fill("#as-of input", spans[0][1])
        assert page.locator("tr[id='2022-12'] td").first.inner_text() == f"{spans[0][0]:,}"
        assert page.locator("#as-of output").inner_text().endswith("say otherwise today")
        page.fill("#as-of input", "")
        assert page.locator("tr[id='2024-12'] td").first.inner_text() == "74"
        assert wrong == []


def test_a_point_of_a_chart_leads_to_its_figure(browser, site):
    with opened(browser, "desktop", "light") as (page, wrong):
        visit(page, (site / "places" / "CA-QC.html").as_uri())
        page.locator(".vega").first.locator(".mark-symbol path").nth(3).click()
        page.wait_for_selector("#figure[data-shown='2017-04']")
        assert wrong == []


def test_a_chart_takes_the_other_colours_when_the_reader_s_preference_changes(browser, site):
    with opened(browser, "desktop", "light") as (page, wrong):
        visit(page, (site / "canada.html").as_uri())
        bar = page.locator(".vega").nth(1).locator(".mark-rect path").first
        before = bar.get_attribute("fill")
        page.emulate_media(color_scheme="dark")
        page.wait_for_function(
            "old => document.querySelectorAll('.vega')[1].querySelector('.mark-rect path')?.getAttribute('fill') !== old",
            arg=before,
        )
        assert wrong == []


def test_a_reader_with_a_keyboard_reaches_content_and_table(browser, site):
    with opened(browser, "desktop", "light") as (page, _):
        visit(page, (site / "canada.html").as_uri())
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"
        page.goto((site / "canada.html").as_uri() + "#table-canada-ca-rcmp-interceptions")
        page.wait_for_function("document.querySelector('details.table').open")


def test_the_served_site_draws_its_charts_under_its_own_security_policy(browser, sample_home):
    with server(sample_home) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        with opened(browser, "desktop", "light") as (page, wrong):
            for name in ("index.html", "canada.html", "revisions.html", "data.html"):
                charts = visit(page, url_of(listening) + f"site/{name}")
                assert page.locator(".vega svg").count() == charts
            assert page.locator(MARKS).count() == 0  # data.html has no chart
            visit(page, url_of(listening) + "site/canada.html")
            assert page.locator(MARKS).count() > 10
            assert wrong == []
            page.goto(url_of(listening) + "dbt_docs/index.html")
            page.wait_for_selector("text=roxham", state="attached")
        listening.shutdown()


def test_served_the_overview_shows_how_the_sources_stand_now_and_from_disk_as_of_the_build(
    browser: Browser, site: Path, tmp_path: Path
) -> None:
    """A build cannot know that a source failed the night after; the page said "fresh" until the next one."""
    home = Home(tmp_path / "home")
    home.root.mkdir()
    home.current.symlink_to(site.parent)
    now = {"status": "not_collected", "reason": "<b>nobody asks</b>", "next_expected": None}
    home.status.write_text(json.dumps({
        "as_of": "2030-01-02T03:04:00+00:00", "checked_at": "2030-01-02T03:05:00+00:00", "alerts": [{}],
        "sources": {"ircc_rcmp_interceptions": now},
    }))  # fmt: skip
    row, caption = 'tr[data-source="ircc_rcmp_interceptions"]', "#checked"
    with opened(browser, "desktop", "light") as (page, wrong), server(home) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        page.goto((site / "index.html").as_uri())
        assert page.locator(caption).inner_text().startswith("As of this build, ")
        before = page.locator(f"{row} .tag").inner_text()
        page.goto(f"{url_of(listening)}site/index.html")
        page.wait_for_function("document.documentElement.dataset.status === 'living'")
        assert page.locator(caption).inner_text() == (
            "As of 2030-01-02 03:04 UTC, checked 2030-01-02 03:05 UTC; 1 alert is open"
        )
        assert page.locator(f"{row} .tag").inner_text() == "not collected" != before
        assert page.locator(f"{row} .why").inner_text() == "<b>nobody asks</b>", "words of an agency are text"
        listening.shutdown()
    assert wrong == []
