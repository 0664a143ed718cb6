"""A site to look at, and a browser to look at it with."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html
from playwright.sync_api import Browser, sync_playwright

from ingest.core.builds import CandidateInfo
from ingest.core.home import Home

CHROMIUM = os.environ.get("ROXHAM_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


@pytest.fixture(scope="session")
def site(sample_home: Home) -> Path:
    """The folder of the sample build's site."""
    return sample_home.current.resolve() / "site"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium; without one these tests fail, they are never skipped.

    Ended with its module: playwright's event loop would stand in the way of tests that run one of their own.
    """
    if not Path(CHROMIUM).exists():
        pytest.fail(f"no browser at {CHROMIUM}: `apt-get install chromium` (or set ROXHAM_CHROMIUM to one)")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield launched
        launched.close()


def pages_of(site: Path) -> list[Path]:
    """Every page of a site."""
    return sorted(site.rglob("*.html"))


def parsed(page: Path) -> html.HtmlElement:
    """A page as a tree."""
    return html.document_fromstring(page.read_text(encoding="utf-8"))


def drawn_by(page: Path, tree: html.HtmlElement) -> dict:
    """What the script of a page draws: its figures and its specifications; empty where it has no charts."""
    scripts = [each for each in tree.xpath("//script/@src") if "charts/" in each]
    if not scripts:
        return {"figures": {}, "specs": {}}
    written = (page.parent / scripts[0]).read_text(encoding="utf-8")
    return json.loads(written.removeprefix("window.roxham = ").removesuffix(";\n"))


def script_of(page: Path) -> dict:
    """What a figure page shows of each figure."""
    written = page.with_suffix(".js").read_text(encoding="utf-8")
    return json.loads(written.removeprefix("window.roxham = ").removesuffix(";\n"))


def info_of(home: Home) -> CandidateInfo:
    """What the published build was made of."""
    kept = json.loads((home.current / "release.json").read_text())
    return CandidateInfo(
        kept["build_id"], kept["inputs"], dt.date.fromisoformat(kept["as_of"]), kept["sample"], tuple(kept["releases"])
    )
