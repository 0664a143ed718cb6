"""The sandbox serves a folder of any source at the address where that source asks for its files."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import zipfile
from pathlib import Path

import pytest

from ingest.catalog.source import Source, load_sources
from ingest.core.clock import FixedClock
from ingest.core.home import Home
from ingest.releases import notices
from monitoring import evaluate, freshness
from pipeline import steps
from pipeline.replay import replay
from sandbox import Sandbox, addresses
from tests.golden.rows import samples
from tests.support.folders import ReleasesFolder

DAY = "2026-01-02"
CBP = "cbp_nationwide_encounters"


def landing_page(source: Source) -> str:
    """What releases.csv says of a file's origin: often the page that leads to it, not its own address."""
    first = source.resources.items[0]
    return first.discover.page if first.discover else (first.url or "")


@pytest.fixture(scope="module")
def one_file_of_each(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = ReleasesFolder(tmp_path_factory.mktemp("every") / "releases")
    pages: set[str] = set()
    for sample in samples():
        source = load_sources()[sample.parent.name]
        url = landing_page(source).replace("{year}", sample.stem[-4:])
        # A page that is kept in two formats (live, and as a saved copy) has one address, which serves one of them.
        if source.resources.items[0].url and url in pages:
            continue
        pages.add(url)
        folder.add(source.id, DAY, sample.name, sample.read_bytes(), url=url)
    return folder.root


def is_fetched_here(source: Source) -> bool:
    """Whether one file is enough to be fetched from an agency.

    Not so a bundled register, a series that no address serves any more, and a listing that must offer several files
    (IRCC's workbooks: tests/agency/test_fetch_sandbox.py fetches all seven).
    """
    first = source.resources.items[0]
    samples_here = sum(sample.parent.name == source.id for sample in samples())
    enough = first.discover is None or first.discover.min_links <= samples_here
    return first.polled and first.bundled is None and enough


@pytest.mark.parametrize("source_id", sorted(each.id for each in load_sources().values() if is_fetched_here(each)))
def test_a_night_fetches_the_file_of_every_source(
    source_id: str, one_file_of_each: Path, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = dt.date.fromisoformat(DAY)
    served = {}  # of several samples at one address (a page with one url) the last one is the page
    for file in sorted((one_file_of_each / source_id / DAY).iterdir()):
        url = landing_page(load_sources()[source_id])
        served[addresses.addresses_of(source_id, url, file.name, day)[0]] = file
    with Sandbox(one_file_of_each) as agency:
        monkeypatch.setenv("ROXHAM_AGENCY", agency.address)
        report = steps.fetch(home, source_id, FixedClock.on(day))
        assert {each.sha256 for each in report.new_files} >= {
            hashlib.sha256(each.read_bytes()).hexdigest() for each in served.values()
        }
        # Resources of which no sample is laid out answer 404; nothing else may go wrong.
        assert {(each.outcome, each.status) for each in report.attempts} <= {
            ("archived", 200), ("not_offered", 404), ("http_error", 404)
        }  # fmt: skip
        again = steps.fetch(home, source_id, FixedClock.on(day))
        assert not again.new_files


# ---- a source that is not there, so that these tests do not depend on which ones are


def ferries(**resource: object) -> Source:
    """A made-up source behind a listing page."""
    model = load_sources()[CBP]
    item = model.resources.items[0].model_dump() | {
        "id": "ferries", "format": "ods", "published": ("listing",),
        "discover": {"page": "https://www.cbp.gov/ferries", "link": r"time series\.ods$", "min_links": 1},
    } | resource  # fmt: skip
    plain = model.model_dump() | {"id": "ferries", "resources": model.resources.model_dump() | {"items": [item]}}
    return Source.model_validate(plain)


def a_spreadsheet(content: str = "<x/>") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as container:
        container.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        container.writestr("content.xml", content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch):
    def declare(source: Source) -> Source:
        for module in (addresses, steps, evaluate, freshness, notices):
            monkeypatch.setattr(module, "load_sources", lambda: {source.id: source})
        monkeypatch.setattr("pipeline.replay.load_sources", lambda: {source.id: source})
        return source

    return declare


def test_behind_a_listing_a_file_has_the_size_and_date_that_the_page_prints(
    declared, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = declared(ferries())
    folder = ReleasesFolder(tmp_path / "releases")
    for day in ("2025-12-12", "2025-12-19"):
        folder.add(source.id, day, f"{day} time series.ods", a_spreadsheet(day), url=landing_page(source))
    with Sandbox(folder.root, date="2025-12-12") as agency:
        monkeypatch.setenv("ROXHAM_AGENCY", agency.address)
        seen = []
        for day in ("2025-12-12", "2025-12-19"):
            agency.set_date(day)
            report = steps.fetch(home, source.id, FixedClock.on(dt.date.fromisoformat(day)))
            assert not report.failures and not report.warnings
            seen += [(each.file_name, each.published and each.published.text) for each in report.new_files]
        assert seen == [("2025-12-12 time series.ods", "2025-12-12"), ("2025-12-19 time series.ods", "2025-12-19")]
        agency.fault("no_links", path="/ferries")
        report = steps.fetch(home, source.id, FixedClock.on(dt.date(2025, 12, 20)))
        assert {each.outcome for each in report.attempts} == {"no_links"}


def test_a_file_whose_agency_has_folders_lies_where_the_link_pattern_finds_it(declared) -> None:
    link = r"/sites/default/files/.*time series\.ods$"
    declared(ferries(discover={"page": "https://www.cbp.gov/ferries", "link": link, "min_links": 1}))
    [first, *_rest] = addresses.addresses_of(
        "ferries", "https://www.cbp.gov/ferries", "a time series.ods", dt.date(2025, 12, 12)
    )
    assert first == ("www.cbp.gov", "/sites/default/files/2025-12/a time series.ods")


def test_a_file_that_the_page_would_not_offer_is_not_linked(declared) -> None:
    declared(ferries())
    [page] = addresses.listing_pages()["www.cbp.gov", "/ferries"]
    assert page.file_address("dictionary.pdf", dt.date(2025, 12, 12)) is None


def test_a_damaged_or_bloated_spreadsheet_of_a_folder_is_refused_by_name(declared, home: Home, tmp_path: Path) -> None:
    """A replay looks into containers as a fetch does: what unpacks to gigabytes is never opened by a parser."""
    source = declared(ferries())
    folder = ReleasesFolder(tmp_path / "releases")
    whole = a_spreadsheet("x" * 5000)
    folder.add(source.id, "2025-12-12", "bomb time series.ods", a_spreadsheet("0" * 20_000_000))
    folder.add(source.id, "2025-12-13", "damaged time series.ods", whole[:-40])
    done = {Path(each.file).name[:4]: each for each in replay(home, folder.root, lambda *_: [])}
    assert [done["bomb"].outcome, done["dama"].outcome] == ["refused", "refused"]
    assert done["bomb"].message.startswith("too_large: content.xml unpacks to")
    assert done["dama"].message.startswith("truncated: the container is damaged")


def test_a_resource_may_have_several_formats_and_one_is_enough() -> None:
    assert ferries().resources.items[0].format == ("ods",)
    assert ferries(format=["ods", "xlsx"]).resources.items[0].format == ("ods", "xlsx")
    with pytest.raises(ValueError, match="format"):
        ferries(format=["docx"])
