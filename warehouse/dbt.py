"""Runs dbt over the candidate in a process of its own, and reads its test results back as check results."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from ingest.core.builds import BuildError
from ingest.core.home import REPOSITORY, Home
from ingest.core.records import CheckResult
from warehouse import observation_models

PROJECT = REPOSITORY / "dbt_project"
# Tests write beside the models' own target, whose compiled queries are still needed after them.
TESTS = "tests"


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
        BuildError: when a model fails; the message carries dbt's own words.
    """
    (home.candidate / "release.json").unlink(missing_ok=True)  # what is changed after its audit is audited again
    done = run(home, "build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
    if done.returncode != 0:
        message = f"dbt build failed; nothing was published, {home.current} is as it was.\n{_last_words(done)}"
        raise BuildError(message)


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
            results.append(_check_result(node, result))
    return sorted(results, key=lambda each: each.check)


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
