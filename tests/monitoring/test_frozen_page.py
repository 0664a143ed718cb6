"""A frozen page is named frozen, and never read as zeros.

The UK's daily page of small boats was frozen on 2023-02-04 and said so ("will no longer be updated"). A public scraper
ran on over it for 1,040 nights, reported success, wrote 0 a day and missed 104,884 arrivals.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from ingest.archive.manifest import Manifest
from ingest.catalog.calendar import judge
from ingest.catalog.source import load_sources
from ingest.core.clock import FixedClock
from ingest.core.home import Home
from ingest.core.records import Published, Release
from ingest.releases.intake import ReleaseOutcome
from monitoring.freshness import StateChange
from pipeline import steps
from pipeline.replay import replay
from sandbox import Sandbox
from tests.support.folders import ReleasesFolder
from tests.support.small_boats import closed_page, table_page, week
from warehouse.candidate import describe_candidate

PAGE = "uk_small_boats_page"
GOOD, FROZEN = dt.date(2023, 2, 3), dt.date(2023, 2, 4)
NIGHTS = 1_040
NO_WORDS = "Information for users of these statistics."
# Fetches and freshness are what is tested here; the suites have tests of their own.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("frozen-page")]


@pytest.fixture(autouse=True)
def validated_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "validate_load", lambda *_: [])


def good_page(updated: dt.date = GOOD, nonce: str = "") -> str:
    rows = week("2023-01-27", [("0", "0", "0", ""), *[("44", "1", "0", "")] * 6])
    return table_page(rows, updated.isoformat()) + nonce


class Nights:
    """Nights over one page, by the sandbox's clock."""

    def __init__(self, home: Home, agency: Sandbox) -> None:
        self.home, self.agency = home, agency

    def run(self, day: dt.date) -> tuple[list[ReleaseOutcome], list[StateChange]]:
        """One night: fetch, process, judge; the processed releases and the change of state that is told."""
        self.agency.set_date(day)
        clock = FixedClock.on(day)
        report = steps.fetch(self.home, PAGE, clock)
        assert not report.failures
        outcomes = steps.process_release(self.home, PAGE, clock)
        changes = steps.check_freshness(self.home, clock)
        steps.mark_states_emitted(self.home, changes)
        return outcomes, [each for each in changes if each.source_id == PAGE]

    def states(self, first: dt.date, last: dt.date) -> dict[dt.date, str]:
        """The changes of state that the nights of this span told, by day."""
        days = [first + dt.timedelta(number) for number in range((last - first).days + 1)]
        return {day: change.after for day in days for change in self.run(day)[1]}

    def served(self) -> list[str]:
        """The releases that a build would be made of."""
        info = describe_candidate(self.home)
        return list(info.releases) if info else []

    def releases(self) -> dict[str, str]:
        with Manifest(self.home.manifest) as manifest:
            return {each.published.text: each.state for each in manifest.releases(PAGE)}


def nights_over(home: Home, folder: ReleasesFolder, monkeypatch: pytest.MonkeyPatch):
    agency = Sandbox(folder.root, date=GOOD)
    monkeypatch.setenv("ROXHAM_AGENCY", agency.address)
    return agency, Nights(home, agency)


@pytest.fixture
def folder(tmp_path: Path) -> ReleasesFolder:
    landing = "https://www.gov.uk/government/publications/migrants-detected-crossing-the-english-channel-in-small-boats"
    return ReleasesFolder(tmp_path / "releases").add(PAGE, GOOD.isoformat(), "page.html", good_page(), url=landing)


