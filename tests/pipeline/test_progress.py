"""Who waits at a terminal sees which step a build is at; nobody else sees anything."""

from __future__ import annotations

import io

import pytest

from pipeline.cli import common
from pipeline.cli.common import Terminal, shown_steps
from pipeline.steps import STEPS_OF_BUILD


def said_to(monkeypatch: pytest.MonkeyPatch, *, terminal: bool) -> str:
    stream = io.StringIO()
    monkeypatch.setattr(common, "stderr", Terminal(file=stream, force_terminal=terminal, width=120))
    with shown_steps(STEPS_OF_BUILD) as say:
        for step in STEPS_OF_BUILD:
            say(step)
    return stream.getvalue()


def test_a_terminal_is_told_the_step_and_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    said = said_to(monkeypatch, terminal=True)
    assert "site" in said and f"{len(STEPS_OF_BUILD)}/{len(STEPS_OF_BUILD)}" in said


def test_a_file_or_a_pipe_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert said_to(monkeypatch, terminal=False) == ""
