"""The story that several rules are tested on: a good night, a quiet one, and one in which one source goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from ingest.agency.fetch import FetchReport
from ingest.core.builds import PublishedBuild
from ingest.core.home import Home
from ingest.releases.intake import ReleaseOutcome
from monitoring.freshness import StateChange
from pipeline import steps
from sandbox import Sandbox
from tests.support.nights import CBP, FIRST, IRCC, SECOND, Nights, quick_agency, two_vintages

SOURCES = (CBP, IRCC)


@dataclass
class Night:
    """What one night did."""

    reports: dict[str, FetchReport]
    outcomes: dict[str, list[ReleaseOutcome]]
    events: dict[str, list[ReleaseOutcome]]
    states: list[StateChange]
    published: PublishedBuild | None
    statuses: set[int]


@dataclass
class Story:
    """Three nights of one home; ``home`` is as the last one left it."""

    home: Home
    good: Night
    quiet: Night
    one_source_wrong: Night

    def ask(self, night: Night, query: str) -> list[tuple[object, ...]]:
        """Rows of the build that the night published."""
        assert night.published
        with duckdb.connect(str(night.published.path / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The releases folder of the small world."""
    return two_vintages(tmp_path_factory.mktemp("small-world"))


@pytest.fixture(scope="session")
def story(releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Play the three nights once."""
    home = Home(tmp_path_factory.mktemp("story") / "home")
    with Sandbox(releases, date=FIRST) as agency, quick_agency(agency.address):
        nights = Nights(home, agency)
        good = play(nights)
        agency.set_date("2023-11-21")
        quiet = play(nights)
        agency.set_date(SECOND)
        agency.fault("unknown_label", path="*-nov-*.csv")
        return Story(home, good, quiet, play(nights))


@pytest.fixture
def agency(releases: Path) -> Iterator[Sandbox]:
    """The sandbox at the first vintage, for a test of its own."""
    with Sandbox(releases, date=FIRST) as running, quick_agency(running.address):
        yield running


@pytest.fixture
def nights(home: Home, agency: Sandbox) -> Nights:
    """An empty home before that agency."""
    return Nights(home, agency)


def play(nights: Nights) -> Night:
    """One night as the DAGs play it: each source by itself, then one build if there is anything new."""
    before = len(nights.agency.requests)
    reports = {source: nights.fetch(source) for source in SOURCES}
    outcomes = {source: nights.process_release(source) for source in SOURCES}
    events = {source: steps.releases_without_event(nights.home, source) for source in SOURCES}
    for accepted in events.values():
        steps.mark_emitted(nights.home, [each.release.release_id for each in accepted])
    states = steps.check_freshness(nights.home, nights.clock)
    steps.mark_states_emitted(nights.home, states)
    published = steps.build_and_publish(nights.home) if any(events.values()) else None
    statuses = {line.status for line in list(nights.agency.requests)[before:]}
    return Night(reports, outcomes, events, states, published, statuses)
