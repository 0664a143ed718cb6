"""The DAG folder loads, is quick to load, and explains itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ingest.catalog.source import load_sources
from ingest.core.home import REPOSITORY, Home
from orchestration.airflow_settings import WATCHERS_POOL, WRITER_POOL, airflow_environment
from orchestration.dbt_group import PRODUCER, ensure_manifest, manifest_path
from orchestration.tasks import dag_ids, ingest_dag_id

SOURCES = sorted(load_sources())
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("dags")]


@pytest.fixture(scope="session")
def parsing_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("dags") / "home")
    ensure_manifest(home)
    return home


def parse(home: Home, folder: Path, **extra: str) -> dict[str, Any]:
    environment = airflow_environment(home, 1, folder, {"ROXHAM_WATCH_SECONDS": "900"} | extra)
    command = [sys.executable, "-m", "tests.dags.parsed", str(folder)]
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


@pytest.fixture(scope="session")
def parsed(parsing_home: Home) -> dict[str, Any]:
    return parse(parsing_home, REPOSITORY / "dags")


@pytest.fixture(scope="session")
def dags(parsed: dict[str, Any]) -> dict[str, Any]:
    return parsed["dags"]


def test_every_dag_file_loads(parsed: dict[str, Any]) -> None:
    assert parsed["import_errors"] == {}
    assert sorted(parsed["dags"]) == sorted(dag_ids())


def test_an_empty_folder_would_be_noticed(parsing_home: Home, tmp_path: Path) -> None:
    assert parse(parsing_home, tmp_path)["dags"] == {}


def test_every_source_yaml_has_its_ingest_dag(dags: dict[str, Any]) -> None:
    assert sorted(each for each in dags if each.startswith("ingest__")) == [ingest_dag_id(each) for each in SOURCES]


def test_parsing_imports_neither_great_expectations_nor_dbt(parsed: dict[str, Any]) -> None:
    assert parsed["heavy"] == []


def test_parsing_without_a_manifest_says_what_is_missing(tmp_path: Path) -> None:
    errors = parse(Home(tmp_path / "home"), REPOSITORY / "dags")["import_errors"]
    assert [Path(each).name for each in errors] == ["build_warehouse.py"]
    assert "manifest" in "".join(errors.values())


@pytest.mark.parametrize("dag_id", dag_ids())
def test_a_dag_tells_its_purpose_trigger_rerun_and_owner(dags: dict[str, Any], dag_id: str) -> None:
    for heading in ("### Purpose", "### Trigger", "### Re-run", "### Owner"):
        assert heading in dags[dag_id]["doc_md"]
    assert dags[dag_id]["owners"] == ["roxham"]
    assert "roxham" in dags[dag_id]["tags"] and len(dags[dag_id]["tags"]) > 1


@pytest.mark.parametrize("dag_id", dag_ids())
def test_a_dag_runs_once_at_a_time_and_does_not_catch_up(dags: dict[str, Any], dag_id: str) -> None:
    assert dags[dag_id]["max_active_runs"] == 1
    assert dags[dag_id]["catchup"] is False


@pytest.mark.parametrize("dag_id", dag_ids())
def test_every_task_that_runs_is_bounded_in_time(dags: dict[str, Any], dag_id: str) -> None:
    never_executed = {"source_is_well", f"dbt.{PRODUCER}_done"}
    unbounded = [name for name, task in dags[dag_id]["tasks"].items() if task["timeout"] is None]
    assert set(unbounded) <= never_executed


@pytest.mark.parametrize("source_id", SOURCES)
def test_ingest_fetches_then_processes_then_emits_events(dags: dict[str, Any], source_id: str) -> None:
    tasks = dags[ingest_dag_id(source_id)]["tasks"]
    assert tasks["fetch"]["upstream"] == []
    assert tasks["process_release"]["upstream"] == ["fetch"]
    assert tasks["emit_events"]["upstream"] == ["process_release"]
    assert tasks["source_is_well"]["upstream"] == ["emit_events", "fetch", "process_release"]
    assert tasks["fetch"]["tells"] and tasks["process_release"]["tells"]


@pytest.mark.parametrize("source_id", SOURCES)
def test_ingest_starts_nightly_and_by_its_page(dags: dict[str, Any], source_id: str) -> None:
    """It once asked only for the schedule's class: a DAG of another source's page passed."""
    dag = dags[ingest_dag_id(source_id)]
    page = load_sources()[source_id].resources.page_url
    assert dag["cron"] == "15 6 * * *"
    assert dag["assets"] == [f"roxham://page/{source_id}"] and dag["watchers"] == [f"watch__{source_id}"]
    assert page in dag["doc_md"]


def test_the_build_shows_every_model_of_the_manifest(dags: dict[str, Any], parsing_home: Home) -> None:
    nodes = json.loads(manifest_path(parsing_home).read_text())["nodes"].values()
    models = {node["name"] for node in nodes if node["resource_type"] == "model"}
    shown = {
        name.split(".")[1].removesuffix("_run") for name in dags["build_warehouse"]["tasks"] if name.startswith("dbt.")
    }
    assert len(models) > 5
    assert models <= shown


def test_the_build_goes_from_waiting_for_ingest_to_publication(dags: dict[str, Any]) -> None:
    tasks = dags["build_warehouse"]["tasks"]
    assert tasks["prepare_candidate"]["upstream"] == ["wait_for_ingest"]
    assert tasks[f"dbt.{PRODUCER}"]["upstream"] == ["prepare_candidate"]
    assert tasks["test_models"]["upstream"] == [f"dbt.{PRODUCER}"], "no watcher stands between it and the readers"
    assert tasks["audit_marts"]["upstream"] == ["test_models"]
    assert tasks["finish"]["upstream"] == ["audit_marts"]
    assert tasks["publish"]["upstream"] == ["finish"]
    assert tasks["publish"]["outlets"] == ["roxham/published"]


def test_only_writers_take_the_one_slot_and_watchers_never_do(dags: dict[str, Any]) -> None:
    """Watchers in the producer's pool can deadlock: they would hold the slot that it waits for."""
    tasks = dags["build_warehouse"]["tasks"]
    in_pool = {name for name, task in tasks.items() if task["pool"] == WRITER_POOL}
    assert in_pool == {"prepare_candidate", f"dbt.{PRODUCER}", "test_models", "audit_marts", "finish", "publish"}
    watching = {name for name, task in tasks.items() if task["pool"] == WATCHERS_POOL}
    assert watching == {name for name in tasks if name.startswith("dbt.")} - in_pool - {f"dbt.{PRODUCER}_done"}


