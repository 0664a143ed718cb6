"""``python -m orchestration.container <part>``: what runs inside a container of docker-compose.yml.

Parts: ``init`` (once per start: passwords, tables, the pool, dbt's manifest, the sample), ``agency`` (the sample's
stand-in agency), every component of Airflow (``api-server``, ``scheduler``, ``dag-processor``, ``triggerer``,
``worker``), and ``health <part>``, which the healthchecks call. ``COMPOSE_PROFILES`` decides between the sample and the
agencies, and between one machine's executor and Celery's workers.

Health is asked of the database, not of Airflow's command line: that would cost 3 to 5 seconds of a core each time.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from pydantic import SecretStr

# Nothing heavier is imported up here: a health check must be cheap.
from ingest.core.home import REPOSITORY, Home
from ingest.core.settings import ContainerSettings, HomeSettings, OrchestrationSettings

if TYPE_CHECKING:
    from orchestration.run_mode import RunMode

# What each part is given, and nothing else: the agency's stand-in answers strangers and knows no secret at all.
SECRETS_OF: dict[str, tuple[str, ...]] = {
    "init": ("POSTGRES_PASSWORD", "ROXHAM_ADMIN_PASSWORD", "ROXHAM_FERNET_KEY"),
    "agency": (),
    "api-server": ("POSTGRES_PASSWORD", "ROXHAM_JWT_SECRET", "ROXHAM_SESSION_SECRET", "ROXHAM_FERNET_KEY"),
    "scheduler": ("POSTGRES_PASSWORD", "ROXHAM_JWT_SECRET", "ROXHAM_FERNET_KEY", "ROXHAM_REDIS_PASSWORD"),
    "dag-processor": ("POSTGRES_PASSWORD", "ROXHAM_FERNET_KEY"),
    "triggerer": ("POSTGRES_PASSWORD", "ROXHAM_FERNET_KEY"),
    "worker": ("POSTGRES_PASSWORD", "ROXHAM_REDIS_PASSWORD"),
}
SHORTEST_SECRET = 12
PORT, AGENCY_PORT = 8080, 8085
AGENCY = f"http://agency:{AGENCY_PORT}"
JOBS = {"scheduler": "SchedulerJob", "dag-processor": "DagProcessorJob", "triggerer": "TriggererJob"}
COMMANDS = {
    "api-server": ["api-server"],
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
    "worker": ["celery", "worker", "--skip-serve-logs"],
}
BEATS_WITHIN = dt.timedelta(seconds=90)
REFUSED = 2


class Refused(RuntimeError):
    """The containers cannot start like this; the message says what to do."""


def require_secrets(environment: Mapping[str, str], part: str | None = None) -> None:
    """No default password, and no short one, among those of a part; of all when none is named.

    Raises:
        Refused: with the names of those that are missing or too short, never with a value.
    """
    short = ContainerSettings.of(environment).secrets_shorter_than(SHORTEST_SECRET)
    asked = short if part is None else SECRETS_OF[part]
    bad = [f"{name} ({what.rstrip('.')})" for name, what in short.items() if name in asked]
    if bad:
        message = (
            f"not started: missing or shorter than {SHORTEST_SECRET} characters: {', '.join(bad)}. "
            "`make env` writes an .env with generated ones"
        )
        raise Refused(message)


def _in_address(secret: SecretStr) -> str:
    return quote(secret.get_secret_value(), safe="")


def database(settings: ContainerSettings) -> str:
    """Address of Airflow's database, without driver."""
    return f"//airflow:{_in_address(settings.postgres_password)}@postgres:5432/airflow"


def broker(settings: ContainerSettings) -> str:
    """Address of the workers' queue."""
    return f"redis://:{_in_address(settings.redis_password)}@redis:6379/0"


