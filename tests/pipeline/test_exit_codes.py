"""Every verb ends with the code that the help promises: 0 done, 1 failed, 2 wrong usage, 3 something waits for a person."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ingest.agency.http import Limits
from ingest.core.home import Home
from pipeline.cli import main
from pipeline.cli.collect import ONE_TROUBLE, summaries
from tests.support.builds import copied
from tests.support.folders import CBP, ReleasesFolder
from tests.support.nights import quick_agency
from tests.support.pages import AOR_HEADER, csv_file, state_line

GOOD = "nationwide-encounters-fy21-fy24-oct-state.csv"
BROKEN = "nationwide-encounters-fy21-fy24-nov-aor.csv"
NOBODY = "http://127.0.0.1:9"
DECISION = ("--reason", "looked at it", "--by", "a.editor")
# Verbs that only ask, or decide on what is there: in a home that is not there they have nothing to do.
READING = [
    ("status",), ("alerts",), ("quarantine",), ("trace", "m", "2024-01", "CA"), ("as-of", "2024-01-01"),
    ("revisions", CBP), ("serve", "--port", "0"), ("accept", "r", *DECISION), ("reject", "r", *DECISION), ("retry", CBP),
]  # fmt: skip


def roxham(home: Home, *arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, ["--home", str(home.root), *arguments], env=environment)


@pytest.fixture
def folder(tmp_path: Path) -> ReleasesFolder:
    """One release that nobody can read."""
    broken = csv_file("x," * 10 + "1", header=AOR_HEADER.replace("Component,", ""))
    return ReleasesFolder(tmp_path / "releases").add(CBP, "2023-12", BROKEN, broken)


@pytest.fixture
def waiting(home: Home, folder: ReleasesFolder) -> Home:
    """A home in which that release waits."""
    result = roxham(home, "replay", "--releases", str(folder.root), "--no-build")
    assert result.exit_code == 3, result.output
    return home


@pytest.mark.parametrize("arguments", READING, ids=lambda each: each[0])
def test_a_mistyped_home_is_said_and_nothing_is_made_of_it(home: Home, arguments: tuple[str, ...]) -> None:
    result = roxham(home, *arguments)
    assert result.exit_code == 1 and f"there is no home in {home.root}" in result.stderr
    assert not home.root.exists()


def test_a_replay_of_a_mistyped_or_empty_folder_is_wrong_usage(home: Home, tmp_path: Path) -> None:
    """It ended with 0 and "files: none"."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "other" / "thing" / "2024").mkdir(parents=True)
    (tmp_path / "other" / "thing" / "2024" / "a.csv").write_text("a")
    for name, words in (("nothing", "does not exist"), ("empty", "holds nothing"), ("other", "holds nothing")):
        result = roxham(home, "replay", "--releases", str(tmp_path / name))
        assert result.exit_code == 2 and words in result.stderr
    assert not home.root.exists()


def test_a_file_that_is_set_aside_waits_for_a_person_and_every_folder_is_looked_at(home: Home, tmp_path: Path) -> None:
    """Another of the agency's documents beside the releases ended with code 0, named nowhere."""
    drugs = csv_file("2024,OCT,Marijuana,3", header="FY,Month,Drug Type,Count of Event")
    one = ReleasesFolder(tmp_path / "one").add(CBP, "2024-10", "nationwide-drugs-fy21-fy24.csv", drugs)
    two = ReleasesFolder(tmp_path / "two").add("thing", "2024-10", "a.csv", "a")
    mistyped = roxham(home, "replay", "--releases", str(one.root), "--releases", str(two.root))
    assert mistyped.exit_code == 2 and f"{two.root} holds nothing" in mistyped.stderr.replace("\n", " ")
    two.add(CBP, "2024-11", "nationwide-drugs-fy22-fy25.csv", drugs.replace(",3", ",4"))
    done = roxham(home, "replay", "--releases", str(one.root), "--releases", str(two.root), "--no-build")
    assert done.exit_code == 3 and "2 set_aside" in done.stderr
    listed = roxham(home, "quarantine")
    assert listed.exit_code == 3 and listed.stdout.count("set aside cbp_nationwide_encounters@") == 2
    assert listed.stdout.count(f"retry {CBP}") == listed.stdout.count("reject ") == 2 and "accept" not in listed.stdout


