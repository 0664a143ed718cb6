"""One real scheduler: pages appear, watchers fire, ingest emits events, one build publishes; then silence."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from ingest.core.builds import current
from ingest.core.home import Home
from orchestration import tasks
from orchestration.dbt_group import ensure_manifest
from orchestration.local.airflow import LocalAirflow
from orchestration.local.client import FINISHED, AirflowClient
from orchestration.local.run import BUILD
from orchestration.run_mode import RunMode, offered_sources
from sandbox import Sandbox
from tests.support.builds import small_sample

RCMP, CBP = "ircc_rcmp_interceptions", "cbp_nationwide_encounters"
BEFORE, DAY = "2016-01-01", "2024-11-30"
RCMP_DAG, CBP_DAG = tasks.ingest_dag_id(RCMP), tasks.ingest_dag_id(CBP)


def wait_for(what: str, condition: Callable[[], Any], airflow: LocalAirflow, seconds: float = 600) -> Any:
    deadline = time.monotonic() + seconds
    while True:
        airflow.require_alive()
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, f"in vain: {what}"
        time.sleep(1)


def finished(client: AirflowClient, dag_id: str) -> list[dict[str, Any]]:
    return [run for run in client.runs(dag_id) if run["state"] in FINISHED]


def a_night(airflow: LocalAirflow, dag_id: str) -> dict[str, Any]:
    """What the nightly cron does, to its end."""
    run_id = airflow.client.trigger(dag_id)
    return airflow.client.wait_for_run(dag_id, run_id, time.monotonic() + 120)


def release_events(client: AirflowClient, dag_id: str) -> list[dict[str, Any]]:
    return client.asset_events(source_dag_id=dag_id)


def builds_when_all_is_quiet(client: AirflowClient) -> list[dict[str, Any]]:
    """Every build, once no event waits for one and none is under way; nothing before that."""
    if client.queued_events(BUILD):
        return []
    runs = client.runs(BUILD)
    return runs if all(run["state"] in FINISHED for run in runs) else []


def states(client: AirflowClient, dag_id: str, run_id: str) -> dict[str, str]:
    return {task: facts["state"] for task, facts in client.tasks(dag_id, run_id).items()}


def start(home: Home, sandbox: Sandbox, dag_ids: list[str]) -> LocalAirflow:
    environment = {
        "ROXHAM_AGENCY": sandbox.address,
        "ROXHAM_NOW": DAY,
        "ROXHAM_WATCH_SECONDS": "2",
        "ROXHAM_RETRY_SECONDS": "1",
    }
    return LocalAirflow(home, dag_ids, environment=environment)


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.xdist_group("airflow")
def test_changed_pages_become_one_build_and_the_next_night_is_quiet(home: Home) -> None:
    ensure_manifest(home)
    folder = small_sample(home.root / "sandbox" / "releases", sources={RCMP, CBP})
    dag_ids = RunMode("sample", home, folder, offered=offered_sources(folder)).dag_ids
    with Sandbox(folder, date=BEFORE) as sandbox:
        with start(home, sandbox, dag_ids) as airflow:
            client = airflow.client
            client.unpause(dag_ids)
            sandbox.set_date(DAY)
            build_id = the_night_of_the_change(airflow, home)
            the_quiet_night(airflow, home, build_id)
            sandbox.fault("status", host="www.cbp.gov", status=404)
            the_night_of_a_failure(airflow, home, build_id)
            runs = {dag_id: len(client.runs(dag_id)) for dag_id in (RCMP_DAG, CBP_DAG)}
        sandbox.clear()
        with start(home, sandbox, dag_ids) as airflow:
            time.sleep(8)  # several polls of the restarted watchers
            assert {dag_id: len(airflow.client.runs(dag_id)) for dag_id in runs} == runs


def the_night_of_the_change(airflow: LocalAirflow, home: Home) -> str:
    client = airflow.client
    for dag_id, source_id in ((RCMP_DAG, RCMP), (CBP_DAG, CBP)):
        [run] = wait_for(f"{dag_id} by its watcher", lambda dag_id=dag_id: finished(client, dag_id), airflow)
        assert (run["run_type"], run["state"]) == ("asset_triggered", "success")
        for event in release_events(client, dag_id):
            assert event["extra"]["release_id"].startswith(f"{source_id}@")
            assert event["extra"]["sha256s"] and event["extra"]["rows"] > 0
            assert event["extra"]["last_month"] >= event["extra"]["first_month"]
            assert event["extra"]["published_at"] <= DAY
    accepted = {each["extra"]["release_id"] for dag in (RCMP_DAG, CBP_DAG) for each in release_events(client, dag)}

    builds = wait_for("the build by the events", lambda: builds_when_all_is_quiet(client), airflow)
    ends = [states(client, BUILD, run["dag_run_id"]) for run in builds]
    [published_by] = [end for end in ends if end["publish"] == "success"]
    assert set(published_by.values()) == {"success"}
    assert "dbt.fct_crossings_monthly_run" in published_by
    # A second event that was queued meanwhile found nothing new: skipped, not failed, not published.
    assert all(end["publish"] == end["prepare_candidate"] == "skipped" for end in ends if end is not published_by)
    [told] = client.asset_events(source_dag_id=BUILD)
    published = current(home)
    assert published.sample
    assert told["extra"]["build_id"] == published.build_id
    assert published.releases == len(accepted)
    return published.build_id


def the_quiet_night(airflow: LocalAirflow, home: Home, build_id: str) -> None:
    client = airflow.client
    before = [len(release_events(client, dag)) for dag in (RCMP_DAG, CBP_DAG)], len(client.runs(BUILD))
    for dag_id in (RCMP_DAG, CBP_DAG):
        run = a_night(airflow, dag_id)
        assert run["state"] == "success"
        assert states(client, dag_id, run["dag_run_id"])["emit_events"] == "skipped"
    assert client.queued_events(BUILD) == 0
    assert ([len(release_events(client, dag)) for dag in (RCMP_DAG, CBP_DAG)], len(client.runs(BUILD))) == before
    assert current(home).build_id == build_id
    assert not (home.root / "messages.jsonl").exists()


def the_night_of_a_failure(airflow: LocalAirflow, home: Home, build_id: str) -> None:
    """One agency's page is gone: its run fails, the other source does not notice; the night ends with one message."""
    assert a_night(airflow, CBP_DAG)["state"] == "failed"
    assert a_night(airflow, RCMP_DAG)["state"] == "success"
    assert current(home).build_id == build_id
    assert not (home.root / "messages.jsonl").exists()
    # So that the change of state does not start a build under the next assertions.
    airflow.client.call("PATCH", f"dags/{BUILD}", json={"is_paused": True})
    for _ in range(2):
        assert a_night(airflow, "watch_freshness")["state"] == "success"
    [message] = (home.root / "messages.jsonl").read_text().splitlines()
    assert f"fetch_failed ({CBP})" in message and build_id in message
