"""A headless Airflow on this machine: SQLite metadata, LocalExecutor, four components, nothing left behind.

Used by ``make run`` (one night, then gone) and ``make up`` (kept running). The components are api-server, scheduler,
dag-processor and triggerer, each in a session of its own that is ended wholly on the way out.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any, Self

import requests

from ingest.core.home import REPOSITORY, Home
from orchestration.airflow_settings import POOLS, airflow_environment, airflow_home, password_of
from orchestration.local.client import FINISHED, AirflowClient, AirflowError
from orchestration.local.processes import Process, SessionRecord, end_sessions

COMPONENTS: dict[str, list[str]] = {
    "api-server": ["api-server"],
    # Logs are read from disk by the API server: no log servers, no ports to collide.
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
}
HEALTHY_WITHIN = 150.0
MIGRATE_WITHIN = 180.0


class AlreadyRunning(RuntimeError):
    """An Airflow of this home runs already."""


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def migrate(home: Home, environment: Mapping[str, str]) -> None:
    """Bring the tables of the home's Airflow up to date, once per version of Airflow.

    Raises:
        ProcessDied: when Airflow could not, with its last words.
    """
    marker = airflow_home(home) / "migrated"
    wanted = version("apache-airflow-core")
    if marker.exists() and marker.read_text() == wanted:
        return
    log = airflow_home(home) / "logs" / "db-migrate.log"
    process = Process("airflow db migrate", [sys.executable, "-m", "airflow", "db", "migrate"], environment, log)
    try:
        code = process.wait(MIGRATE_WITHIN)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        end_sessions([process.pid])
        raise
    if code:
        process.require_alive()
    marker.write_text(wanted)


class LocalAirflow:
    """Start, wait until healthy, stop; a context manager.

    Args:
        home: Roxham's home; Airflow writes below ``<home>/airflow`` only.
        expected_dags: DAG ids that must be loaded before it counts as healthy.
        environment: further variables for every component (and so for every task).
        dags_folder: where the DAG files are.
        port: the API server's port, 0 for any free one.
        say: receives progress lines.
    """

    def __init__(
        self,
        home: Home,
        expected_dags: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        dags_folder: Path = REPOSITORY / "dags",
        port: int = 0,
        say: Callable[[str], None] = print,
    ) -> None:
        self.home = home
        self.expected_dags = tuple(expected_dags)
        self.port = port or free_port()
        self.environment = airflow_environment(home, self.port, dags_folder, environment or {})
        self.client = AirflowClient(self.url, password_of(home))
        self.processes: list[Process] = []
        self._say = say
        self._lock: IO[str] | None = None
        self._record = SessionRecord(airflow_home(home) / "sessions.json")
        self._started_at = dt.datetime.now(dt.UTC)
        # DAGs that had a run under way when an earlier Airflow of this home ended.
        self.interrupted: list[str] = []

    @property
    def url(self) -> str:
        """Address of the API server and its UI."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start everything and wait until it is healthy.

        Raises:
            AlreadyRunning: when an Airflow of this home runs already.
            AirflowError: when it is not healthy in time, with the failing component's last lines.
            ProcessDied: when a component ended.
        """
        self._take_lock()
        if left := self._record.end_leftovers():
            self._say(f"ended {left} Airflow process(es) that an interrupted run had left behind")
        migrate(self.home, self.environment)
        self._started_at = dt.datetime.now(dt.UTC)
        for name, command in COMPONENTS.items():
            self._spawn(name, command)
        self._wait_until_healthy(time.monotonic() + HEALTHY_WITHIN)
        for pool in POOLS:
            self.client.make_pool(pool, 1)
        self.interrupted = self._close_interrupted_runs()

    def stop(self) -> None:
        """End every process and let go of the home; safe to call at any time, more than once."""
        end_sessions([process.pid for process in self.processes])
        self.processes.clear()
        self._record.path.unlink(missing_ok=True)
        if self._lock:
            self._lock.close()
            self._lock = None

    def require_alive(self) -> None:
        """Raise ProcessDied when a component ended."""
        for process in self.processes:
            process.require_alive()

    def _close_interrupted_runs(self) -> list[str]:
        """Fail the runs that an earlier Airflow left under way; returns their DAGs.

        Their tasks died with it, and with one run at a time they would keep new ones waiting for minutes. A new run does
        what they would have done: every step is safe to repeat.
        """
        closed = []
        for dag_id in self.expected_dags:
            for run in self.client.runs(dag_id):
                before = dt.datetime.fromisoformat(run["queued_at"] or run["run_after"]) < self._started_at
                if before and run["state"] not in FINISHED:
                    self.client.fail(dag_id, run["dag_run_id"])
                    self._say(f"closed {dag_id} {run['dag_run_id']}, which was interrupted")
                    closed.append(dag_id)
        return sorted(set(closed))

    def _take_lock(self) -> None:
        path = airflow_home(self.home) / "running.lock"
        stream = path.open("a+")
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stream.close()
            message = f"an Airflow of {self.home.root} is running already; `make down` ends one started by `make up`"
            raise AlreadyRunning(message) from None
        self._lock = stream

    def _spawn(self, name: str, command: Sequence[str]) -> None:
        log = airflow_home(self.home) / "logs" / f"{name}.log"
        self.processes.append(
            Process(name, [sys.executable, "-m", "orchestration.component", *command], self.environment, log)
        )
        self._record.write([process.pid for process in self.processes])

    def _wait_until_healthy(self, deadline: float) -> None:
        missing = "the API server does not answer"
        while time.monotonic() < deadline:
            self.require_alive()
            missing = self._what_is_missing()
            if not missing:
                return
            if "Traceback" in missing:
                # A DAG file that does not load will not load by waiting.
                raise AirflowError(missing)
            time.sleep(0.5)
        tails = "\n".join(f"--- {process.name} ({process.log})\n{process.tail(8)}" for process in self.processes)
        message = f"Airflow is not healthy after {HEALTHY_WITHIN:.0f} s: {missing}\n{tails}"
        raise AirflowError(message)

    def _what_is_missing(self) -> str:
        """What keeps Airflow from being healthy, empty when nothing does."""
        try:
            health = self.client.log_in().heartbeats()
            for component in ("scheduler", "triggerer", "dag_processor"):
                if not self._beats(health.get(component, {}), component):
                    return f"no heartbeat of the {component.replace('_', '-')} yet"
            return self._missing_dags()
        except (requests.RequestException, AirflowError) as error:
            return f"the API server does not answer: {error}"

    def _beats(self, component: Mapping[str, Any], name: str) -> bool:
        # A heartbeat from before our start is a dead process of an earlier run.
        heartbeat = component.get(f"latest_{name}_heartbeat")
        return heartbeat is not None and dt.datetime.fromisoformat(heartbeat) >= self._started_at

    def _missing_dags(self) -> str:
        known = self.client.dags()
        for dag_id in self.expected_dags:
            parsed = known.get(dag_id, {}).get("last_parsed_time")
            if not parsed or dt.datetime.fromisoformat(parsed) < self._started_at:
                errors = self.client.import_errors()
                return f"the DAG {dag_id} is not loaded; " + ("\n".join(errors) or "no import errors so far")
        return ""
