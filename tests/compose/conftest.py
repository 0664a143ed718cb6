"""Containers are started only by `make test-compose` (`-m compose`); elsewhere these tests are not even collected."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the folder alone unless its marker was asked for."""
    return None if "compose" in str(config.getoption("markexpr") or "") else True


def pytest_terminal_summary(terminalreporter: object, config: pytest.Config) -> None:
    """The loud line."""
    reason = config.stash.get(NO_ENGINE, "")
    if reason:
        terminalreporter.write_line(f"!!! THE CONTAINERS WERE NOT STARTED: {reason}", red=True)  # type: ignore[attr-defined]


NO_ENGINE: pytest.StashKey[str] = pytest.StashKey()
