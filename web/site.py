"""Writes the site of a candidate build: pages, charts, their data and queries, and one vega bundle for all pages.

A function of the candidate's warehouse and this code: no clock, no request, rows and files in a fixed order.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jinja2
import vl_convert
from markupsafe import Markup

from ingest.build import CandidateInfo
from ingest.exports import without_formula
from ingest.home import Home
from web import figures, pages, text
from web.marts import Marts, Row

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
    _write_assets(folder / "assets", home.current / "site" / "assets" / BUNDLE)
    feed = "../feed.xml" if (home.candidate / "feed.xml").exists() else None
    with Marts(home.candidate_warehouse) as marts:
        book = pages.Book(marts, info, exports)
        traced = figures.pages(home, marts, book.headlines)
        environment = _environment(book)
        for page in pages.all_pages(book, traced, feed):
            _write_page(folder, environment, page)
            _write_charts(folder / "charts", page)
    return folder


def _write_assets(folder: Path, bundled_before: Path) -> None:
    """Style, script, and the bundle: taken from the served build where that has the same version, as it takes seconds."""
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
        "as_json": _as_json, "anchor": pages.anchor,
    }  # fmt: skip
    environment.globals |= {
        "info": book.info, "bundle": BUNDLE, "all_pages": text.PAGES, "french": text.FRENCH_PAGES, "word": text.word,
        "page_title": text.page_title, "reason": text.reason, "figure_path": figures.page_path,
        "place_name": book.place,
    }  # fmt: skip
    return environment


def _as_json(value: object) -> Markup:
    """Plain data inside a ``<script>``: nothing in it can end the element."""
    packed = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return Markup(packed.replace("<", "\\u003c").replace("&", "\\u0026"))  # noqa: S704  escaped right here


def _write_page(folder: Path, environment: jinja2.Environment, page: pages.Page) -> None:
    path = folder / page.path
    path.parent.mkdir(parents=True, exist_ok=True)
    rendered = environment.get_template(page.template).render(
        title=page.title, language=page.language, root=page.root, **page.content
    )
    path.write_text(rendered, encoding="utf-8")


def _write_charts(folder: Path, page: pages.Page) -> None:
    """The query and the rows of every chart, beside the pages."""
    if page.language != "en":
        return
    folder.mkdir(exist_ok=True)
    for section in [*page.content.get("sections", []), *page.content.get("pictures", [])]:
        (folder / f"{section['id']}.sql").write_text(section["query"] + ";\n", encoding="utf-8")
        (folder / f"{section['id']}.csv").write_text(_as_csv(section["rows"]), encoding="utf-8")


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
