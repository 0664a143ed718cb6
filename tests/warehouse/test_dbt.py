"""Whose fault a failed model or test is: one source's rows, or the build as a whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.core.home import Home
from warehouse import dbt

CBP, IRCC = "cbp_nationwide_encounters", "ircc_rcmp_interceptions"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A candidate with two sources' staging views, of which one cannot be read to its end, and a fact of both."""
    home = Home(tmp_path)
    home.candidate.mkdir()
    (home.dbt / dbt.TESTS).mkdir(parents=True)
    (home.dbt / "target").mkdir()
    with duckdb.connect(str(home.candidate_warehouse)) as connection:
        connection.execute("create schema staging; create schema marts")
        connection.execute("create table printed as select 'a number' as printed")
        connection.execute(f"create view staging.stg_{CBP} as select 1 as value")
        connection.execute(f"create view staging.stg_{IRCC} as select cast(printed as integer) as value from printed")
        connection.execute("create table marts.dim_measure as select 'encounters' as measure_id, ? as source_id", [CBP])
        connection.execute("insert into marts.dim_measure values ('interceptions', ?)", [IRCC])
        connection.execute(
            "create table marts.fct as select * from (values ('encounters', 1), ('interceptions', 2), ('interceptions', 3),"
            " (null, 4)) as rows (measure_id, value)"
        )
    nodes = {
        f"model.roxham.stg_{source}": {
            "resource_type": "model", "name": f"stg_{source}", "schema": "staging",
            "fqn": ["roxham", "staging", source, f"stg_{source}"],
        }
        for source in (CBP, IRCC)
    }  # fmt: skip
    (home.dbt / "target" / "manifest.json").write_text(json.dumps({"nodes": nodes}))
    return home


def test_a_model_that_fails_over_one_sources_rows_is_that_sources(home: Home) -> None:
    """A staging model is a view: the cell that it cannot read breaks a model in which all sources stand together."""
    [blamed] = dbt.blamed_sources(home)
    assert blamed.source_id == IRCC and blamed.blocks
    assert "Conversion Error" in (blamed.observed or "") and "a number" in (blamed.observed or "")


def test_without_a_candidate_nobody_is_blamed(home: Home) -> None:
    home.candidate_warehouse.unlink()
    assert dbt.blamed_sources(home) == []


def failed_test(home: Home, query: str, **node: Any) -> list[tuple[str | None, str | None]]:
    """Source and observed of each result of one failing test."""
    content = {"resource_type": "test", "name": "t", "config": {}, "depends_on": {"nodes": []}, **node}
    result = {"unique_id": "t", "status": "fail", "failures": 3, "compiled_code": query}
    models = json.loads((home.dbt / "target" / "manifest.json").read_text())["nodes"]
    (home.dbt / dbt.TESTS / "manifest.json").write_text(json.dumps({"nodes": {**models, "t": content}}))
    (home.dbt / dbt.TESTS / "run_results.json").write_text(json.dumps({"results": [result]}))
    results = dbt.test_results(home)
    assert all(each.blocks for each in results)
    return [(each.source_id, each.observed) for each in results]


def test_failing_rows_that_name_their_measure_are_told_source_by_source(home: Home) -> None:
    query = "-- a comment first\nselect measure_id from marts.fct where measure_id is not null"
    assert failed_test(home, query) == [(CBP, "1 rows"), (IRCC, "2 rows")]


@pytest.mark.parametrize(
    ("query", "node"),
    [
        ("select measure_id from marts.fct", {}),
        ("select value from marts.fct", {}),
        ("select measure_id from marts.fct where value < 4", {"test_metadata": {"name": "unique_combination"}}),
        ("select measure_id from marts.fct where value < 4", {"name": "no_fact_adds_up_unlike_measures"}),
    ],
)
def test_what_is_wrong_with_the_build_as_a_whole_is_nobodys(home: Home, query: str, node: dict[str, Any]) -> None:
    assert failed_test(home, query, **node) == [(None, "3 rows")]


def test_a_test_of_one_sources_staging_is_that_sources_whatever_its_rows_say(home: Home) -> None:
    on = {"depends_on": {"nodes": [f"model.roxham.stg_{IRCC}"]}}
    assert failed_test(home, "select value from marts.fct", **on) == [(IRCC, "3 rows")]
