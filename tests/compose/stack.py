"""A docker engine, and one started stack of containers under a name of its own, taken down wholly at the end."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from ingest.core.home import REPOSITORY
from orchestration.local.airflow import free_port
from orchestration.local.client import AirflowClient, AirflowError

BASE_IMAGES = ("python:3.12-slim-bookworm", "postgres:17", "redis:7", "nginx:1.29-alpine")
STAND_INS_WITHIN, BUILT_WITHIN, UP_WITHIN = 1200, 1800, 900


class NoEngine(RuntimeError):
    """No docker engine can be had here; the message says why."""


def run(*command: str, within: float = 120, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command with its output, bounded in time."""
    done = subprocess.run(
        command, cwd=REPOSITORY, env=dict(os.environ) | environment, capture_output=True, text=True, timeout=within
    )
    assert not check or done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done


def provide_engine() -> None:
    """An engine with the base images: the machine's own, or stand-ins where no registry is reached.

    Raises:
        NoEngine: when neither can be had.
    """
    maker = Path(os.environ.get("ROXHAM_LOCAL_IMAGES") or REPOSITORY.parent / "shared" / "tools" / "local-images")
    if maker.is_file():
        done = run(str(maker), *BASE_IMAGES, within=STAND_INS_WITHIN, check=False)
        if done.returncode:
            message = f"{maker.name} ended with {done.returncode}: {(done.stderr or done.stdout)[-500:]}"
            raise NoEngine(message)
    if not shutil.which("docker") or run("docker", "info", check=False).returncode:
        message = "no docker engine answers (set ROXHAM_LOCAL_IMAGES to a tool that provides one)"
        raise NoEngine(message)
    compose_command()


def compose_command() -> list[str]:
    """`docker compose`, or the older `docker-compose`.

    Raises:
        NoEngine: when there is neither.
    """
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    if run("docker", "compose", "version", check=False).returncode == 0:
        return ["docker", "compose"]
    message = "neither docker compose nor docker-compose is installed"
    raise NoEngine(message)


def generated_secrets(path: Path, profiles: str) -> dict[str, str]:
    """Write an .env as `make env` does; returns what stands in it."""
    spec = importlib.util.spec_from_file_location("make_env", REPOSITORY / "containers" / "make_env.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.main([profiles, str(path)]) == 0
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line and line[0] != "#")


class Stack:
    """The containers of docker-compose.yml, with the sample and two workers."""

    def __init__(self, folder: Path) -> None:
        self.project = f"roxhamtest{os.getpid()}"
        self.settings = folder / "settings"
        self.secrets = generated_secrets(self.settings, "sample,celery")
        self.site_port, self.ui_port = free_port(), free_port()
        self.environment = {
            "ROXHAM_IMAGE": "roxham:test",
            "ROXHAM_SITE_PORT": str(self.site_port),
            "ROXHAM_UI_PORT": str(self.ui_port),
            "ROXHAM_RETRY_SECONDS": "5",
            # What the classic builder cannot do must not be in the Dockerfile.
            "DOCKER_BUILDKIT": "0",
            "COMPOSE_DOCKER_CLI_BUILD": "0",
            # The secrets come from the file, whatever the caller's environment holds.
            **{name: value for name, value in self.secrets.items() if value and "PORT" not in name},
        }
        self.site = f"http://127.0.0.1:{self.site_port}"
        self.client = AirflowClient(f"http://127.0.0.1:{self.ui_port}", self.secrets["ROXHAM_ADMIN_PASSWORD"])

    def compose(self, *arguments: str, within: float = 120, check: bool = True) -> subprocess.CompletedProcess[str]:
        """One docker-compose command on this stack."""
        base = [*compose_command(), "--project-name", self.project, "--env-file", str(self.settings)]
        return run(*base, *arguments, within=within, check=check, **self.environment)

    def up(self) -> None:
        """Start everything, and wait until the pages of Airflow answer."""
        self.compose("up", "-d", "--no-build", within=UP_WITHIN)
        self.wait_for("Airflow's API", self._logged_in, 300)

    def _logged_in(self) -> bool:
        try:
            return bool(self.client.log_in().heartbeats())
        except (requests.RequestException, AirflowError):
            return False

    def down(self) -> None:
        """Take everything down with its volumes."""
        self.compose("down", "--volumes", "--timeout", "10", within=300, check=False)

    def container(self, service: str) -> str:
        """The full id of a service's container."""
        return self.compose("ps", "-q", service).stdout.strip()

    def inspect(self, service: str) -> dict[str, Any]:
        """What docker knows of it."""
        found: list[dict[str, Any]] = json.loads(run("docker", "inspect", self.container(service)).stdout)
        return found[0]

    def inside(self, service: str, code: str) -> subprocess.CompletedProcess[str]:
        """Run Python in a container."""
        return run("docker", "exec", self.container(service), "python", "-c", code, check=False)

    def slow_agency(self, seconds: float) -> None:
        """Let the sample's agency take its time for each answer, so that a run can be caught in the middle; 0 ends it."""
        fault = json.dumps([{"kind": "delay", "seconds": seconds}] if seconds else [])
        asked = self.inside(
            "agency",
            "import urllib.request as u\n"
            f"for method, body in (('DELETE', None), ('POST', {fault!r}.encode())):\n"
            "    u.urlopen(u.Request('http://127.0.0.1:8085/__sandbox/faults', data=body, method=method)).read()",
        )
        assert asked.returncode == 0, asked.stderr

    def crash(self, service: str) -> None:
        """Kill the service's process as a lack of memory would; only its restart policy brings it back."""
        before = self.inspect(service)["State"]["StartedAt"]
        # The init process's children: a kill from outside would count as stopped by a person.
        self.inside(service, "import os, psutil; [os.kill(p.pid, 9) for p in psutil.Process(1).children()]")
        self.wait_for(f"{service} started again", lambda: self.inspect(service)["State"]["StartedAt"] != before, 120)

    def get(self, path: str) -> requests.Response:
        """An answer of the site's web server; paths are sent as they are."""
        with requests.Session() as session:
            session.trust_env = False
            prepared = requests.Request("GET", self.site).prepare()
            prepared.url = self.site + path
            return session.send(prepared, timeout=20, allow_redirects=False)

    def published(self) -> dict[str, Any] | None:
        """The build that the site serves, None before the first."""
        try:
            answer = self.get("/release.json")
        except requests.RequestException:
            return None
        return answer.json() if answer.status_code == 200 else None

    def wait_for(self, what: str, condition: Callable[[], Any], seconds: float) -> Any:
        """Poll until it holds; in vain, the containers' last lines are shown."""
        deadline = time.monotonic() + seconds
        while True:
            found = condition()
            if found:
                return found
            if time.monotonic() > deadline:
                said = self.compose("logs", "--tail", "15", "--no-color", check=False).stdout
                message = f"in vain for {seconds:.0f} s: {what}\n{said[-12000:]}"
                raise AssertionError(message)
            time.sleep(2)
