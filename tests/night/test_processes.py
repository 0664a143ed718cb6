"""Processes end wholly, and only ours are ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ingest.home import Home
from night.airflow_settings import airflow_environment, airflow_home, password_of
from night.local_airflow import AlreadyRunning, LocalAirflow, free_port
from night.processes import GroupRecord, Process, ProcessDied, end_groups

PARENT = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); time.sleep(60)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
)


def start(code: str, log: Path, **environment: str) -> Process:
    return Process("a process", [sys.executable, "-c", code], os.environ | environment, log)


def members(group: int) -> int:
    """How many processes of a group live (zombies aside)."""
    listed = subprocess.run(["ps", "-e", "-o", "pgid=,stat="], capture_output=True, text=True, check=True).stdout
    return sum(
        1 for line in listed.splitlines() if line.split()[0] == str(group) and not line.split()[1].startswith("Z")
    )


def wait_for(condition: object, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert condition()


def test_a_process_takes_its_children_along(tmp_path: Path) -> None:
    process = start(PARENT, tmp_path / "log")
    wait_for(lambda: members(process.pid) == 2)
    end_groups([process.pid])
    assert members(process.pid) == 0


def test_a_deaf_process_is_ended_for_certain(tmp_path: Path) -> None:
    process = start(STUBBORN, tmp_path / "log")
    wait_for(lambda: "deaf" in process.tail())
    end_groups([process.pid], grace=0.3)
    wait_for(lambda: members(process.pid) == 0)


def test_a_process_that_died_is_told_with_the_tail_of_its_log(tmp_path: Path) -> None:
    process = start("print('the reason'); raise SystemExit(7)", tmp_path / "log")
    process.wait(10)
    with pytest.raises(ProcessDied, match=r"(?s)exit code 7.*the reason"):
        process.require_alive()


def test_what_a_killed_run_left_behind_is_ended(tmp_path: Path) -> None:
    process = start(PARENT, tmp_path / "log", MARK=str(tmp_path))
    record = GroupRecord(tmp_path / "groups.json", str(tmp_path))
    record.write([process.pid])
    assert record.end_leftovers() == 1
    assert members(process.pid) == 0
    assert record.end_leftovers() == 0


def test_a_process_id_that_now_belongs_to_somebody_else_is_left_alone(tmp_path: Path) -> None:
    """Process ids are used again: a record of last week may name the user's editor."""
    stranger = start(PARENT, tmp_path / "log")
    record = GroupRecord(tmp_path / "groups.json", "a mark that the stranger does not carry")
    record.write([stranger.pid])
    try:
        assert record.end_leftovers() == 0
        assert members(stranger.pid) >= 1
    finally:
        end_groups([stranger.pid])


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
