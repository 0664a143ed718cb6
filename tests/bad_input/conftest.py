"""One sandbox for the whole folder; every case has an empty home of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ingest.core.home import Home
from sandbox import Sandbox
from tests.support.nights import FIRST, Nights, quick_agency, two_vintages


@pytest.fixture(scope="session")
def shared_agency(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The small world's agencies, running."""
    with Sandbox(two_vintages(tmp_path_factory.mktemp("bad-input") / "releases"), date=FIRST) as running:
        yield running


@pytest.fixture
def nights(home: Home, shared_agency: Sandbox) -> Iterator[Nights]:
    """An empty home before the agencies at their first vintage, without any fault yet."""
    shared_agency.clear()
    shared_agency.set_date(FIRST)
    with quick_agency(shared_agency.address):
        yield Nights(home, shared_agency)
