"""``python -m orchestration.local.run``: one night under a real, headless Airflow, from the agency's page to a published build.

In a new home the earlier vintages of the releases come in by replay first; the last one comes by the night, through
REST-triggered ingest DAGs (standing in for the nightly cron) and the event that starts the build. Run again in the same
home it is a quiet night. Exit codes: 0 done or unchanged, 1 something failed (what is served is said), 2 wrong usage.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from ingest.core.builds import current, current_inputs
from ingest.core.home import REPOSITORY, Home
from orchestration import run_mode, tasks
from orchestration.dbt_group import PRODUCER, ensure_manifest
from orchestration.local.airflow import AlreadyRunning, LocalAirflow
from orchestration.local.client import FINISHED, AirflowClient, AirflowError
from orchestration.local.earlier import replay_earlier
from orchestration.local.processes import ProcessDied
from orchestration.run_mode import RunMode, WrongRunMode
from orchestration.tasks import REPORT
from pipeline import steps

FAILED, USAGE = 1, 2
BUILD = "build_warehouse"
NIGHT_MINUTES = {"sample": 30, "folder": 60, "live": 240}
# A night that somebody waits for: no watchers beside the triggered runs, short pauses, a scheduler wide awake.
ONE_NIGHT = {
    "ROXHAM_WATCH_SECONDS": "0",
    "ROXHAM_RETRY_SECONDS": "5",
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.1",
}

console = Console(soft_wrap=True, highlight=False, markup=False)
_started = time.monotonic()


@dataclass(frozen=True)
class Ended:
    """A finished run of a DAG and what its tasks left."""

    dag_id: str
    run_id: str
    state: str
    tasks: dict[str, dict[str, Any]]
    reports: dict[str, Any]

    @property
    def failed_tasks(self) -> list[str]:
        """Tasks that failed themselves; of a failed dbt only its producer, which has all the words."""
        failed = sorted(task_id for task_id, task in self.tasks.items() if task["state"] == "failed")
        producers = [task_id for task_id in failed if task_id.endswith(PRODUCER)]
        return [
            task_id for task_id in failed if not producers or not task_id.startswith("dbt.") or task_id in producers
        ]


def say(line: str) -> None:
    """A progress line with the seconds since the start."""
    console.print(f"[{time.monotonic() - _started:5.0f} s] {line}")


def main() -> int:
    """Run one night; returns the exit code."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupted)
    try:
        return run_night(run_mode.set_up(run_mode.run_mode_from_environment()))
    except WrongRunMode as error:
        console.print(f"roxham: {error}")
        return USAGE
    except (AlreadyRunning, AirflowError, ProcessDied, subprocess.SubprocessError) as error:
        console.print(f"roxham: {error}")
        return FAILED
    except KeyboardInterrupt:
        console.print("roxham: interrupted; everything started was ended, run again to go on")
        return 130


def run_night(mode: RunMode) -> int:
    """Everything of one run in that mode; returns the exit code."""
    home = mode.home
    say(f"home {home.root}, over {_described(mode)}")
    if mode.not_offered:
        say(f"not polled, there is nothing of them here: {', '.join(mode.not_offered)}")
    told_before = _messages_so_far(home)
    say("dbt: reading the project")
    ensure_manifest(home)
    replay_earlier(mode, say)
    with run_mode.agency(mode) as address:
        environment = {name: value for name, value in ONE_NIGHT.items() if name not in os.environ}
        environment |= mode.environment(address)
        say("Airflow: starting api-server, scheduler, dag-processor and triggerer")
        with LocalAirflow(home, tasks.dag_ids(), environment=environment, say=say) as airflow:
            say(f"Airflow: healthy at {airflow.url}")
            ingests, builds = conduct(airflow, mode, time.monotonic() + 60 * NIGHT_MINUTES[mode.kind])
            said = _why_failed(airflow.client, [*ingests, *builds])
        say("Airflow: ended")
    tasks.send_digest(home, mode.clock())
    report(home, mode.offered, ingests, builds)
    return _verdict(home, said, told_before)


