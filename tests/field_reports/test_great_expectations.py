"""A check that breaks is told as ours, alone, and never as bad data of the agency."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from expectations import runner
from expectations.checks import Asset, Check, expected, none_found
from ingest.core.records import CheckResult
from monitoring.alerts import of_quarantine
from tests.monitoring.test_alerts import SOURCE, release
from tests.support.small_loads import CBP, SmallRelease, cbp_tables, write_load

SUBJECT = runner.Subject("load", CBP, "this")


@pytest.fixture
def load(tmp_path: Path) -> Path:
    """A small sound load."""
    return write_load(
        tmp_path / "load.duckdb", CBP, [SmallRelease("this", "2023-12-15", cbp_tables(), state="pending")]
    )


def test_a_check_that_cannot_be_evaluated_takes_no_other_of_its_batch_with_it(load: Path) -> None:
    """One metric that raised spilled its traceback over every expectation of the batch (great_expectations #10713)."""
    words = "select unnest(['many', 'few']) as figure, unnest([1, 2]) as line"
    column, number = {"column": "figure"}, {"min_value": 0, "max_value": 9}
    checks = [
        expected("there", "critical", "figures", "ExpectColumnValuesToNotBeNull", column, "because", rows={}),
        expected(
            "in_range", "critical", "figures", "ExpectColumnValuesToBeBetween", {**column, **number}, "because", rows={}
        ),
        none_found("counted", "critical", "figures", "select 'x' as observed from {batch} where line > 2", "because"),
        expected(
            "lines",
            "critical",
            "figures",
            "ExpectColumnValuesToBeBetween",
            {"column": "line", **number},
            "because",
            rows={},
        ),
        Check("misnamed", "info", "figures", "because", "ExpectNothingThatExists"),
    ]
    results = runner.run(load, [Asset("words", words, checks)], SUBJECT)
    assert [each.check for each in results if not each.success] == [
        "broken_check:in_range", "broken_check:misnamed",
    ]  # fmt: skip
    assert [each.check for each in results if each.success] == ["there", "counted", "lines"]


def test_a_batch_is_read_from_a_file_that_nobody_may_write(load: Path) -> None:
    """On a read-only database query assets failed (great_expectations #8325, #3835)."""
    load.chmod(0o444)
    before = hashlib.sha256(load.read_bytes()).hexdigest()
    check = none_found(
        "counted", "critical", "figures", "select 'x' as observed from {batch} where number > 1", "because"
    )
    [result] = runner.run(load, [Asset("numbers", "select unnest([1, 2]) as number", [check])], SUBJECT)
    assert (result.check, result.success, result.observed) == ("counted", False, "x")
    assert hashlib.sha256(load.read_bytes()).hexdigest() == before


def test_a_release_that_only_a_broken_check_keeps_out_is_told_as_a_fault_of_ours(load: Path) -> None:
    """A new version of a library made every expectation fail, and the data were blamed (great_expectations #10738)."""
    broken = none_found("misspelt", "warning", "figures", "select no_such_column as observed from {batch}", "because")
    [result] = runner.run(load, [Asset("numbers", "select 1 as number", [broken])], SUBJECT)
    assert (result.check, result.about, result.blocks) == ("broken_check:misspelt", "check", True)
    kept_out = release("quarantined")
    [finding] = of_quarantine(SOURCE, [kept_out], {kept_out.release_id: [result]})
    assert finding.alert == "load_quarantined"
    assert "Roxham's own code broke over it, and nothing is said about the file" in finding.what
    assert finding.where == (f"mend the code: the fault is Roxham's, not the agency's; then roxham retry {SOURCE}",)
    of_data = CheckResult("key_is_unique", "critical", False, "two", None, "because", SOURCE, kept_out.release_id)
    [both] = of_quarantine(SOURCE, [kept_out], {kept_out.release_id: [result, of_data]})
    assert "Roxham's own" not in both.what, "what else is wrong with it is not hidden behind our fault"
