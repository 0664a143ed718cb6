"""Rule 8: an unchanged source causes no event, no build and no alert."""

from __future__ import annotations

import pytest

from tests.rules.conftest import Story
from tests.support.nights import CBP, IRCC

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("rules")]


def test_the_first_night_emits_one_event_for_each_accepted_release(story: Story) -> None:
    assert {source: len(events) for source, events in story.good.events.items()} == {CBP: 1, IRCC: 1}
    assert story.good.published


def test_a_quiet_night_transfers_no_file(story: Story) -> None:
    assert story.quiet.statuses <= {304, 404}
    assert all(not report.new_files and not report.failed for report in story.quiet.reports.values())


def test_a_quiet_night_processes_no_release_emits_no_event_and_builds_nothing(story: Story) -> None:
    night = story.quiet
    assert (night.outcomes, night.events) == ({CBP: [], IRCC: []}, {CBP: [], IRCC: []})
    assert night.published is None


def test_a_quiet_night_changes_no_sources_state(story: Story) -> None:
    assert story.quiet.states == []


def test_every_request_of_a_quiet_night_is_recorded_all_the_same(story: Story) -> None:
    """That nothing is new must not look like that nothing ran."""
    outcomes = {each.outcome for report in story.quiet.reports.values() for each in report.attempts}
    assert outcomes == {"unchanged", "not_offered"}


def test_a_quarantined_release_is_no_event(story: Story) -> None:
    assert story.one_source_wrong.events[CBP] == []