def conduct(airflow: LocalAirflow, mode: RunMode, deadline: float) -> tuple[list[Ended], list[Ended]]:
    """Trigger the ingest DAGs of the sources that the mode offers, wait for them and for the builds that their events start.

    Raises:
        AirflowError: when something is still under way at the deadline.
        ProcessDied: when a component of Airflow ended.
    """
    client = airflow.client
    client.unpause(mode.dag_ids)
    before = {run["dag_run_id"] for run in client.runs(BUILD)}
    started = {dag_id: client.trigger(dag_id) for dag_id in map(tasks.ingest_dag_id, mode.offered)}
    say(f"night: {', '.join(started)}")
    shown: dict[str, str] = {}
    _wait(airflow, started, before, shown, deadline)
    if not _builds_since(client, before) and steps.build_is_due(airflow.home):
        say("night: a build is due although nothing new came in (one was interrupted, or the code has changed)")
        client.trigger(BUILD)
        _wait(airflow, started, before, shown, deadline)
    ingests = [_ended(client, dag_id, run_id) for dag_id, run_id in started.items()]
    return ingests, [_ended(client, BUILD, run_id) for run_id in reversed(_builds_since(client, before))]


def _wait(
    airflow: LocalAirflow, started: dict[str, str], before: set[str], shown: dict[str, str], deadline: float
) -> None:
    while not _all_ended(airflow.client, started, before, shown):
        airflow.require_alive()
        if time.monotonic() > deadline:
            logs = airflow.home.root / "airflow" / "logs"
            message = f"the night did not end in time; still under way: {shown}. Logs: {logs}"
            raise AirflowError(message)
        # Each look costs the API server as much as a small task; it has better things to do.
        time.sleep(3)


def _builds_since(client: AirflowClient, before: set[str]) -> list[str]:
    return [run["dag_run_id"] for run in client.runs(BUILD) if run["dag_run_id"] not in before]


def _all_ended(client: AirflowClient, started: dict[str, str], before: set[str], shown: dict[str, str]) -> bool:
    """Whether the ingest runs, and all builds that their events asked for, are finished; tells what is new.

    Events are queued in the transaction that ends the emitting task, and leave the queue in the one that makes the
    build's run: so ingest finished, queue empty, no build under way means that nothing more will come.
    """
    for dag_id, run_id in started.items():
        _show(client, dag_id, client.run(dag_id, run_id), shown)
    if any(shown[f"{dag_id} {run_id}"] not in FINISHED for dag_id, run_id in started.items()):
        return False
    queued = client.queued_events(BUILD)
    runs = [run for run in client.runs(BUILD) if run["dag_run_id"] not in before]
    for run in runs:
        _show(client, BUILD, run, shown)
    return queued == 0 and all(run["state"] in FINISHED for run in runs)


def _show(client: AirflowClient, dag_id: str, run: dict[str, Any], shown: dict[str, str]) -> None:
    """Print a run's state and its tasks' ends, once each."""
    run_id = run["dag_run_id"]
    for task_id, task in sorted(client.tasks(dag_id, run_id).items(), key=lambda each: str(each[1]["end_date"])):
        key = f"{dag_id} {run_id} {task_id}"
        is_step = not task_id.startswith("dbt.") or task_id.endswith(PRODUCER)
        if task["state"] in ("success", "failed", "up_for_retry") and shown.get(key) != task["state"] and is_step:
            shown[key] = task["state"]
            say(f"night: {dag_id} {task_id}: {task['state']}")
    shown[f"{dag_id} {run_id}"] = run["state"]


def _ended(client: AirflowClient, dag_id: str, run_id: str) -> Ended:
    tasks = client.tasks(dag_id, run_id)
    reporting = [task_id for task_id in tasks if not task_id.startswith("dbt.")]
    reports = {task_id: client.xcom(dag_id, run_id, task_id, REPORT) for task_id in reporting}
    return Ended(dag_id, run_id, client.run(dag_id, run_id)["state"], tasks, reports)