def test_what_waits_is_told_by_the_codes_of_every_verb_that_meets_it(waiting: Home, folder: ReleasesFolder) -> None:
    [name] = [each["name"] for each in json.loads(roxham(waiting, "quarantine", "--json").stdout)]
    listed = roxham(waiting, "quarantine")
    assert listed.exit_code == 3 and f"reject {name}" in listed.stdout and "missing Component" in listed.stdout
    file = str(folder.root / CBP / "2023-12" / BROKEN)
    assert roxham(waiting, "check", file, "--source", CBP).exit_code == 3
    assert roxham(waiting, "retry", CBP).exit_code == 3
    assert roxham(waiting, "accept", name, *DECISION).exit_code == 3
    assert roxham(waiting, "accept", "no-such-release", *DECISION).exit_code == 1
    assert roxham(waiting, "reject", name).exit_code == 2
    assert roxham(waiting, "reject", name, *DECISION).exit_code == 0
    assert roxham(waiting, "quarantine").exit_code == 0
    assert "nothing of" in roxham(waiting, "retry", CBP).stdout


def test_a_monitor_asks_by_state_and_by_severity(waiting: Home) -> None:
    assert roxham(waiting, "status").exit_code == roxham(waiting, "alerts").exit_code == 0
    assert roxham(waiting, "status", "--fail-on", "late,failing").exit_code == 3
    assert roxham(waiting, "status", "--fail-on", "late").exit_code == 0
    assert roxham(waiting, "status", "--fail-on", "failed").exit_code == 2
    assert roxham(waiting, "alerts", "--fail-on", "critical").exit_code == 3
    assert roxham(waiting, "alerts", "--fail-on", "warning", "--json").exit_code == 0, "the one open alert is critical"
    shown = roxham(waiting, "status").stdout
    assert f"structure_changed ({CBP})" in shown and "not_collected" in shown


def test_with_nothing_accepted_there_is_nothing_to_build_and_nothing_to_publish(home: Home) -> None:
    assert roxham(home, "build").exit_code == roxham(home, "publish").exit_code == 1
    assert roxham(home, "as-of", "2024-01-01").exit_code == roxham(home, "serve", "--port", "0").exit_code == 1


def test_wrong_usage_is_two_and_what_asks_nobody_is_zero(home: Home) -> None:
    assert roxham(home, "sources").exit_code == roxham(home, "--help").exit_code == 0
    assert roxham(home, "fetch", "atlantis").exit_code == roxham(home, "no-such-verb").exit_code == 2
    assert not home.root.exists()


def test_a_morning_without_network_is_one_line_and_exit_code_1(home: Home) -> None:
    """Eleven sources said eleven times that a name could not be resolved."""
    sources = ("uk_small_boats", "uk_small_boats_page", "usbp_apprehensions_page", CBP)
    assert len(sources) > ONE_TROUBLE
    with quick_agency(NOBODY, Limits(connect_seconds=1, read_seconds=1, retries=0, backoff_seconds=0, pause_seconds=0)):
        result = roxham(home, "fetch", *sources, ROXHAM_NOW="2024-02-01")
        single = roxham(home, "fetch", CBP, ROXHAM_NOW="2024-02-01")
    assert result.exit_code == single.exit_code == 1
    [line] = result.stdout.splitlines()
    assert line.startswith(f"FAILED nothing of {len(sources)} sources could be reached (uk_small_boats, ")
    assert "network" in line
    assert single.stdout.startswith(f"{CBP}: ")
    assert summaries([]) == []


def test_airflows_own_exit_code_is_kept(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        asked.append((command[3:], options["env"]["ROXHAM_HOME"]))
        return subprocess.CompletedProcess(command, 4)

    monkeypatch.setattr(subprocess, "run", run)
    assert roxham(home, "airflow", "dags", "list", "--output", "json").exit_code == 4
    assert asked == [(["dags", "list", "--output", "json"], str(home.root))]


@pytest.mark.slow
@pytest.mark.xdist_group("sample")
def test_over_a_published_build_everything_is_done_and_nothing_new_is_said_to_be_so(
    sample_home: Home, tmp_path: Path, folder: ReleasesFolder
) -> None:
    home = copied(sample_home, tmp_path / "copy")
    for arguments in (
        ("trace", "ca_rcmp_interceptions", "2023-01", "CA"), ("as-of", "2023-03-24"), ("revisions", CBP), ("status",),
        ("alerts", "--fail-on", "critical"), ("quarantine",), ("status", "--fail-on", "failing,late,frozen"),
    ):  # fmt: skip
        result = roxham(home, *arguments)
        assert result.exit_code == 0, f"{arguments}: {result.output}"
    assert roxham(home, "build").stdout == "unchanged\n"
    said = roxham(home, "publish")
    assert said.exit_code == 0 and said.stdout.startswith("nothing new to publish: ")
    assert roxham(home, "trace", "ca_rcmp_interceptions", "1999-01", "CA").exit_code == 1
    good = folder.root / CBP / "2023-11" / GOOD
    folder.add(CBP, "2023-11", GOOD, csv_file(state_line()))
    assert roxham(home, "check", str(good), "--source", CBP).exit_code in (0, 3)
