"""Airflow as its users know it: a plain `airflow` in the home finds this home's settings, and breaks no later run."""

from __future__ import annotations

import configparser
import datetime as dt
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ingest.archive.manifest import Manifest
from ingest.core.clock import FixedClock
from ingest.core.home import Home
from monitoring.alert_store import AlertStore
from monitoring.alerts import Finding, Observation
from orchestration.airflow_settings import airflow_environment, airflow_home
from orchestration.local import command, earlier, up
from orchestration.local.client import PAGE, AirflowClient
from orchestration.run_mode import RunMode
from pipeline import steps


def test_all_dags_are_read_though_airflow_gives_a_hundred_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """114 example DAGs came in by a plain `airflow` command, and the next `make run` no longer found its own."""
    known = [{"dag_id": f"example_{number:03}"} for number in range(114)] + [{"dag_id": "watch_freshness"}]

    def call(_self: AirflowClient, _method: str, _path: str, *, params: dict[str, Any]) -> dict[str, Any]:
        page = known[params["offset"] : params["offset"] + min(params["limit"], PAGE)]
        return {"dags": page, "total_entries": len(known)}

    monkeypatch.setattr(AirflowClient, "call", call)
    assert len(AirflowClient("http://127.0.0.1:1", "x").dags()) == 115


def test_the_home_has_an_airflow_cfg_with_our_options_that_only_its_owner_reads(home: Home, tmp_path: Path) -> None:
    airflow_environment(home, 8080, tmp_path / "dags", {})
    kept = airflow_home(home) / "airflow.cfg"
    config = configparser.ConfigParser()
    config.read(kept)
    assert config["database"]["sql_alchemy_conn"].endswith("/airflow/airflow.db")
    assert config["core"]["load_examples"] == "False" and config["core"]["fernet_key"]
    assert config["usage_data_collection"]["enabled"] == config["cosmos"]["enable_telemetry"] == "False"
    assert kept.stat().st_mode & 0o077 == 0


@pytest.mark.slow
def test_a_plain_airflow_in_the_home_reads_that_cfg_and_asks_nobody(home: Home, tmp_path: Path) -> None:
    airflow_environment(home, 8080, tmp_path / "dags", {})
    before = (airflow_home(home) / "airflow.cfg").read_text()
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "DO_NOT", "SCARF"))}
    program = (
        "from airflow.configuration import conf; import cosmos.telemetry as telemetry;"
        "print(conf.get('database', 'sql_alchemy_conn'), conf.getboolean('core', 'load_examples'), telemetry.should_emit())"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], env={**plain, "AIRFLOW_HOME": str(airflow_home(home)), "HOME": str(tmp_path)},
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert said.split() == [f"sqlite:///{airflow_home(home) / 'airflow.db'}", "False", "False"]
    assert (airflow_home(home) / "airflow.cfg").read_text() == before
    assert not (tmp_path / "airflow").exists()


def test_a_command_that_runs_tasks_over_a_folder_asks_which_folder_answers(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home.root.mkdir(parents=True)
    home.claim("folder")
    monkeypatch.setenv("ROXHAM_HOME", str(home.root))
    monkeypatch.delenv("RELEASES", raising=False)
    assert command.main(["dags", "test", "watch_freshness"]) == 2
    assert "RELEASES=<folder>" in capsys.readouterr().err


def test_a_replay_in_which_something_waits_for_a_person_does_not_end_the_run(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mode = RunMode("folder", home, tmp_path, last_day=dt.date(2024, 1, 2), has_earlier=True)
    for code, fails in ((0, False), (3, False), (1, True)):
        ended = subprocess.CompletedProcess([], code)
        monkeypatch.setattr(subprocess, "run", lambda *_, ended=ended, **__: ended)
        if fails:
            with pytest.raises(subprocess.CalledProcessError):
                earlier.replay_earlier(mode, lambda _: None)
        else:
            earlier.replay_earlier(mode, lambda _: None)


def test_what_was_taken_in_as_history_is_no_news_but_what_waits_for_a_person_is(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stranger's first `make run` ended in a message of 15 new alerts, about what agencies had revised years ago."""
    mode = RunMode("sample", home, tmp_path, last_day=dt.date(2024, 1, 2), has_earlier=True)
    clock = FixedClock.on(dt.date(2024, 1, 1))
    found = (Finding("implausible", "cbp_nationwide_encounters", "a fall", "a"),
             Finding("structure_changed", "irb_irregular_claims", "another shape", "b"))  # fmt: skip

    def replayed(*_: object, **__: object) -> subprocess.CompletedProcess[str]:
        with Manifest(home.manifest) as manifest:
            AlertStore(manifest).reconcile(Observation(found), clock.now())
        return subprocess.CompletedProcess([], 3)

    monkeypatch.setattr(subprocess, "run", replayed)
    earlier.replay_earlier(mode, lambda _: None)
    assert {each.finding.alert: each.news for each in steps.alerts(home)} == {
        "implausible": None, "structure_changed": "opened",
    }  # fmt: skip


def test_up_brings_in_the_earlier_vintages_before_it_starts(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`make up` served the last vintage alone, without a single revision, where `make run` served all."""
    for day in ("2024-01-02", "2024-04-22"):
        page = tmp_path / "releases" / "ircc_rcmp_interceptions" / day / "asylum-claims-2017.html"
        page.parent.mkdir(parents=True)
        page.write_text("<html></html>")
    monkeypatch.setenv("ROXHAM_HOME", str(home.root))
    monkeypatch.setenv("RELEASES", str(tmp_path / "releases"))
    order: list[object] = []

    def start(*_: object, **__: object) -> None:
        order.append("start")
        raise KeyboardInterrupt

    monkeypatch.setattr(up, "replay_earlier", lambda mode, _say: order.append((mode.has_earlier, mode.last_day)))
    monkeypatch.setattr(subprocess, "Popen", start)
    with pytest.raises(KeyboardInterrupt):
        up.main()
    assert order == [(True, dt.date(2024, 4, 22)), "start"]
