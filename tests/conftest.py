"""What all tests share: a home of their own, and where the real releases are."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from _pytest.nodeid import coerce_node_id

from ingest.core.home import Home
from sandbox import Sandbox
from tests.support import warm_dbt
from tests.support.builds import replay_once
from tests.support.nights import FIRST, Nights, quick_agency, two_vintages
from tests.support.real_releases import FOLDERS, PRESENT
from warehouse import dbt

# No test depends on how quick or how busy the machine is.
hypothesis.settings.register_profile("roxham", deadline=None)
hypothesis.settings.load_profile("roxham")

WHERE = os.pathsep.join(map(str, FOLDERS))
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home."""
    return Home(tmp_path / "home")


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with a published build of the bundled sample; read only."""
    return replay_once(tmp_path_factory, "sample-build", None)


@pytest.fixture(scope="session")
def real_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with a published build of the real releases; read only."""
    return replay_once(tmp_path_factory, "real-build", FOLDERS)


@pytest.fixture(scope="session")
def small_agency(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The small world's agencies, running."""
    with Sandbox(two_vintages(tmp_path_factory.mktemp("small-world") / "releases"), date=FIRST) as running:
        yield running


@pytest.fixture
def small_nights(home: Home, small_agency: Sandbox) -> Iterator[Nights]:
    """An empty home before these agencies at their first vintage, without any fault yet."""
    small_agency.clear()
    small_agency.set_date(FIRST)
    with quick_agency(small_agency.address):
        yield Nights(home, small_agency)


@pytest.fixture(scope="session", autouse=True)
def dbt_is_warm() -> Iterator[None]:
    """Builds within a test process fork dbt from one that was imported once; builds of the command start their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dbt, "run", warm_dbt.run)
        yield


@pytest.fixture(autouse=True)
def no_request_leaves_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any connection beyond loopback fails the test that tries it."""
    connect = socket.socket.connect

    def only_loopback(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and address[0] not in LOOPBACK:
            message = f"a test tried to reach {address}"
            raise AssertionError(message)
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", only_loopback)


def _keep_groups_together(config: pytest.Config, items: list[pytest.Item]) -> None:
    """pytest-xdist 3.8 names a test's group in a way that pytest 9.2 no longer reads (pytest-xdist issue 1386)."""
    if not getattr(config.option, "loadgroup", False):
        return
    for item in items:
        mark = item.get_closest_marker("xdist_group")
        if mark and "@" not in item.nodeid.rpartition("]")[2]:
            item._id = coerce_node_id(f"{item.nodeid}@{mark.args[0]}")  # type: ignore[attr-defined]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests over real releases run where those are; elsewhere one loud, counted line says that they did not."""
    _keep_groups_together(config, items)
    # The long ones first, so that no process is left alone with one at the end.
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
    if PRESENT:
        return
    real = [item for item in items if item.get_closest_marker("real")]
    for item in real:
        item.add_marker(pytest.mark.skip(reason=f"no real releases at ROXHAM_RELEASES={WHERE}"))
    config.stash[NOT_RUN] = len(real)


def pytest_terminal_summary(terminalreporter: object, config: pytest.Config) -> None:
    """The loud line."""
    count = config.stash.get(NOT_RUN, 0)
    if count:
        terminalreporter.write_line(  # type: ignore[attr-defined]
            f"!!! {count} tests over REAL RELEASES DID NOT RUN: nothing at {WHERE} (set ROXHAM_RELEASES)", red=True
        )


NOT_RUN: pytest.StashKey[int] = pytest.StashKey()