def container_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What Airflow's components need besides what one machine's Airflow is given; ``environment`` has the last word.

    An option that is made of a secret is set only where that secret is known.
    """
    from orchestration.airflow_settings import airflow_options
    from orchestration.switches import QUIET, TELEMETRY_OFF

    settings = ContainerSettings.of(environment)
    folder, address = settings.airflow_home, database(settings)
    wanted = TELEMETRY_OFF | QUIET | airflow_options(folder, PORT, REPOSITORY / "dags") | {
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg2:{address}",
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor" if "celery" in settings.profiles else "LocalExecutor",
        # Nobody is there to unpause them by hand: up means that they run.
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(folder / "passwords.json"),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://api-server:{PORT}/execution/",
        "AIRFLOW__API__HOST": "0.0.0.0",  # noqa: S104  published on loopback only, by docker-compose.yml
        "AIRFLOW__API__BASE_URL": OrchestrationSettings.of(environment).ui_url or f"http://127.0.0.1:{PORT}",
        "AIRFLOW__CELERY__RESULT_BACKEND": f"db+postgresql+psycopg2:{address}",
        # The default of 5 s is lost on two busy cores, and with it the task.
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60",
        "AIRFLOW__CELERY__WORKER_CONCURRENCY": "2",
        # A worker or scheduler that was killed: its tasks are given to another after this long, not after minutes.
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "10",
        "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "30",
        "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "120",
    }  # fmt: skip
    return wanted | _options_of_secrets(settings) | dict(environment) | _sample(environment)


def _options_of_secrets(settings: ContainerSettings) -> dict[str, str]:
    """The options that are made of a secret, of those secrets that this container was given."""
    options = {
        "AIRFLOW__CORE__FERNET_KEY": settings.fernet_key.get_secret_value(),
        "AIRFLOW__API__SECRET_KEY": settings.session_secret.get_secret_value(),
        "AIRFLOW__API_AUTH__JWT_SECRET": settings.jwt_secret.get_secret_value(),
        "AIRFLOW__CELERY__BROKER_URL": broker(settings) if settings.redis_password.get_secret_value() else "",
    }
    return {name: value for name, value in options.items() if value}


def _sample(environment: Mapping[str, str]) -> dict[str, str]:
    """Over the sample, the agency and its clock are the stand-in's."""
    if "sample" not in ContainerSettings.of(environment).profiles:
        return {}
    day = _sample_day(Home.from_environment(HomeSettings.of(environment).home))
    return {"ROXHAM_AGENCY": AGENCY} | ({"ROXHAM_NOW": day.read_text().strip()} if day.exists() else {})


def _sample_day(home: Home) -> Path:
    return home.root / "sandbox" / "day"


def init() -> None:
    """Everything that must be there before Airflow's components start; safe to repeat at every start.

    Raises:
        Refused: on missing secrets, or a home that was made over another kind of releases.
    """
    from orchestration.airflow_settings import POOLS
    from orchestration.dbt_group import ensure_manifest

    settings, environment = ContainerSettings(), container_environment(os.environ)
    mode = _claim_home(settings)
    _write_passwords(settings)
    _require_utf8(settings)
    _run(environment, "airflow", "db", "migrate")
    for pool in POOLS:
        _run(environment, "airflow", "pools", "set", pool, "1", "see orchestration/airflow_settings.py")
    ensure_manifest(mode.home)
    if mode.kind == "sample" and mode.last_day:
        _bring_in_earlier_vintages(mode)
        _sample_day(mode.home).write_text(mode.last_day.isoformat() + "\n")
    print(f"init: ready, over {mode.folder or 'the agencies themselves'}", flush=True)


def _claim_home(settings: ContainerSettings) -> RunMode:
    from orchestration import run_mode

    try:
        return run_mode.set_up(run_mode.run_mode_of("sample" if "sample" in settings.profiles else "live"))
    except run_mode.WrongRunMode as error:
        raise Refused(str(error)) from None


def _bring_in_earlier_vintages(mode: RunMode) -> None:
    """What was published before the sample's last vintage, once; the first run brings the last one."""
    from pipeline import steps

    if steps.has_releases(mode.home):
        return
    assert mode.folder and mode.last_day  # noqa: S101
    steps.replay(mode.home, mode.folder, until=mode.last_day - dt.timedelta(days=1), jobs=2)


