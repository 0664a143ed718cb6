"""Writes the site of a candidate build: pages, charts, their data and queries, and one vega bundle for all pages.

A function of the candidate's warehouse and this code: no clock, no request, rows and files in a fixed order. It stays
under five megabytes without the data; data are what nobody loads by looking: ``charts/*.csv``, the download of each
chart (and, beside the site, the exports), and the figures and places, of which a page loads its own alone. What other
pages draw from (``charts/*.js``) and their tables count as site.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jinja2
import vl_convert
from markupsafe import Markup

from ingest.core.builds import CandidateInfo
from ingest.core.home import Home
from ingest.core.outgoing_text import without_formula
from roxham_web import figure_pages, pages, text
from roxham_web.exported_files import csv_name
from roxham_web.marts import Marts, Row

HERE = Path(__file__).parent
BUNDLE = f"vega-{version('vl-convert-python')}.js"


def write(home: Home, info: CandidateInfo, exports: list[dict[str, Any]]) -> Path:
    """Write ``site/`` into the candidate; returns its folder.

    Raises:
        MixedMeasures: when a chart would show unlike measures on one axis.
    """
    folder = home.candidate / "site"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "assets").mkdir(parents=True)
    feed = "../feed.xml" if (home.candidate / "feed.xml").exists() else None
    with ThreadPoolExecutor(max_workers=1) as beside, Marts(home.candidate_warehouse) as marts:
        assets = beside.submit(_write_assets, folder / "assets", home.current / "site" / "assets" / BUNDLE)
        book = pages.Book(marts, info, exports)
        traced = figure_pages.pages(home, marts, book.headlines)
        environment = _environment(book)
        for page in pages.all_pages(book, traced, feed):
            _write_page(folder, environment, page)
            _write_charts(folder / "charts", page)
            for path, data in page.scripts.items():
                _write_script(folder / path, data)
        assets.result()
    return folder


def _write_assets(folder: Path, bundled_before: Path) -> None:
    """Style, script, and the bundle: taken from the served build where that has the same version, as it takes seconds.

    Bundling leaves Python to itself, so the pages are written meanwhile.
    """
    for path in sorted((HERE / "assets").iterdir()):
        shutil.copyfile(path, folder / path.name)
    if bundled_before.exists():
        shutil.copyfile(bundled_before, folder / BUNDLE)
    else:
        bundle = str(vl_convert.javascript_bundle())  # type: ignore[call-arg]  # its stub knows no default
        (folder / BUNDLE).write_text(bundle, encoding="utf-8")


def _environment(book: pages.Book) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {
        "number": text.number, "signed": text.signed, "month": text.month, "spoken": text.spoken,
        "anchor": pages.anchor,
        "months_said": text.months,
        "period_said": lambda each, language: text.period_key(each.key, language),
    }  # fmt: skip
    environment.globals |= {
        "info": book.info, "bundle": BUNDLE, "all_pages": text.PAGES, "french": text.TRANSLATED, "word": text.word,
        "page_title": text.page_title, "reason": text.reason, "csv_name": csv_name,
    }  # fmt: skip
    return environment


def _as_json(value: object) -> Markup:
    """Plain data in a script: nothing in it can end an element."""
    packed = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return Markup(packed.replace("<", "\\u003c").replace("&", "\\u0026"))  # noqa: S704  escaped right here


def _write_page(folder: Path, environment: jinja2.Environment, page: pages.Page) -> None:
    path = folder / page.path
    path.parent.mkdir(parents=True, exist_ok=True)
    rendered = environment.get_template(page.content.template).render(
        title=page.title, language=page.language, root=page.root, page=page.slug, **page.content.as_names()
    )
    path.write_text(rendered, encoding="utf-8")


def _write_charts(folder: Path, page: pages.Page) -> None:
    """The query and the rows of every chart, and what the page's script draws; both languages' pages share them."""
    if page.language != "en" or not page.drawn:
        return
    folder.mkdir(exist_ok=True)
    for each in page.drawn:
        (folder / f"{each.id}.sql").write_text(each.query + ";\n", encoding="utf-8")
        (folder / f"{each.id}.csv").write_text(_as_csv(each.rows), encoding="utf-8")
    drawn = {
        "figures": {name: data for each in page.drawn for name, data in each.chart_data.items()},
        "specs": page.specs,
    }
    _write_script(folder / f"{page.slug}.js", drawn)


def _write_script(path: Path, data: dict[str, Any]) -> None:
    """Data for a page, as a script and not JSON: a page opened as a file may load the one and not the other."""
    path.write_text(f"window.roxham = {_as_json(data)};\n", encoding="utf-8")


def _as_csv(rows: list[Row]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(rows[0])
    for row in rows:
        writer.writerow(["" if value is None else _csv_cell(value) for value in row.values()])
    return stream.getvalue()


def _csv_cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return without_formula(value) if isinstance(value, str) else value
