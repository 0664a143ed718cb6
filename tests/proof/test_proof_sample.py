"""A seeded sample of every part of the proof; the whole of it is ``make prove``."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from proof import hostile, kills, mutations, nights, past, wire
from proof.trials import Budget, Part, Trial

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("proof")]
PATIENCE = 600
# Small sources that the bundled sample holds.
SOURCES = ("irb_irregular_claims", "usbp_sector_monthly")


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("proof")


def against(trials: list[Trial]) -> list[Trial]:
    assert trials
    return [each for each in trials if each.held is False]


def test_no_mutant_changes_a_closed_cell_in_silence_and_no_harmless_one_alarms(scratch: Path) -> None:
    found = mutations.run(scratch / "cases", seed=3, mutants=24, sources=SOURCES, sample_only=True, processes=0)
    material = [each for each in found if each.kind == "material" and each.verdict != "same"]
    assert len(material) >= 12
    assert not [each for each in material if each.closed and each.verdict == "silent"]
    assert not [each for each in found if each.kind == "harmless" and mutations.told_of(each)]
    assert sum(map(mutations.told_of, material)) > len(material) / 2


@pytest.mark.parametrize(
    "part", [kills.run, wire.run, hostile.run, nights.run, past.run], ids=lambda part: part.__module__
)
def test_the_sample_of_a_part_holds(part: Part, scratch: Path) -> None:
    assert not against(part(scratch / part.__module__, Budget(time.time() + PATIENCE, sample=True)))


def test_what_there_was_no_time_for_is_said_and_not_tried(scratch: Path) -> None:
    """A run bounded at 16 minutes was in its 400 nights for good: they never asked what time it was."""
    trials = nights.run(scratch / "over", Budget(time.time() - 1))
    assert len(trials) > 5
    assert {(each.held, each.detail) for each in trials} == {(None, "the time was over")}
