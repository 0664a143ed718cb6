"""Airflow's REST API as far as local runs need it: each CLI call would cost 3 to 5 seconds."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any, Self

import requests

from orchestration.airflow_settings import ADMIN

# Seconds that a queued run may take to start.
EVENTS_READABLE_WITHIN = 60
# What Airflow gives at most at a time.
PAGE = 100
FINISHED = frozenset({"success", "failed"})


class AirflowError(RuntimeError):
    """Airflow answered with an error, or did not get done in the time allowed."""


class AirflowClient:
    """A logged-in session with the API server of this machine."""

    def __init__(self, base_url: str, password: str) -> None:
        self.base_url = base_url
        self._password = password
        self._session = requests.Session()
        # A proxy of the machine's environment has nothing to do with a server on loopback.
        self._session.trust_env = False

    def log_in(self) -> Self:
        """Fetch a token; raises requests' errors while the server is not there yet."""
        answer = self._session.post(
            f"{self.base_url}/auth/token", json={"username": ADMIN, "password": self._password}, timeout=20
        )
        answer.raise_for_status()
        self._session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return self

    def call(self, method: str, path: str, *, ok: frozenset[int] = frozenset(), **kwargs: Any) -> Any:  # noqa: ANN401  plain data
        """One API call; the parsed JSON answer.

        Raises:
            AirflowError: on an answer of 400 or above that is not in ``ok``, with the server's words.
        """
        answer = self._session.request(method, f"{self.base_url}/api/v2/{path}", timeout=30, **kwargs)
        if answer.status_code == requests.codes.unauthorized:
            self.log_in()
            answer = self._session.request(method, f"{self.base_url}/api/v2/{path}", timeout=30, **kwargs)
        if answer.status_code >= requests.codes.bad_request and answer.status_code not in ok:
            message = f"{method} {path}: {answer.status_code} {answer.text[:500]}"
            raise AirflowError(message)
        return answer.json() if answer.content else None

    def heartbeats(self) -> dict[str, Any]:
        """State and last heartbeat of scheduler, triggerer and dag-processor."""
        health: dict[str, Any] = self.call("GET", "monitor/health")
        return health

    def dags(self) -> dict[str, dict[str, Any]]:
        """Every DAG that Airflow knows, by id; more of them than ours, if somebody has let Airflow's examples in."""
        return {dag["dag_id"]: dag for dag in self._all("dags", "dags", exclude_stale=False)}

    def _all(self, path: str, name: str, **params: Any) -> list[dict[str, Any]]:  # noqa: ANN401  plain data
        """Every entry of a list that Airflow gives in pages of a hundred."""
        found: list[dict[str, Any]] = []
        while True:
            answer = self.call("GET", path, params={"limit": PAGE, "offset": len(found), **params})
            found.extend(answer[name])
            if not answer[name] or len(found) >= answer["total_entries"]:
                return found

    def import_errors(self) -> list[str]:
        """What kept DAG files from loading, one text each."""
        errors = self._all("importErrors", "import_errors")
        return [f"{error['filename']}:\n{error['stack_trace']}" for error in errors]

    def make_pool(self, name: str, slots: int) -> None:
        """Create a pool unless it is there."""
        self.call("POST", "pools", json={"name": name, "slots": slots}, ok=frozenset({409}))

    def unpause(self, dag_ids: Iterable[str]) -> None:
        """Let the scheduler run these DAGs, in this order, and let their watchers begin.

        Airflow registers a DAG's watchers when it parses its file and finds it unpaused, so the files are parsed again
        at once instead of at their next turn, minutes later.
        """
        known = self.dags()
        paused = [dag_id for dag_id in dag_ids if known[dag_id]["is_paused"]]
        for dag_id in paused:
            self.call("PATCH", f"dags/{dag_id}", json={"is_paused": False})
        for token in sorted({known[dag_id]["file_token"] for dag_id in paused}):
            self.call("PUT", f"parseDagFile/{token}", ok=frozenset({409}))

    def trigger(self, dag_id: str, conf: dict[str, Any] | None = None) -> str:
        """Start a run and return its id."""
        run: dict[str, Any] = self.call(
            "POST", f"dags/{dag_id}/dagRuns", json={"logical_date": None, "conf": conf or {}}
        )
        return str(run["dag_run_id"])

    def fail(self, dag_id: str, run_id: str) -> None:
        """End a run as failed, with whatever of it is under way."""
        self.call("PATCH", f"dags/{dag_id}/dagRuns/{run_id}", json={"state": "failed"})

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """The DAG's runs, newest first."""
        answer = self.call("GET", f"dags/{dag_id}/dagRuns", params={"order_by": "-run_after", "limit": 50})
        found: list[dict[str, Any]] = answer["dag_runs"]
        return found

    def run(self, dag_id: str, run_id: str) -> dict[str, Any]:
        """One run."""
        found: dict[str, Any] = self.call("GET", f"dags/{dag_id}/dagRuns/{run_id}")
        return found

    def tasks(self, dag_id: str, run_id: str) -> dict[str, dict[str, Any]]:
        """The run's task instances by task id."""
        found = self._all(f"dags/{dag_id}/dagRuns/{run_id}/taskInstances", "task_instances")
        return {task["task_id"]: task for task in found}

    def xcom(self, dag_id: str, run_id: str, task_id: str, key: str) -> Any:  # noqa: ANN401  plain data
        """What a task of a run left under a key, None when it left nothing."""
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/{key}"
        answer = self.call("GET", path, params={"deserialize": True}, ok=frozenset({404}))
        return answer.get("value") if answer else None

    def queued_events(self, dag_id: str) -> int:
        """How many asset events wait to start this DAG."""
        answer = self.call("GET", f"dags/{dag_id}/assets/queuedEvents", ok=frozenset({404}))
        return int(answer.get("total_entries", 0))

    def asset_events(self, **filters: str | int) -> list[dict[str, Any]]:
        """Emitted asset events, oldest first.

        Airflow 3.3.2 answers 500 while a run that one of them created is queued and has no start date yet: a passing
        state of the scheduler, so it is asked again for a while.
        """
        deadline = time.monotonic() + EVENTS_READABLE_WITHIN
        while True:
            try:
                answer = self.call("GET", "assets/events", params={"order_by": "timestamp", "limit": 100} | filters)
            except AirflowError as error:
                if ": 500 " not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(1)
                continue
            events: list[dict[str, Any]] = answer["asset_events"]
            return events

    def log_of(self, dag_id: str, run_id: str, task_id: str, try_number: int) -> str:
        """A task's log as plain text."""
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/logs/{max(try_number, 1)}"
        answer = self.call(
            "GET", path, params={"full_content": True}, headers={"Accept": "application/json"}, ok=frozenset({404})
        )
        content = answer.get("content", []) if isinstance(answer, dict) else []
        return "\n".join(line.get("event", "") if isinstance(line, dict) else str(line) for line in content)

    def wait_for_run(self, dag_id: str, run_id: str, deadline: float) -> dict[str, Any]:
        """Wait until a run is finished, whatever its outcome.

        Raises:
            AirflowError: when it is still under way at the deadline (of ``time.monotonic``).
        """
        while True:
            run = self.run(dag_id, run_id)
            if run["state"] in FINISHED:
                return run
            if time.monotonic() > deadline:
                message = f"{dag_id} run {run_id} is still {run['state']}"
                raise AirflowError(message)
            time.sleep(1)
