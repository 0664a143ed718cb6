"""Runs dbt over the candidate in a process of its own, and reads its test results back as check results."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb

from ingest.catalog.source import load_sources
from ingest.core.builds import BuildError, SourceFailed
from ingest.core.home import REPOSITORY, Home
from ingest.core.records import CheckResult
from warehouse import observation_models

PROJECT = REPOSITORY / "dbt_project"
# Tests write beside the models' own target, whose compiled queries are still needed after them.
TESTS = "tests"
# Tests whose failure is wrong with the build as a whole, whoever's the rows are: keys, and unlike measures mixed.
WHOLE_BUILD = frozenset({"unique_combination", "unique", "no_fact_adds_up_unlike_measures"})
# How a failing row names its source, the first of these that it has.
SOURCE_OF_ROW = {
    "source_id": "failing.source_id",
    "measure_id": "(select max(source_id) from marts.dim_measure as known where known.measure_id = failing.measure_id)",
    "release_id": "nullif(split_part(failing.release_id, '@', 1), '')",
    "cell_id": "(select max(source_id) from marts.dim_measure as known "
    "where known.measure_id = split_part(failing.cell_id, '/', 1))",
    "cell_key": "(select max(source_id) from intermediate.int_cells as known where known.cell_key = failing.cell_key)",
}


def environment(home: Home, target: str = "target") -> dict[str, str]:
    """What dbt needs to know: the candidate's file, where to write, and to send nothing anywhere."""
    return {
        **os.environ,
        "ROXHAM_CANDIDATE": str(home.candidate_warehouse),
        "DO_NOT_TRACK": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "False",
        "DBT_TARGET_PATH": str(home.dbt / target),
        "DBT_LOG_PATH": str(home.dbt / "logs"),
        "DBT_PROFILES_DIR": str(PROJECT),
        "DBT_PROJECT_DIR": str(PROJECT),
    }


def run(home: Home, *arguments: str, target: str = "target") -> subprocess.CompletedProcess[str]:
    """Run one dbt command to its end."""
    home.dbt.mkdir(parents=True, exist_ok=True)
    command = [str(Path(sys.executable).with_name("dbt")), "--quiet", "--no-use-colors", *arguments]
    return subprocess.run(
        command, env=environment(home, target), cwd=PROJECT, capture_output=True, text=True, check=False
    )


