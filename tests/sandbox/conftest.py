"""Fixtures of the sandbox's tests: the sample laid out once, and the real releases where they are at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandbox import Sandbox
from sandbox.sample import lay_out

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_out(tmp_path_factory.mktemp("sample"))


@pytest.fixture
def agency(sample_folder: Path):
    with Sandbox(sample_folder) as running:
        yield running


@pytest.fixture(scope="session")
def real_releases() -> Path:
    folder = Path(os.environ.get("ROXHAM_RELEASES") or REPOSITORY.parent / "shared" / "releases")
    folder = folder if folder.is_absolute() else REPOSITORY / folder
    if not (folder / "releases.csv").is_file():
        pytest.skip(f"REAL RELEASES ABSENT: no releases.csv in {folder}; set ROXHAM_RELEASES")
    return folder


@pytest.fixture(scope="session")
def figures(real_releases: Path) -> Path:
    folder = real_releases.parent / "figures"
    if not folder.is_dir():
        pytest.skip(f"TRUE FIGURES ABSENT: {folder}")
    return folder