def report(home: Home, sources: Sequence[str], ingests: Sequence[Ended], builds: Sequence[Ended]) -> None:
    """Print what was fetched, how it was judged, and what is published where."""
    rows = [("source", "fetched", "outcome", "release", "rows", "months")]
    for source_id, ended in zip(sources, ingests, strict=True):
        rows += [(source_id, *row) for row in _rows(ended)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    console.print()
    for row in rows:
        console.print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    console.print()
    audits = [each.reports.get("audit_marts") for each in builds]
    for audit in filter(None, audits):
        console.print(f"validated: {audit['checks']} checks of models and marts, {audit['warnings']} warned")
    published = [each.reports.get("publish") for each in builds]
    if current_inputs(home) is None:
        console.print("published: nothing, and nothing is served")
        return
    served = current(home)
    word = "published" if any(published) else "unchanged:"
    stamp = " [SAMPLE]" if served.sample else ""
    stays = "" if any(published) else " stays published"
    console.print(f"{word} {served.build_id}{stamp}{stays}: {served.releases} releases")
    console.print(
        f"readers open {home.current / 'warehouse.duckdb'} (schema marts), exports in {home.current / 'exports'}"
    )
    console.print(
        f"site: {home.current / 'site' / 'index.html'}, or `{serve_command(home)}` for http://127.0.0.1:8090/"
    )


def serve_command(home: Home) -> str:
    """What a person types to serve this home's site."""
    named = "" if home == Home.from_environment(REPOSITORY / ".home") else f" --home {home.root}"
    return f".venv/bin/roxham{named} serve"


def _rows(ended: Ended) -> list[tuple[str, str, str, str, str]]:
    fetched = ended.reports.get("fetch") or {}
    counts = ", ".join(f"{count} {name}" for name, count in fetched.get("counts", {}).items()) or "nothing"
    releases = ended.reports.get("process_release") or []
    if not releases:
        outcome = "failed" if ended.failed_tasks else "unchanged"
        return [(counts, outcome, "", "", "")]
    return [
        (
            counts if first else "",
            release["state"],
            release["release_id"],
            str(release["rows"] or ""),
            f"{release['first_month'] or '?'} to {release['last_month'] or '?'}",
        )
        for first, release in zip([True] + [False] * len(releases), releases, strict=False)
    ]


def _why_failed(client: AirflowClient, runs: Sequence[Ended]) -> list[str]:
    """One paragraph per failed step, in its own words where it left some."""
    said = []
    for run in runs:
        for task_id in run.failed_tasks:
            own = run.reports.get(task_id)
            words = _own_words(own) or _tail(client, run, task_id)
            said.append(f"{run.dag_id} {task_id} failed:\n{words}")
        if run.state == "failed" and not run.failed_tasks:
            said.append(f"{run.dag_id} run {run.run_id} failed")
    return said


def _own_words(left: Any) -> str:  # noqa: ANN401  plain data of a task
    if isinstance(left, dict):
        return "\n".join(f"  {each}" for each in left.get("failures", []))
    if isinstance(left, list):
        return "\n".join(
            f"  {release['release_id']}: {check['severity']} {check['check']}: {check['observed']} (limit {check['limit']})"
            for release in left
            if isinstance(release, dict) and release.get("state") != "accepted"
            for check in release["failed_checks"]
        )
    return ""


def _tail(client: AirflowClient, run: Ended, task_id: str) -> str:
    log = client.log_of(run.dag_id, run.run_id, task_id, run.tasks[task_id]["try_number"])
    return "\n".join(f"  {line}" for line in log.splitlines()[-15:])


def _verdict(home: Home, failures: Sequence[str], told_before: int) -> int:
    for entry in _messages(home)[told_before:]:
        fates = ", ".join(f"{channel}: {fate}" for channel, fate in entry["fates"].items())
        console.print(f"message: {entry['subject']} ({fates})")
    for failure in failures:
        console.print(failure)
    if failures:
        console.print("roxham: the night had failures, said above; what was served before is still served")
        return FAILED
    return 0


def _messages(home: Home) -> list[dict[str, Any]]:
    kept = home.root / "messages.jsonl"
    return [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []


def _messages_so_far(home: Home) -> int:
    return len(_messages(home))


def _described(mode: RunMode) -> str:
    if mode.folder is None:
        return "the agencies themselves"
    what = "the bundled sample" if mode.kind == "sample" else str(mode.folder)
    return f"{what}, agency's clock at {mode.last_day}"


def _interrupted(number: int, _frame: object) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)


if __name__ == "__main__":
    sys.exit(main())
