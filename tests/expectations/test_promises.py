"""What a release promises and does not bring is told: files, the month of its name, labels; an older file is refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from expectations import promises, runner
from ingest.catalog.source import load_sources
from ingest.core.records import CheckResult
from tests.support.small_loads import (
    CBP,
    MONTHS,
    RCMP,
    SmallRelease,
    cbp_load,
    cbp_tables,
    page,
    rcmp_load,
    write_load,
)

pytestmark = pytest.mark.slow


def promised(load: Path, source_id: str, release: str = "this") -> dict[str, CheckResult]:
    source = load_sources()[source_id]
    results = runner.run(load, promises.assets(release, source), runner.Subject("load", source_id, release))
    return {each.check: each for each in results}


def named(load: Path, sha256: str, file_name: str) -> None:
    with duckdb.connect(str(load)) as connection:
        connection.execute("update raw.release_files set file_name = ? where sha256 = ?", [file_name, sha256])


def two_releases(path: Path, last: tuple[int, str], before: tuple[int, str]) -> Path:
    month = dt.date(before[0] - (before[1] in MONTHS[:3]), (MONTHS.index(before[1]) + 9) % 12 + 1, 1)
    return write_load(
        path / "load.duckdb", CBP,
        [
            SmallRelease("before", "2024-05-31", cbp_tables(last=before), last_month=month.isoformat()),
            SmallRelease("this", "2024-06-30", cbp_tables(last=last), state="pending", order=2),
        ],
    )  # fmt: skip


def test_a_missing_cut_is_told(tmp_path: Path) -> None:
    """CBP's area-of-responsibility cut, with Swanton, is in none of the six releases held after November 2023."""
    load = write_load(
        tmp_path / "load.duckdb", CBP,
        [SmallRelease("this", "2024-06-30", {"state": cbp_tables()["state"]}, state="pending")],
    )  # fmt: skip
    told = promised(load, CBP)["every_file_came"]
    assert not told.success and (told.severity, told.about) == ("warning", "completeness")
    assert "no aor file" in (told.observed or "") and "Swanton" in (told.observed or "")


def test_a_check_that_compared_nothing_has_not_passed(tmp_path: Path) -> None:
    """`both_cuts_agree` passed over six releases with one cut only."""
    results = cbp_load(tmp_path, tables={"state": cbp_tables()["state"]}, before=None, only=("both_cuts_agree",))
    told = results["both_cuts_agree"]
    assert (told.success, told.severity, told.about) == (False, "warning", "completeness")
    assert told.observed == "nothing to compare"


def test_a_file_that_ends_before_the_month_of_its_name_is_told(tmp_path: Path) -> None:
    """A file named …-fy21-fy24-may-state.csv ended in April, and nothing was said."""
    load = two_releases(tmp_path, last=(2024, "APR"), before=(2024, "APR"))
    named(load, "this-state", "nationwide-encounters-fy21-fy24-may-state.csv")
    named(load, "this-aor", "nationwide-encounters-fy21-fy24-apr-aor_0.csv")
    results = promised(load, CBP)
    told = results["month_of_its_name_came"]
    assert not told.success and told.severity == "warning"
    assert told.observed == (
        "nationwide-encounters-fy21-fy24-may-state.csv is named for 2024-05, its last month is 2024-04"
    )
    assert results["no_older_file_under_a_new_name"].success


@pytest.mark.parametrize(
    ("file_name", "last"),
    [
        ("nationwide-encounters-fy21-fy24-oct-state.csv", (2024, "OCT")),
        ("nationwide-encounters-fy20-fy23-state_0.csv", (2023, "SEP")),
    ],
)
def test_a_file_that_keeps_its_names_promise_passes(tmp_path: Path, file_name: str, last: tuple[int, str]) -> None:
    load = two_releases(tmp_path, last=last, before=last)
    named(load, "this-state", file_name)
    results = promised(load, CBP)
    assert all(each.success for each in results.values()), results


def test_an_older_file_under_a_new_name_is_refused(tmp_path: Path) -> None:
    """The closed years' file served as the newest one took the revisions of 881 cells back."""
    load = two_releases(tmp_path, last=(2023, "SEP"), before=(2024, "APR"))
    named(load, "this-state", "nationwide-encounters-fy21-fy24-may-state.csv")
    told = promised(load, CBP)["no_older_file_under_a_new_name"]
    assert told.blocks and told.overridable and "2024-04 was reached before" in (told.observed or "")


def old_bytes_again(path: Path, file_names: str) -> CheckResult:
    """A release whose file another one brought before the newest; ``file_names`` is SQL for what its files are called."""
    tables = cbp_tables(last=(2023, "SEP"))
    old = {"state": [{**row, "_sha256": "old"} for row in tables["state"]]}
    load = write_load(
        path / "load.duckdb", CBP,
        [
            SmallRelease("old", "2023-11-07", old, last_month="2023-09-01"),
            SmallRelease("newer", "2023-12-15", cbp_tables(last=(2023, "SEP")), order=2, last_month="2023-09-01"),
            SmallRelease("this", "2024-06-30", old, state="pending", order=3),
        ],
    )  # fmt: skip
    with duckdb.connect(str(load)) as connection:
        connection.execute(f"update raw.release_files set file_name = {file_names}")
    return promised(load, CBP)["no_older_file_under_a_new_name"]


def test_bytes_that_an_earlier_release_brought_are_no_new_file(tmp_path: Path) -> None:
    told = old_bytes_again(tmp_path, "case when release_id = 'this' then 'another-state.csv' else file_name end")
    assert told.blocks and "the same bytes are held of old as old.csv" in (told.observed or "")


def test_bytes_that_had_given_way_to_others_of_the_same_name_are_no_new_file(tmp_path: Path) -> None:
    """A year page has one name for years: the page of September came again in December, and took its revisions back."""
    told = old_bytes_again(
        tmp_path, "case when release_id = 'newer' and sha256 like '%aor' then file_name else 'x.csv' end"
    )
    assert told.blocks and told.overridable and "the same bytes are held of old as x.csv" in (told.observed or "")


def test_a_file_that_stays_as_it_is_beside_a_new_one_is_no_older_file(tmp_path: Path) -> None:
    assert old_bytes_again(tmp_path, "file_name").success


def test_a_total_column_that_is_gone_is_told(tmp_path: Path) -> None:
    rows = [row for row in page(2022) if row["column_label"] != "Total" or row["caption"] != "RCMP Interceptions"]
    results = rcmp_load(tmp_path, rows)
    [told] = [each for name, each in results.items() if name.startswith("label_is_there")]
    assert not told.success and told.severity == "warning" and "RCMP Interceptions" in (told.observed or "")
    assert told.source_id == RCMP


def test_every_column_and_pattern_that_is_expected_can_be_looked_at() -> None:
    for source in load_sources().values():
        assert promises.assets("none", source)
