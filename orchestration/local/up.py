"""``python -m orchestration.local.up``: the same Airflow, kept running with its UI and its watchers.

``python -m orchestration.local.down`` ends it.

One process in the background holds everything (sandbox agency and Airflow's components) and takes it along when it ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from roxham_web.serve import server as site_server
from roxham_web.serve import url_of

from ingest.core.home import REPOSITORY, Home
from ingest.core.settings import RunSettings
from orchestration import run_mode, tasks
from orchestration.airflow_settings import ADMIN, airflow_home, password_of
from orchestration.dbt_group import ensure_manifest
from orchestration.local.airflow import AlreadyRunning, LocalAirflow
from orchestration.local.client import AirflowError
from orchestration.local.earlier import replay_earlier
from orchestration.local.processes import ProcessDied
from orchestration.run_mode import WrongRunMode
from pipeline import steps

UP_WITHIN = 240.0
SERVE = "--serve"


def main() -> int:
    """Start the holder in the background and wait until Airflow is healthy; returns the exit code."""
    if SERVE in sys.argv[1:]:
        return serve()
    try:
        mode = run_mode.run_mode_from_environment()
        home = mode.home
        if is_up(home):
            return _say(f"up already: {_described(home)}", 0)
        # As `make run` does: the last vintage alone would show no revision.
        replay_earlier(run_mode.set_up(mode), lambda line: print(line, flush=True))
    except WrongRunMode as error:
        return _say(f"roxham: {error}", 2)
    except subprocess.CalledProcessError as error:
        return _say(f"roxham: {error}", 1)
    facts_file(home).unlink(missing_ok=True)
    log = airflow_home(home) / "logs" / "up.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as stream:
        holder = subprocess.Popen(
            [sys.executable, "-m", "orchestration.local.up", SERVE], cwd=REPOSITORY, stdin=subprocess.DEVNULL,
            stdout=stream, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    deadline = time.monotonic() + UP_WITHIN
    while time.monotonic() < deadline and holder.poll() is None:
        if facts_file(home).exists():
            return _say(f"up: {_described(home)}", 0)
        time.sleep(0.5)
    if holder.poll() is None:
        holder.terminate()
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
    return _say(f"roxham: Airflow did not come up; last lines of {log}:\n{tail}", 1)


def serve() -> int:
    """Hold sandbox and Airflow until told to end; returns the exit code."""
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: told.set())
    mode = run_mode.set_up(run_mode.run_mode_from_environment())
    home, port = mode.home, RunSettings().airflow_port
    ensure_manifest(home)
    try:
        with (
            run_mode.agency(mode) as address,
            LocalAirflow(home, tasks.dag_ids(), environment=mode.environment(address), port=port) as airflow,
            _site(home) as site,
        ):
            airflow.client.unpause(mode.dag_ids)
            _take_up_again(airflow)
            _write_facts(home, airflow, address, site)
            while not told.wait(2):
                airflow.require_alive()
    except (AlreadyRunning, AirflowError, ProcessDied) as error:
        return _say(f"roxham: {error}", 1)
    finally:
        facts_file(home).unlink(missing_ok=True)
    return 0


def _take_up_again(airflow: LocalAirflow) -> None:
    """Start anew what was interrupted when this home's Airflow ended the last time."""
    due = {"build_warehouse"} if steps.build_is_due(airflow.home) else set()
    for dag_id in sorted({*airflow.interrupted, *due}):
        airflow.client.trigger(dag_id)


def is_up(home: Home) -> bool:
    """Whether an Airflow of this home is held right now, by its lock."""
    lock = airflow_home(home) / "running.lock"
    if not lock.exists():
        return False
    with lock.open("a+") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def facts_file(home: Home) -> Path:
    """Where the holder says that it is up: its process id, the address, the sandbox's address."""
    return airflow_home(home) / "up.json"


def facts_of(home: Home) -> dict[str, Any]:
    """What the holder said, empty when it said nothing."""
    path = facts_file(home)
    content: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return content


@contextlib.contextmanager
def _site(home: Home) -> Iterator[str]:
    """The published build's site on loopback; before the first build it answers that there is none."""
    with site_server(home, port=RunSettings().site_port) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        try:
            yield url_of(listening)
        finally:
            listening.shutdown()


def _write_facts(home: Home, airflow: LocalAirflow, address: str | None, site: str) -> None:
    draft = facts_file(home).with_suffix(".draft")
    draft.write_text(json.dumps({"pid": os.getpid(), "url": airflow.url, "sandbox": address, "site": site}) + "\n")
    draft.replace(facts_file(home))


def _described(home: Home) -> str:
    facts = facts_of(home)
    sandbox = f"\n  sandbox agency {facts['sandbox']}" if facts.get("sandbox") else ""
    site = f"\n  site {facts['site']} (the published build; answers 404 before the first)" if facts.get("site") else ""
    return (
        f"{facts.get('url', 'an Airflow that is just starting, or `make run`')}\n  user {ADMIN}, password "
        f"{password_of(home)}\n  home {home.root}{sandbox}{site}\n  `make down` ends it"
    )


def _say(line: str, code: int) -> int:
    print(line, flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
