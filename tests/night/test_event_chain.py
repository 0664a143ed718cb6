"""One real scheduler: a page appears, its watcher fires, ingest announces, the build publishes; then silence."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from ingest.build import current_inputs
from ingest.home import Home
from ingest.publish import current
from night import nightly
from night.airflow_client import FINISHED, AirflowClient
from night.dbt_tasks import ensure_manifest
from night.local_airflow import LocalAirflow
from night.run import BUILD
from sandbox import Sandbox
from sandbox.sample import lay_out

RCMP, CBP = "ircc_rcmp_interceptions", "cbp_nationwide_encounters"
BEFORE, FIRST = "2017-01-01", "2017-03-21"
RCMP_DAG, CBP_DAG = nightly.ingest_dag_id(RCMP), nightly.ingest_dag_id(CBP)


def wait_for(what: str, condition: Callable[[], Any], airflow: LocalAirflow, seconds: float = 240) -> Any:
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


def release_events(client: AirflowClient) -> list[dict[str, Any]]:
    return client.asset_events(source_dag_id=RCMP_DAG)


def start(home: Home, sandbox: Sandbox) -> LocalAirflow:
    environment = {
        "ROXHAM_AGENCY": sandbox.address,
        "ROXHAM_NOW": FIRST,
        "ROXHAM_WATCH_SECONDS": "2",
        "ROXHAM_RETRY_SECONDS": "1",
    }
    return LocalAirflow(home, nightly.dag_ids(), environment=environment)


@pytest.mark.slow
@pytest.mark.timeout(540)
@pytest.mark.xdist_group("airflow")
def test_a_changed_page_is_published_once_and_the_next_night_is_quiet(home: Home) -> None:
    ensure_manifest(home)
    folder = lay_out(home.root / "sandbox" / "releases")
    with Sandbox(folder, date=BEFORE) as sandbox:
        with start(home, sandbox) as airflow:
            client = airflow.client
            for dag_id in nightly.dag_ids():
                client.unpause(dag_id)
            assert client.runs(RCMP_DAG) == []

            sandbox.set_date(FIRST)
            [run] = wait_for("an ingest run by the watcher", lambda: finished(client, RCMP_DAG), airflow)
            assert (run["run_type"], run["state"]) == ("asset_triggered", "success")
            [event] = release_events(client)
            assert event["extra"]["release_id"].startswith(f"{RCMP}@2017-03-21~")
            assert len(event["extra"]["sha256s"]) == 1 and event["extra"]["rows"] > 0
            assert event["extra"]["last_month"] >= event["extra"]["first_month"]

            [build] = wait_for("a build by the event", lambda: finished(client, BUILD), airflow)
            assert (build["run_type"], build["state"]) == ("asset_triggered", "success")
            models = {task: facts["state"] for task, facts in client.tasks(BUILD, build["dag_run_id"]).items()}
            assert set(models.values()) == {"success"}
            assert "dbt.fct_crossings_monthly.run" in models
            published = current(home)
            assert published.sample
            [told] = client.asset_events(source_dag_id=BUILD)
            assert told["extra"]["build_id"] == published.build_id

            # The second night: nothing new at the one agency, the other is not there at all.
            assert a_night(airflow, RCMP_DAG)["state"] == "success"
            tasks = client.tasks(RCMP_DAG, client.runs(RCMP_DAG)[0]["dag_run_id"])
            assert tasks["announce"]["state"] == "skipped"
            assert a_night(airflow, CBP_DAG)["state"] == "failed"
            assert len(release_events(client)) == 1
            assert client.asset_events(source_dag_id=CBP_DAG) == []
            assert (client.queued_events(BUILD), len(client.runs(BUILD))) == (0, 1)
            assert current(home).build_id == published.build_id
            kept = (home.root / "messages.jsonl").read_text().splitlines()
            assert len(kept) == 1 and f"{CBP}: fetch failed" in kept[0]

            # A second event that was queued meanwhile finds nothing new and publishes nothing.
            again = client.trigger(BUILD)
            assert client.wait_for_run(BUILD, again, time.monotonic() + 120)["state"] == "success"
            states = {task: facts["state"] for task, facts in client.tasks(BUILD, again).items()}
            assert states["prepare_candidate"] == states["publish"] == "skipped"
            assert not {"failed", "upstream_failed"} & set(states.values())
            runs = len(client.runs(RCMP_DAG))

        with start(home, sandbox) as airflow:
            time.sleep(8)  # several polls of the restarted watcher
            assert len(airflow.client.runs(RCMP_DAG)) == runs
    assert current_inputs(home) is not None
