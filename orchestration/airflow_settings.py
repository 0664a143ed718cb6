"""How Airflow is set up on one machine: environment, secrets made once per home, telemetry off everywhere."""

from __future__ import annotations

import base64
import configparser
import io
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from ingest.core.home import REPOSITORY, Home
from orchestration.switches import QUIET, TELEMETRY_OFF

ADMIN = "admin"
# One slot each: there is one writer, and what only shows the models leaves the other core to what publishes them.
WRITER_POOL, WATCHERS_POOL = "warehouse_writer", "model_watchers"
POOLS = (WRITER_POOL, WATCHERS_POOL)


def airflow_home(home: Home) -> Path:
    """Airflow's own folder (metadata, logs, secrets) below Roxham's home."""
    return home.root / "airflow"


def password_of(home: Home) -> str:
    """The generated password of the user ``admin`` of this home's Airflow."""
    password: str = json.loads(_passwords_file(home).read_text())[ADMIN]
    return password


def airflow_environment(home: Home, port: int, dags_folder: Path, extra: Mapping[str, str]) -> dict[str, str]:
    """The environment of every Airflow process of this home; makes the secrets when they are not there yet."""
    folder = airflow_home(home)
    folder.mkdir(parents=True, exist_ok=True)
    # Its database, logs and configuration hold connections, sessions and keys; Airflow writes them readable for all.
    folder.chmod(0o700)
    options = TELEMETRY_OFF | QUIET | airflow_options(folder, port, dags_folder) | _secrets(home)
    options["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"] = str(_passwords_file(home))
    write_private(folder / "airflow.cfg", _configuration(options))
    environment = dict(os.environ) | options
    environment["ROXHAM_HOME"] = str(home.root)
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(REPOSITORY), environment.get("PYTHONPATH", "")]))
    return environment | dict(extra)


def _configuration(options: Mapping[str, str]) -> str:
    """The same options as an ``airflow.cfg``, for a plain ``airflow`` in this folder.

    Without it, that command would write one of its own: with Airflow's examples, telemetry and another database.
    """
    config = configparser.ConfigParser()
    for name, value in sorted(options.items()):
        prefix, *rest = name.split("__", 2)
        if prefix == "AIRFLOW" and len(rest) == 2:
            section, key = (each.lower() for each in rest)
            if not config.has_section(section):
                config.add_section(section)
            config.set(section, key, value.replace("%", "%%"))
    stream = io.StringIO()
    config.write(stream)
    return stream.getvalue()


def airflow_options(folder: Path, port: int, dags_folder: Path) -> dict[str, str]:
    """Airflow's options on one machine; containers override what is otherwise between them."""
    return {
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder / 'airflow.db'}",
        "AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS": "False",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags_folder),
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        # The default of 32 forks 32 workers; a night has a handful of tasks at a time.
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{ADMIN}:admin",
        # These two change together: tasks reach the API server through the second.
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "60",
        # An edited file is parsed at once all the same; this only spares idle re-parsing on two cores.
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "120",
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(folder / "logs"),
        "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(folder / "logs" / "dag_processor"),
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
        "AIRFLOW__LOGGING__UVICORN_LOGGING_LEVEL": "WARNING",
        "AIRFLOW__LOGGING__NAMESPACE_LEVELS": "http.access=WARNING",
        "AIRFLOW__COSMOS__CACHE_DIR": str(folder / "cosmos"),
        "NO_COLOR": "1",
    }


def _passwords_file(home: Home) -> Path:
    return airflow_home(home) / "passwords.json"


def _secrets(home: Home) -> dict[str, str]:
    """JWT, session and Fernet keys, generated once per home, readable by its owner only."""
    kept = airflow_home(home) / "secrets.json"
    if not kept.exists():
        fernet = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        write_private(kept, _json({
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_urlsafe(48),
            "AIRFLOW__API__SECRET_KEY": secrets.token_urlsafe(48),
            "AIRFLOW__CORE__FERNET_KEY": fernet,
        }))  # fmt: skip
    if not _passwords_file(home).exists():
        write_private(_passwords_file(home), _json({ADMIN: secrets.token_urlsafe(16)}))
    content: dict[str, str] = json.loads(kept.read_text())
    return content


def _json(content: dict[str, str]) -> str:
    return json.dumps(content) + "\n"


def write_private(path: Path, content: str) -> None:
    """Write what holds secrets, readable by its owner only."""
    # Created with its final mode and renamed into place: there is no moment in which others could read it.
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(content)
    draft.replace(path)
