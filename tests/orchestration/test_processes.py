"""Processes end wholly, and only ours are ended."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from ingest.core.home import Home
from orchestration.airflow_settings import airflow_environment, airflow_home, password_of
from orchestration.local.airflow import AlreadyRunning, LocalAirflow, free_port
from orchestration.local.processes import Process, ProcessDied, SessionRecord, end_sessions, members

# Its child leaves the group, as Airflow's tasks do.
PARENT = """
import os, subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import os, time; os.setpgid(0, 0); time.sleep(60)"])
time.sleep(60)
"""
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
)


def start(code: str, log: Path) -> Process:
    return Process("a process", [sys.executable, "-c", code], os.environ, log)


def wait_for(condition: object, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert condition()


def test_a_process_takes_its_children_along(tmp_path: Path) -> None:
    process = start(PARENT, tmp_path / "log")
    wait_for(lambda: len(members([process.pid])) == 2)
    end_sessions([process.pid])
    assert len(members([process.pid])) == 0


def test_a_deaf_process_is_ended_for_certain(tmp_path: Path) -> None:
    process = start(STUBBORN, tmp_path / "log")
    wait_for(lambda: "deaf" in process.tail())
    end_sessions([process.pid], grace=0.3)
    wait_for(lambda: len(members([process.pid])) == 0)


def test_a_process_that_died_is_told_with_the_tail_of_its_log(tmp_path: Path) -> None:
    process = start("print('the reason'); raise SystemExit(7)", tmp_path / "log")
    process.wait(10)
    with pytest.raises(ProcessDied, match=r"(?s)exit code 7.*the reason"):
        process.require_alive()


def test_what_a_killed_run_left_behind_is_ended(tmp_path: Path) -> None:
    process = start(PARENT, tmp_path / "log")
    record = SessionRecord(tmp_path / "sessions.json")
    record.write([process.pid])
    assert record.end_leftovers() == 1
    assert len(members([process.pid])) == 0
    assert record.end_leftovers() == 0


def test_children_whose_parent_was_killed_are_ended_too(tmp_path: Path) -> None:
    """The out-of-memory killer takes the scheduler and leaves its dbt: that must not write beside the next one."""
    process = start(PARENT, tmp_path / "log")
    record = SessionRecord(tmp_path / "sessions.json")
    record.write([process.pid])
    wait_for(lambda: len(members([process.pid])) == 2)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)
    assert record.end_leftovers() == 1
    assert members([process.pid]) == []


def test_a_process_id_that_now_belongs_to_somebody_else_is_left_alone(tmp_path: Path) -> None:
    """Process ids are used again: a record of last week may name the user's editor."""
    stranger = start(PARENT, tmp_path / "log")
    record = SessionRecord(tmp_path / "sessions.json")
    record.path.write_text(json.dumps({str(stranger.pid): time.time() - 3600}))
    try:
        assert record.end_leftovers() == 0
        assert len(members([stranger.pid])) >= 1
    finally:
        end_sessions([stranger.pid])


def test_two_airflows_in_one_home_are_refused(home: Home) -> None:
    first, second = LocalAirflow(home, []), LocalAirflow(home, [])
    first._take_lock()
    try:
        with pytest.raises(AlreadyRunning, match="make down"):
            second._take_lock()
    finally:
        first.stop()
    second._take_lock()
    second.stop()


def test_secrets_are_made_once_per_home_and_only_its_owner_reads_them(home: Home) -> None:
    once = airflow_environment(home, 1, Path("dags"), {})
    again = airflow_environment(home, 2, Path("dags"), {})
    for name in ("AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__CORE__FERNET_KEY", "AIRFLOW__API__SECRET_KEY"):
        assert once[name] == again[name]
        assert len(once[name]) > 40
    for name in ("secrets.json", "passwords.json"):
        assert (airflow_home(home) / name).stat().st_mode & 0o777 == 0o600
    assert json.loads((airflow_home(home) / "passwords.json").read_text())["admin"] == password_of(home)


def test_both_addresses_of_the_api_server_change_together_and_nothing_phones_home(home: Home) -> None:
    environment = airflow_environment(home, 4321, Path("dags"), {})
    assert environment["AIRFLOW__API__PORT"] == "4321"
    assert "127.0.0.1:4321" in environment["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"]
    assert environment["DO_NOT_TRACK"] == "1"
    assert environment["AIRFLOW__USAGE_DATA_COLLECTION__ENABLED"] == "False"
    assert environment["AIRFLOW__CORE__PARALLELISM"] == "4"


def test_a_free_port_is_free() -> None:
    assert free_port() != free_port() or free_port() > 0
