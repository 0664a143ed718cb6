"""The runner: severities gate, broken checks are told as such, results repeat byte for byte, files are left alone."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys

import duckdb
import pytest

from expectations import cbp_nationwide_encounters, runner
from expectations.checks import Asset, Check, expected, none_found
from ingest.catalog.source import load_sources
from ingest.core.records import CheckResult
from tests.support.small_loads import CBP, SmallRelease, cbp_tables, write_load


@pytest.fixture
def load(tmp_path):
    """A small sound load."""
    releases = [SmallRelease("this", "2023-12-15", cbp_tables(), state="pending")]
    return write_load(tmp_path / "load.duckdb", CBP, releases)


SUBJECT = runner.Subject("load", CBP, "this")
NUMBERS = "select unnest([1, 2, 3]) as number"


def finding(severity):
    """A check that finds something."""
    findings = "select 'number ' || number as observed from {batch} where number > 1"
    return none_found(f"a_{severity}", severity, "figures", findings, "because", limit="1")


@pytest.mark.parametrize(("severity", "blocks"), [("critical", True), ("warning", False), ("info", False)])
def test_only_a_failed_critical_check_blocks(load, severity, blocks):
    [result] = runner.run(load, [Asset("numbers", NUMBERS, [finding(severity)])], SUBJECT)
    assert result == CheckResult(
        f"a_{severity}", severity, False, "number 2; number 3", "1", "because", CBP, "this", "load", "figures", True
    )
    assert runner.blocks([result]) is blocks


def test_a_check_that_cannot_be_evaluated_is_a_bug_of_ours_and_blocks(load):
    checks = [
        none_found("sound", "warning", "figures", "select '' as observed from {batch} where false", "because"),
        none_found("misspelt", "warning", "figures", "select no_such_column as observed from {batch}", "because"),
        Check("misnamed", "info", "figures", "because", "ExpectNothingThatExists"),
    ]
    numbers = Asset("numbers", NUMBERS, checks[:2])
    unreadable = Asset("unreadable", "select * from raw.no_such_table", [checks[0]])
    results = runner.run(load, [numbers, unreadable, Asset("odd", NUMBERS, checks[2:])], SUBJECT)
    assert [result.check for result in results] == [
        "sound", "broken_check:misspelt", "broken_check:sound", "broken_check:misnamed",
    ]  # fmt: skip
    for broken in results[1:]:
        assert broken.severity == "critical"
        assert broken.blocks
        assert "a bug in Roxham" in broken.reason
        assert "because" not in broken.reason.split(":")[0]
    assert "no_such_column" in (results[1].observed or "")


def test_a_source_without_a_suite_and_a_missing_limit_are_broken_checks(load):
    source = load_sources()[CBP]
    nameless = source.model_copy(update={"id": "source_without_suite"})
    [result] = runner.validate_load(load, nameless, "this")
    assert (result.check, result.blocks) == ("broken_check:suite", True)
    limitless = source.model_copy(update={"assertions": ()})
    [result] = runner.validate_load(load, limitless, "this")
    assert (result.check, result.blocks) == ("broken_check:suite", True)
    assert "rows_against_last_release_min_share" in (result.observed or "")


def test_the_same_load_gives_the_same_bytes_twice_and_is_not_touched(load, tmp_path):
    digest = hashlib.sha256(load.read_bytes()).hexdigest()
    source = load_sources()[CBP]
    first, second = (runner.results_json(runner.validate_load(load, source, "this")) for _ in range(2))
    assert first == second
    assert hashlib.sha256(load.read_bytes()).hexdigest() == digest
    assert list(tmp_path.iterdir()) == [load]
    duckdb.connect(str(load)).close()  # nobody holds the file any more, so it can be written again
    told = json.loads(first)
    assert told["summary"]["blocks"] is False
    assert {"check", "severity", "success", "observed", "limit", "reason"} <= set(told["results"][0])
    assert "gx_" not in first
    assert str(tmp_path) not in first


def test_an_expectation_of_great_expectations_own_decides_and_the_findings_only_say_what_failed(load):
    """Its rows are those asked for; without findings it is told as Great Expectations tells it."""
    rows = "select number, number < 3 as is_new from (select unnest([1, 2, 3]) as number)"
    few = ("a", "warning", "completeness", "ExpectColumnUniqueValueCountToBeBetween")
    checks = [
        expected(*few, {"column": "number", "min_value": 3}, "because"),
        expected(*few, {"column": "number", "min_value": 3}, "because", rows={}),
        expected(*few, {"column": "number", "min_value": 3}, "because", findings="select 'two: ' || sum(number) as "
                 "observed from {batch} where is_new"),
        expected("b", "critical", "structure", "ExpectColumnValuesToBeInSet", {"column": "number", "value_set": [1]},
                 "because"),
    ]  # fmt: skip
    results = runner.run(load, [Asset("rows", rows, checks)], SUBJECT)
    assert [(each.success, each.observed) for each in results] == [
        (False, "2"), (True, "none"), (False, "two: 3"), (False, "2"),
    ]  # fmt: skip
    assert [(each.about, each.overridable) for each in results[2:]] == [("completeness", True), ("structure", False)]


def test_many_findings_are_cut_short_with_their_number(load):
    check = none_found("many", "info", "figures", "select 'n' || number as observed from {batch}", "because")
    [result] = runner.run(load, [Asset("many", "select range as number from range(300)", [check])], SUBJECT)
    assert (result.observed or "").endswith("; and 292 more")


def test_every_check_of_a_load_has_a_name_of_its_own_a_reason_and_a_limit():
    assets = cbp_nationwide_encounters.suite("this", load_sources()[CBP])
    checks = [check for asset in assets for check in asset.checks]
    names = [check.name for check in checks]
    assert len(set(names)) == len(names)
    assert all(len(check.reason) > 30 and check.limit for check in checks)


def test_results_written_are_the_results_given(tmp_path):
    result = CheckResult("é", "warning", False, "2 < 3", None, "because")
    runner.write_results(tmp_path / "folder" / "marts.json", [result])
    written = json.loads((tmp_path / "folder" / "marts.json").read_text(encoding="utf-8"))
    assert written["results"] == [result.as_dict()]
    assert written["summary"] == {
        "blocks": False, "checks": 1, "failed": {"critical": 0, "info": 0, "warning": 1},
    }  # fmt: skip


def test_suites_can_be_read_without_importing_great_expectations():
    """The import costs seconds: never at the head of a DAG file or of the command line."""
    code = (
        "import sys; import expectations.runner, expectations.marts, expectations.cbp_nationwide_encounters, "
        "expectations.ircc_rcmp_interceptions; sys.exit('great_expectations' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
