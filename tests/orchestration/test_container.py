"""What containers are given: no default password, secrets that fit into addresses, the sample's agency and clock."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingest.core.home import REPOSITORY
from ingest.core.settings import ContainerSettings
from orchestration import container

REQUIRED = ContainerSettings.secrets()
SECRETS = {name: f"a:b/c@d {position:04}" for position, name in enumerate(REQUIRED)}


def environment(tmp_path: Path, profiles: str = "", **more: str) -> dict[str, str]:
    homes = {"AIRFLOW_HOME": str(tmp_path / "airflow"), "ROXHAM_HOME": str(tmp_path / "home")}
    return container.container_environment(SECRETS | homes | {"COMPOSE_PROFILES": profiles} | more)


def make_env() -> Any:
    spec = importlib.util.spec_from_file_location("make_env", REPOSITORY / "containers" / "make_env.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
    return content


def test_nothing_starts_without_each_of_the_secrets(capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    for name in REQUIRED:
        for value in ("", "short"):
            with pytest.raises(container.Refused, match=name) as refused:
                container.require_secrets(SECRETS | {name: value})
            assert "make env" in str(refused.value) and "a:b/c" not in str(refused.value)
    for name in REQUIRED:
        monkeypatch.delenv(name, raising=False)
    assert container.main(["scheduler"]) == container.REFUSED
    assert "POSTGRES_PASSWORD" in capsys.readouterr().err


def test_the_example_holds_no_secret_and_a_made_one_holds_each(tmp_path: Path) -> None:
    example = (REPOSITORY / ".env.example").read_text()
    for name in REQUIRED:
        assert re.search(rf"^{name}=$", example, re.MULTILINE)
    target = tmp_path / ".env"
    assert make_env().main(["sample,celery", str(target)]) == 0
    made = dict(line.split("=", 1) for line in target.read_text().splitlines() if "=" in line and line[0] != "#")
    container.require_secrets(made)
    assert len({made[name] for name in REQUIRED}) == len(REQUIRED)
    assert made["COMPOSE_PROFILES"] == "sample,celery"
    assert target.stat().st_mode & 0o077 == 0
    before = target.read_bytes()
    assert make_env().main(["", str(target)]) == 0 and target.read_bytes() == before
    assert make_env().main(["smaple", str(tmp_path / "other")]) == 2


def test_every_variable_of_the_compose_file_that_must_be_set_is_in_the_example() -> None:
    text = (REPOSITORY / "docker-compose.yml").read_text()
    assert set(re.findall(r"\$\{(\w+):\?", text)) == set(REQUIRED)


def test_a_password_of_any_characters_fits_into_an_address(tmp_path: Path) -> None:
    made = environment(tmp_path, "celery")
    assert made["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].startswith("postgresql+psycopg2://airflow:a%3Ab%2Fc%40d%20")
    assert made["AIRFLOW__CELERY__RESULT_BACKEND"].startswith("db+postgresql+psycopg2://airflow:a%3Ab")
    assert made["AIRFLOW__CELERY__BROKER_URL"].endswith("@redis:6379/0")


def test_profiles_choose_the_executor_and_the_agency(tmp_path: Path) -> None:
    live, sample = environment(tmp_path), environment(tmp_path, "sample,celery")
    assert (live["AIRFLOW__CORE__EXECUTOR"], "ROXHAM_AGENCY" in live) == ("LocalExecutor", False)
    assert (sample["AIRFLOW__CORE__EXECUTOR"], sample["ROXHAM_AGENCY"]) == ("CeleryExecutor", container.AGENCY)
    day = tmp_path / "home" / "sandbox" / "day"
    day.parent.mkdir(parents=True)
    day.write_text("2024-11-30\n")
    assert environment(tmp_path, "sample")["ROXHAM_NOW"] == "2024-11-30"
    assert "ROXHAM_NOW" not in environment(tmp_path)


def test_what_an_operator_sets_has_the_last_word(tmp_path: Path) -> None:
    name = "AIRFLOW__CELERY__WORKER_CONCURRENCY"
    assert environment(tmp_path, **{name: "7"})[name] == "7"


def test_only_the_site_and_airflows_pages_are_published_and_on_loopback() -> None:
    published = {name: each["ports"] for name, each in compose()["services"].items() if "ports" in each}
    assert set(published) == {"site", "api-server"}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)


def test_every_service_is_bounded_restarted_and_cannot_gain_rights() -> None:
    for name, service in compose()["services"].items():
        assert service["mem_limit"] and service["cpus"] and service["pids_limit"], name
        assert service["restart"] == ("no" if name == "init" else "unless-stopped"), name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert "healthcheck" in service or name == "init", name
        if name != "postgres":
            assert service["read_only"] and service["cap_drop"] == ["ALL"], name


def test_the_image_needs_no_feature_that_the_classic_builder_lacks() -> None:
    text = (REPOSITORY / "Dockerfile").read_text()
    assert not re.search(r"RUN\s+--|COPY\s+--(chmod|link|exclude)|<<\s*EOF|^# syntax", text, re.MULTILINE)
    assert re.search(r"^USER roxham$", text, re.MULTILINE)
    final = text.split("\nFROM ")[-1]
    assert "ARG" not in final, "an index address would stand in the image's history"


def test_the_image_takes_what_runs_and_no_secret() -> None:
    kept = (REPOSITORY / ".dockerignore").read_text().splitlines()
    assert "*" in kept and not any(".env" in each for each in kept)
    for folder in container_folders():
        assert f"!{folder}" in kept


def container_folders() -> set[str]:
    text = (REPOSITORY / "pyproject.toml").read_text()
    packages = tomllib.loads(text)["tool"]["setuptools"]["packages"]
    return {"web" if each.startswith("roxham_web") else each.split(".")[0] for each in packages} | {
        "dags",
        "dbt_project",
    }