def build_models(home: Home) -> None:
    """Seeds and models of the whole project on the candidate.

    Raises:
        SourceFailed: when a model fails for what single sources hold.
        BuildError: when a model fails otherwise; the message carries dbt's own words.
    """
    (home.candidate / "release.json").unlink(missing_ok=True)  # what is changed after its audit is audited again
    (home.dbt / "target" / "run_results.json").unlink(missing_ok=True)
    done = run(home, "build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
    if done.returncode != 0:
        message = f"dbt build failed; nothing was published, {home.current} is as it was.\n{_last_words(done)}"
        blamed = blamed_sources(home)
        raise SourceFailed(message, blamed) if blamed else BuildError(message)


def blamed_sources(home: Home) -> list[CheckResult]:
    """The sources for whose rows the last ``build_models`` failed, each with the error; none when it was not theirs.

    A staging model is a view, so a cell that it cannot read breaks some model after it, in which all sources stand
    together. Therefore each source's view is read to its end here, which a build that goes well need not do.
    """
    path = home.dbt / "target" / "manifest.json"
    nodes = json.loads(path.read_text())["nodes"].values() if path.exists() else []
    by_source = [(_staged_source(each), each) for each in nodes if each["resource_type"] == "model"]
    if not home.candidate_warehouse.exists():
        return []
    with duckdb.connect(str(home.candidate_warehouse), read_only=True) as connection:
        failed = [(source, node, _error_of(connection, node)) for source, node in by_source if source]
    return [_blamed(source, str(node["name"]), error) for source, node, error in failed if error]


def _staged_source(node: dict[str, Any]) -> str | None:
    """The source whose staging model a node is; None for the models in which sources stand together."""
    known = load_sources()
    return next((each for each in node.get("fqn", ())[1:-1] if each in known), None)


def _error_of(connection: duckdb.DuckDBPyConnection, node: dict[str, Any]) -> str | None:
    try:
        connection.execute(f"select max(hash(row_of)) from {node['schema']}.{node['name']} as row_of").fetchone()
    except duckdb.CatalogException:  # the build broke before the view was made: that says nothing of its rows
        return None
    except duckdb.Error as error:
        return str(error).strip().splitlines()[0]
    return None


def _blamed(source_id: str, model: str, error: str) -> CheckResult:
    return CheckResult(
        check=f"model_runs:{model}",
        severity="critical",
        success=False,
        observed=error,
        limit="no error",
        reason="the source's rows cannot be brought into the columns that all models share",
        source_id=source_id,
        stage="dbt",
        about="structure",
    )


def test_models(home: Home) -> None:
    """Run the data tests on the built models. A test that fails is a result, and the audit decides.

    Unit tests are of the code, not of a night's data; ``make test`` runs them.

    Raises:
        BuildError: when dbt could not run them.
    """
    _share_parsed_project(home)
    results = home.dbt / TESTS / "run_results.json"
    results.unlink(missing_ok=True)
    done = run(home, "test", "--exclude-resource-type", "unit_test", target=TESTS)
    if not results.exists():
        message = f"dbt test did not run; nothing was published, {home.current} is as it was.\n{_last_words(done)}"
        raise BuildError(message)


def _share_parsed_project(home: Home) -> None:
    """Spare the tests' target reading a hundred files that the models' target has just read; dbt checks each by hash."""
    parsed, wanted = (home.dbt / target / "partial_parse.msgpack" for target in ("target", TESTS))
    if parsed.exists() and not wanted.exists():
        wanted.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(parsed, wanted)


def _last_words(done: subprocess.CompletedProcess[str]) -> str:
    return "\n".join((done.stdout + done.stderr).strip().splitlines()[-30:])


def parse(home: Home) -> Path:
    """``dbt parse``: write the manifest from which Airflow shows every model; returns its path.

    Raises:
        BuildError: when the project does not parse.
    """
    observation_models.refresh()
    done = run(home, "parse")
    if done.returncode != 0:
        message = f"dbt parse failed:\n{done.stdout}{done.stderr}"
        raise BuildError(message)
    return home.dbt / "target" / "manifest.json"


def generate_docs(home: Home) -> None:
    """``dbt docs generate --static`` into the candidate's ``dbt_docs/``: one page that needs no network."""
    done = run(home, "docs", "generate", "--static", "--no-compile")
    page = home.dbt / "target" / "static_index.html"
    if done.returncode != 0 or not page.exists():
        message = f"dbt docs failed:\n{done.stdout}{done.stderr}"
        raise BuildError(message)
    (home.candidate / "dbt_docs").mkdir(exist_ok=True)
    (home.candidate / "dbt_docs" / "index.html").write_bytes(page.read_bytes())


def compiled_sql(home: Home, model: str) -> str:
    """A model's query as the last build ran it.

    Raises:
        BuildError: when the last build left no manifest, or compiled no such model.
    """
    path = home.dbt / "target" / "manifest.json"
    nodes = json.loads(path.read_text())["nodes"] if path.exists() else {}
    query = nodes.get(f"model.roxham.{model}", {}).get("compiled_code")
    if not query:
        message = f"dbt left no compiled query of {model} in {path}; build again, what is served is untouched"
        raise BuildError(message)
    return str(query)


def test_results(home: Home) -> list[CheckResult]:
    """The last ``test_models`` as check results; an error-severity test is critical, the others warn."""
    path = home.dbt / TESTS / "run_results.json"
    manifest = home.dbt / TESTS / "manifest.json"
    nodes = json.loads(manifest.read_text())["nodes"]
    results = []
    for result in json.loads(path.read_text())["results"]:
        node = nodes.get(result["unique_id"], {})
        if node.get("resource_type") == "test":
            results.extend(_by_source(home, nodes, result, _check_result(node, result)))
    return sorted(results, key=lambda each: (each.check, each.source_id or ""))


def _by_source(
    home: Home, nodes: dict[str, dict[str, Any]], result: dict[str, Any], whole: CheckResult
) -> list[CheckResult]:
    """A failed test as one result for each source whose rows fail, where every failing row names one.

    A repeated key and a sum of unlike measures are wrong with the build, whoever's the rows are.
    """
    node = nodes[result["unique_id"]]
    if whole.success or result["status"] != "fail" or _concerns_the_whole(node):
        return [whole]
    query = str(result.get("compiled_code") or node.get("compiled_code") or "").strip().rstrip(";")
    with duckdb.connect(str(home.candidate_warehouse), read_only=True) as connection:
        counted = _failing_rows(connection, query)
    if not counted or None in counted:
        staged = {_staged_source(nodes.get(each, {})) for each in node["depends_on"]["nodes"]}
        return [dataclasses.replace(whole, source_id=staged.pop() if len(staged) == 1 else None)]
    return [
        dataclasses.replace(whole, source_id=source, observed=f"{rows} rows")
        for source, rows in sorted(counted.items())
    ]


def _concerns_the_whole(node: dict[str, Any]) -> bool:
    generic = (node.get("test_metadata") or {}).get("name")
    return generic in WHOLE_BUILD or node["name"] in WHOLE_BUILD


def _failing_rows(connection: duckdb.DuckDBPyConnection, query: str) -> dict[Any, int]:
    """How many rows of a test's query belong to each source; empty when they do not say."""
    try:
        columns = {row[0] for row in connection.execute(f"describe select * from ({query}\n) as failing").fetchall()}
        sql = next((sql for column, sql in SOURCE_OF_ROW.items() if column in columns), None)
        if sql is None:
            return {}
        rows = connection.execute(f"select {sql}, count(*) from ({query}\n) as failing group by 1").fetchall()
    except duckdb.Error:
        return {}
    return dict(rows)


def _check_result(node: dict[str, object], result: dict[str, object]) -> CheckResult:
    config = node["config"]
    severe = isinstance(config, dict) and str(config.get("severity", "error")).lower() == "error"
    return CheckResult(
        check=str(node["name"]),
        severity="critical" if severe else "warning",
        success=result["status"] == "pass",
        observed=f"{result['failures']} rows" if result.get("failures") is not None else str(result["status"]),
        limit="0 rows",
        reason=str(node.get("description") or "a property that the models promise"),
        stage="dbt",
        about="structure",
    )