def test_no_watcher_of_a_model_may_write_itself(dags: dict[str, Any]) -> None:
    """cosmos lets a watcher run its model when the producer has failed: a second writer on half a candidate."""
    tasks = dags["build_warehouse"]["tasks"]
    watchers = {
        name: task for name, task in tasks.items() if name.startswith("dbt.") and not name.startswith(f"dbt.{PRODUCER}")
    }
    assert watchers
    assert all(task["own_fallback"] for task in watchers.values())
    assert all(task["retries"] == 0 for task in watchers.values())


def test_a_failed_build_is_one_message(dags: dict[str, Any]) -> None:
    tasks = dags["build_warehouse"]["tasks"]
    telling = {name for name, task in tasks.items() if task["tells"]}
    assert telling == {
        "wait_for_ingest",
        "prepare_candidate",
        f"dbt.{PRODUCER}",
        "test_models",
        "audit_marts",
        "finish",
        "publish",
    }


def test_quarantine_and_audit_are_not_tried_again(dags: dict[str, Any]) -> None:
    assert dags["build_warehouse"]["tasks"]["audit_marts"]["retries"] == 0
    assert dags["build_warehouse"]["tasks"][f"dbt.{PRODUCER}"]["retries"] == 0


def test_freshness_has_a_schedule_of_its_own(dags: dict[str, Any]) -> None:
    assert "Cron" in dags["watch_freshness"]["schedule"]
    assert "Asset" not in dags["watch_freshness"]["schedule"]


def test_a_watcher_looks_at_each_sources_page_and_can_be_turned_off(
    parsing_home: Home, parsed: dict[str, Any], dags: dict[str, Any]
) -> None:
    quiet = parse(parsing_home, REPOSITORY / "dags", ROXHAM_WATCH_SECONDS="0")
    assert quiet["import_errors"] == {}
    assert all(not dag["watchers"] for dag in quiet["dags"].values())
    assert {dag_id: dag["watchers"] for dag_id, dag in dags.items() if dag["watchers"]} == {
        ingest_dag_id(each): [f"watch__{each}"] for each in SOURCES
    }
