"""Every file of this folder is refused by the check that the index names, in the words that the index quotes."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import importlib
from pathlib import Path

import pytest

from expectations import runner
from ingest.catalog.source import Source, load_sources
from ingest.core.clock import FixedClock
from ingest.core.home import Home
from ingest.core.records import CheckResult
from ingest.releases.intake import Validate, inspect

HERE = Path(__file__).resolve().parent
# Not shaped as it should be, or not known at all: the latter waits set aside.
KEPT_OUT = frozenset({"quarantined", "set_aside"})
TODAY = FixedClock.on(dt.date(2024, 5, 22))
INDEX = list(csv.DictReader((HERE / "index.csv").open(encoding="utf-8", newline="")))
# Structure is seen by the parser; everything else needs Great Expectations, which takes seconds to import.
OF_PARSER = frozenset({"structure", "known_file"})
BY_PARSER = [case for case in INDEX if case["check"] in OF_PARSER]
BY_SUITE = [case for case in INDEX if case["check"] not in OF_PARSER]


def case_id(case: dict[str, str]) -> str:
    return f"{case['source']}/{case['case']}"


def look_at(home: Home, case: dict[str, str], validate: object) -> list[CheckResult]:
    [file] = (HERE / case["source"] / case["case"]).iterdir()
    outcome = inspect(home, load_sources()[case["source"]], file, TODAY, validate)  # type: ignore[arg-type]
    assert outcome.release.state in KEPT_OUT
    return [check for check in outcome.checks if check.blocks]


def assert_refused(found: list[CheckResult], case: dict[str, str]) -> None:
    said = {check.check: check.observed or "" for check in found}
    assert case["words"] in said.get(case["check"], ""), said


def must_not_be_asked(warehouse: Path, source: Source, release_id: str) -> list[CheckResult]:
    raise AssertionError("the parser should have refused the file")


def test_every_folder_is_in_the_index_and_every_line_has_its_folder() -> None:
    folders = {
        f"{each.parent.name}/{each.name}" for each in HERE.glob("*/*") if each.is_dir() and "_" in each.parent.name
    }
    assert folders == {case_id(case) for case in INDEX}


@pytest.mark.parametrize("case", BY_PARSER, ids=case_id)
def test_a_file_of_a_wrong_shape_is_refused_by_its_parser(home: Home, case: dict[str, str]) -> None:
    assert_refused(look_at(home, case, must_not_be_asked), case)


def only(check: str) -> Validate:
    """The source's suite, but of it the named check alone: a case is about one check, and a suite has dozens."""

    def validate(warehouse: Path, source: Source, release_id: str) -> list[CheckResult]:
        suite = importlib.import_module(f"expectations.{source.id}").suite
        kept = [
            dataclasses.replace(asset, checks=[each for each in asset.checks if each.name == check])
            for asset in suite(release_id, source)
        ]
        return runner.run(
            warehouse, [asset for asset in kept if asset.checks], runner.Subject("load", source.id, release_id)
        )

    return validate


@pytest.mark.slow
@pytest.mark.parametrize("case", BY_SUITE, ids=case_id)
def test_a_file_with_wrong_content_is_refused_by_its_suite(home: Home, case: dict[str, str]) -> None:
    assert_refused(look_at(home, case, only(case["check"])), case)
