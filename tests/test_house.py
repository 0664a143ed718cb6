"""The rooms of the house: who may import whom (pyproject's contracts), and that no room is reached by its name as text."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from ingest.core.home import REPOSITORY

ROOMS = ("ingest", "sandbox", "expectations", "monitoring", "web", "warehouse", "pipeline", "orchestration", "dags")
# Parsers and suites are found by their source's id, each inside its own room.
INSIDE_ONE_ROOM = {
    Path("ingest/releases/parsers/__init__.py"): "ingest.releases.parsers.",
    Path("expectations/runner.py"): ("expectations.", "great_expectations."),
    Path("expectations/marts.py"): "expectations.",
}


def test_no_arrow_runs_up() -> None:
    """ingest once ran dbt, published, alerted, served HTTP, and reached up into the suites and the site."""
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-logo"], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Analyzed \d{3,} files", done.stdout), "the linter looked at nothing"


def test_no_room_is_reached_by_its_name_as_text() -> None:
    found = 0
    for room in ROOMS:
        for path in sorted((REPOSITORY / room).rglob("*.py")):
            inside = path.relative_to(REPOSITORY)
            for name in re.findall(r"import_module\(\s*f?\"([^\"{]+)", path.read_text()):
                assert name.startswith(INSIDE_ONE_ROOM.get(inside, "nothing may be")), f"{inside} imports {name}"
                found += 1
    assert found >= 3, "the pattern finds the imports that are known to be there"


def test_the_installed_names_claim_neither_web_nor_bench_for_the_whole_environment() -> None:
    project = (REPOSITORY / "pyproject.toml").read_text()
    packages = re.search(r"packages = \[(.*?)\]", project, re.DOTALL)
    assert packages
    assert not {"web", "bench", "tests", "dags"} & set(re.findall(r'"(\w+)[."]', packages[1]))