def test_a_page_that_says_it_is_closed_is_frozen_on_the_first_night_and_nothing_is_read_out_of_it(
    home: Home, folder: ReleasesFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The incident itself: 1,040 nights, 104,884 arrivals missed, a 0 for each day."""
    folder.add(PAGE, FROZEN.isoformat(), "page.html", closed_page("2023-02-04"))
    agency, nights = nights_over(home, folder, monkeypatch)
    with agency:
        [accepted], _ = nights.run(GOOD)
        assert (accepted.release.state, accepted.release.last_day) == ("accepted", dt.date(2023, 2, 2))
        before = nights.served()
        taken_in, [change] = nights.run(FROZEN)
        assert taken_in == [] and (change.before, change.after) == ("fresh", "frozen")
        assert "will no longer be updated" in change.reason
        for night in (1, 2, 30, NIGHTS):
            assert nights.run(FROZEN + dt.timedelta(night)) == ([], [])
        assert nights.served() == before and nights.releases() == {"2023-02-03": "accepted"}
        with Manifest(home.manifest) as manifest:
            assert [each.role for each in manifest.attempts(PAGE)][:2] == ["data", "notice"]
            assert {each.outcome for each in manifest.attempts(PAGE)[2:]} == {"unchanged"}


def test_without_its_words_the_frozen_page_is_refused_at_once_and_frozen_when_the_day_stands_still_too_long(
    home: Home, folder: ReleasesFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.add(PAGE, FROZEN.isoformat(), "page.html", closed_page("2023-02-04", NO_WORDS))
    agency, nights = nights_over(home, folder, monkeypatch)
    with agency:
        nights.run(GOOD)
        before = nights.served()
        [refused], [change] = nights.run(FROZEN)
        assert refused.release.state == "quarantined" and refused.release.rows is None
        assert "means no zero" in (refused.failed_checks[0].observed or "")
        assert (change.after, change.reason[:11]) == ("failing", "quarantined")
        told = nights.states(FROZEN + dt.timedelta(1), FROZEN + dt.timedelta(20))
        assert told == {dt.date(2023, 2, 11): "frozen"}
        assert nights.states(FROZEN + dt.timedelta(NIGHTS), FROZEN + dt.timedelta(NIGHTS)) == {}
        assert nights.served() == before
        assert nights.releases() == {"2023-02-03": "accepted", "2023-02-04": "quarantined"}


def test_a_page_that_just_stays_as_it_is_becomes_late_and_then_frozen(
    home: Home, folder: ReleasesFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unchanged night after night is not fine: judged in days, not in months."""
    agency, nights = nights_over(home, folder, monkeypatch)
    with agency:
        nights.run(GOOD)
        told = nights.states(FROZEN, FROZEN + dt.timedelta(20))
        assert told == {dt.date(2023, 2, 9): "late", dt.date(2023, 2, 11): "frozen"}
        assert nights.releases() == {"2023-02-03": "accepted"}


def test_a_page_that_is_edited_every_night_without_a_newer_day_is_frozen_too(
    home: Home, folder: ReleasesFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New bytes and a new date of publication are no new figures."""
    for number in range(1, 10):
        day = GOOD + dt.timedelta(number)
        folder.add(
            PAGE, day.isoformat(), "page.html", good_page(day, f"<!-- {number} -->"), url=folder.rows[0]["agency_url"]
        )
    agency, nights = nights_over(home, folder, monkeypatch)
    with agency:
        nights.run(GOOD)
        assert nights.states(FROZEN, FROZEN + dt.timedelta(8)) == {dt.date(2023, 2, 11): "frozen"}
        assert set(nights.releases().values()) == {"accepted"} and len(nights.releases()) == 10


def test_a_replay_sets_the_frozen_pages_aside_by_name(home: Home, folder: ReleasesFolder) -> None:
    folder.add(PAGE, FROZEN.isoformat(), "page.html", closed_page("2023-02-04"))
    done = {each.file.split("/")[1]: each for each in replay(home, folder.root, lambda *_: [])}
    assert done[GOOD.isoformat()].outcome == "accepted"
    assert done[FROZEN.isoformat()].outcome == "not_data"
    assert "says that it is closed" in done[FROZEN.isoformat()].message
    again = {each.outcome for each in replay(home, folder.root, lambda *_: [])}
    assert again == {"unchanged"}


def test_words_of_closure_beside_figures_are_no_reason_to_drop_the_figures(
    home: Home, folder: ReleasesFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last page of a series may announce its end: its figures come in, and the source is frozen all the same."""
    announced = good_page(FROZEN).replace("<h1>", "<p>This page will no longer be updated.</p><h1>")
    folder.add(PAGE, FROZEN.isoformat(), "page.html", announced)
    agency, nights = nights_over(home, folder, monkeypatch)
    with agency:
        nights.run(GOOD)
        [release], [change] = nights.run(FROZEN)
        assert (release.release.state, change.after) == ("accepted", "frozen")


def test_a_thousand_green_nights_over_the_page_are_frozen_from_the_eighth_day_on() -> None:
    only = Release(
        release_id="r", source_id=PAGE, published=Published("2023-02-03", "day", "document"),
        retrieved_at=dt.datetime(2023, 2, 3, tzinfo=dt.UTC), state="accepted", origin="agency", files=(), rows=21,
        first_month=dt.date(2023, 1, 1), last_month=dt.date(2023, 2, 1), last_day=dt.date(2023, 2, 2),
    )  # fmt: skip
    verdicts = [judge(load_sources()[PAGE], [only], GOOD + dt.timedelta(night)) for night in range(NIGHTS)]
    assert [each.status for each in verdicts] == ["fresh"] * 6 + ["late"] * 2 + ["frozen"] * (NIGHTS - 8)
    assert "the newest day is still 2023-02-02" in verdicts[-1].reason
