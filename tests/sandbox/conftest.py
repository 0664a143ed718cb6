"""Fixtures of the sandbox's tests: the sample laid out once, and the real releases where they are at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox import Sandbox
from sandbox.sample import lay_out
from tests.support.real_releases import FIGURES, RELEASES


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_out(tmp_path_factory.mktemp("sample"))


@pytest.fixture
def agency(sample_folder: Path):
    with Sandbox(sample_folder) as running:
        yield running


@pytest.fixture(scope="session")
def real_releases() -> Path:
    """Asked for by tests marked ``real``, which do not run where these are not."""
    return RELEASES


@pytest.fixture(scope="session")
def figures() -> Path:
    return FIGURES