def _require_utf8(settings: ContainerSettings) -> None:
    """In a database of another encoding a build would fail at the first dash or arrow in a model's SQL."""
    import psycopg2

    connection = psycopg2.connect(f"postgresql:{database(settings)}", connect_timeout=30)
    try:
        with connection.cursor() as cursor:
            cursor.execute("show server_encoding")
            [encoding] = cursor.fetchone() or [None]
    finally:
        connection.close()
    if encoding != "UTF8":
        message = f"the database airflow is encoded as {encoding}; make it anew as UTF8 (LANG=C.UTF-8 in the postgres service)"
        raise Refused(message)


def _write_passwords(settings: ContainerSettings) -> None:
    from orchestration.airflow_settings import ADMIN, write_private

    settings.airflow_home.mkdir(parents=True, exist_ok=True)
    passwords = json.dumps({ADMIN: settings.admin_password.get_secret_value()}) + "\n"
    write_private(settings.airflow_home / "passwords.json", passwords)


def _run(environment: Mapping[str, str], *command: str) -> None:
    print(f"init: {' '.join(command[:3])}", flush=True)
    subprocess.run([sys.executable, "-m", *command], env=dict(environment), check=True)


def agency() -> None:
    """Serve the sample's releases to the other containers until told to end."""
    import signal

    from sandbox import Sandbox

    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    home = Home.from_environment()
    day = _sample_day(home).read_text().strip()
    with Sandbox(home.root / "sandbox" / "releases", day, AGENCY_PORT, host="0.0.0.0"):  # noqa: S104  reached by the other containers only
        ended.wait()


def component(part: str) -> None:
    """Become a component of Airflow."""
    command = [sys.executable, "-m", "orchestration.component", *COMMANDS[part]]
    os.execve(sys.executable, command, container_environment(os.environ))  # noqa: S606


def health(part: str) -> None:
    """End with an error when the part of this container is not well.

    Raises:
        Refused: with what is missing.
    """
    if part in ("api-server", "agency"):
        path = f":{PORT}/api/v2/monitor/health" if part == "api-server" else f":{AGENCY_PORT}/__sandbox/state"
        urllib.request.urlopen(f"http://127.0.0.1{path}", timeout=5).close()
    elif part == "worker":
        _worker_answers()
    else:
        _component_beats(JOBS[part])


def _component_beats(job: str) -> None:
    import psycopg2

    connection = psycopg2.connect(f"postgresql:{database(ContainerSettings())}", connect_timeout=5)
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "select 1 from job where job_type = %s and state = 'running' and hostname = %s"
                " and latest_heartbeat > now() - %s limit 1",
                (job, socket.getfqdn(), BEATS_WITHIN),
            )
            beats = cursor.fetchone()
    finally:
        connection.close()
    if not beats:
        message = f"no heartbeat of {job} on {socket.getfqdn()} in {BEATS_WITHIN}"
        raise Refused(message)


def _worker_answers() -> None:
    from celery import Celery

    queue = Celery(broker=broker(ContainerSettings()))
    if not queue.control.ping(destination=[f"celery@{socket.gethostname()}"], timeout=5):
        message = "the worker does not answer"
        raise Refused(message)


def main(arguments: list[str]) -> int:
    """Be the part that is asked for; returns the exit code."""
    part = arguments[0] if arguments else ""
    try:
        asked = arguments[1] if part == "health" and len(arguments) > 1 else part
        if asked not in SECRETS_OF:
            message = f"no part {asked!r}; known are health <part>, {', '.join(SECRETS_OF)}"
            raise Refused(message)
        require_secrets(os.environ, asked)
        if part == "init":
            init()
        elif part == "agency":
            agency()
        elif part == "health":
            health(asked)
        else:
            component(part)
    except (Refused, OSError) as error:
        print(f"roxham: {error}", file=sys.stderr, flush=True)
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
