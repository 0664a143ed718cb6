"""The containers really start: from nothing to a site, through a crash in mid-run, over a restart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from roxham_web.serve import CSP

from orchestration import tasks
from orchestration.container import REQUIRED
from tests.compose.conftest import NO_ENGINE
from tests.compose.stack import BUILT_WITHIN, NoEngine, Stack, compose_command, provide_engine, run

pytestmark = [pytest.mark.compose, pytest.mark.slow]
BUILD = "build_warehouse"


@pytest.fixture(scope="module")
def engine(pytestconfig: pytest.Config) -> None:
    try:
        provide_engine()
    except NoEngine as error:
        pytestconfig.stash[NO_ENGINE] = str(error)
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def stack(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = Stack(tmp_path_factory.mktemp("compose"))
    try:
        stack.compose("build", "init", within=BUILT_WITHIN)
        stack.up()
        yield stack
    finally:
        stack.down()


@pytest.mark.parametrize("missing", sorted(REQUIRED))
def test_without_a_password_nothing_starts_and_it_is_said_why(engine: None, tmp_path: Any, missing: str) -> None:
    settings = tmp_path / "settings"
    settings.write_text("".join(f"{name}=long-enough-a-secret\n" for name in REQUIRED if name != missing))
    done = run(*compose_command(), "--env-file", str(settings), "config", check=False, **{missing: ""})
    assert done.returncode != 0 and "make env" in done.stderr


def test_a_night_finishes_although_scheduler_and_worker_crash_in_mid_run(stack: Stack) -> None:
    """The worker that holds a task of the first night, and the scheduler, are killed; what they began is done again."""
    stack.slow_agency(8)
    running = stack.wait_for("a task of the first night", lambda: task_under_way(stack), 300)
    workers = {stack.container(name)[:12]: name for name in ("worker-1", "worker-2")}
    stack.crash(workers[running["hostname"][:12]])
    stack.crash("scheduler")
    stack.slow_agency(0)
    published = stack.wait_for("a published build", stack.published, 900)
    assert published["stamp"] == "SAMPLE" and published["releases"]
    stack.wait_for("every night ended", lambda: all_ended(stack), 600)
    again = stack.client.tasks(running["dag_id"], running["dag_run_id"])[running["task_id"]]
    assert again["state"] == "success" and again["try_number"] > running["try_number"]


def task_under_way(stack: Stack) -> dict[str, Any] | None:
    """A task of ingest that a worker holds right now and that is tried again when it is lost."""
    found = stack.client.call("GET", "dags/~/dagRuns/~/taskInstances", params={"state": "running", "limit": 50})
    held = [each for each in found["task_instances"] if each["hostname"] and each["dag_id"].startswith("ingest__")]
    return next((each for each in held if each["task_id"] in ("fetch", "process_release")), None)


def all_ended(stack: Stack) -> bool:
    client = stack.client
    runs = [run for dag_id in tasks.dag_ids() for run in client.runs(dag_id)]
    return client.queued_events(BUILD) == 0 and all(run["state"] in ("success", "failed") for run in runs)


def test_the_site_is_read_through_the_web_server(stack: Stack) -> None:
    stack.wait_for("a published build", stack.published, 600)
    page = stack.get("/")
    assert page.status_code == 200 and "<h1>Overview</h1>" in page.text
    assert page.headers["Content-Security-Policy"] == CSP
    assert stack.get("/feed.xml").status_code == 200
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    facts = stack.get("/exports/fct_crossings_monthly.csv")
    assert facts.status_code == 200 and "measure_id" in facts.text.splitlines()[0]
    assert stack.get("/warehouse.duckdb").content[8:12] == b"DUCK"


@pytest.mark.parametrize(
    "path", ["/archive/manifest.sqlite", "/../archive/manifest.sqlite", "/exports/../../archive/manifest.sqlite",
             "/exports/%2e%2e/%2e%2e/archive/manifest.sqlite", "/exports../archive/manifest.sqlite", "/.current"],
)  # fmt: skip
def test_nothing_outside_the_build_is_reached(stack: Stack, path: str) -> None:
    assert stack.get(path).status_code in (400, 403, 404)


def test_the_pages_of_airflow_ask_for_the_password(stack: Stack) -> None:
    base = stack.client.base_url
    assert requests.get(f"{base}/api/v2/dags", timeout=20).status_code == 401
    wrong = requests.post(f"{base}/auth/token", json={"username": "admin", "password": "admin"}, timeout=20)
    assert wrong.status_code == 401
    assert set(stack.client.log_in().dags()) >= set(tasks.dag_ids())


@pytest.mark.parametrize("service", ["scheduler", "worker-1", "api-server", "agency"])
def test_a_container_is_nobody_special_and_writes_only_where_it_may(stack: Stack, service: str) -> None:
    assert stack.inside(service, "import os; print(os.getuid())").stdout.strip() == "10001"
    refused = stack.inside(service, "open('/opt/roxham/x', 'w')")
    assert "Read-only file system" in refused.stderr
    assert stack.inside(service, "open('/var/lib/roxham/x', 'w').close()").returncode == 0


def test_every_service_becomes_healthy(stack: Stack) -> None:
    services = [name for name in stack.compose("config", "--services").stdout.split() if name != "init"]
    stack.wait_for("every service healthy", lambda: {health(stack, name) for name in services} == {"healthy"}, 300)


def health(stack: Stack, service: str) -> str:
    return str(stack.inspect(service)["State"].get("Health", {}).get("Status"))


def test_no_secret_stands_in_the_image_or_in_a_log(stack: Stack) -> None:
    history = run("docker", "history", "--no-trunc", "roxham:test").stdout
    assert "PIP_INDEX_URL" not in history
    said = stack.compose("logs", "--no-color").stdout
    for name in REQUIRED:
        assert stack.secrets[name] not in said, name


def test_after_a_restart_the_data_are_there(stack: Stack) -> None:
    before = stack.wait_for("a published build", stack.published, 600)
    runs = {run["dag_run_id"] for run in stack.client.runs(BUILD)}
    stack.compose("down", "--timeout", "20", within=300)
    stack.up()
    after = stack.wait_for("the build that was published", stack.published, 120)
    assert after["build_id"] == before["build_id"]
    assert runs <= {run["dag_run_id"] for run in stack.client.runs(BUILD)}
