"""A secret lies only where it is used: in containers by service, on one machine by who may read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingest.core.home import REPOSITORY, Home
from ingest.core.settings import ContainerSettings
from orchestration import container
from orchestration.airflow_settings import airflow_environment, airflow_home

WORDS_OF_SECRETS = re.compile(r"PASSWORD|SECRET|FERNET|WEBHOOK_URL")


def services() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())["services"]
    return content


def part_of(service: dict[str, Any]) -> str | None:
    """What of Roxham it runs; None for postgres, redis and nginx."""
    return service["command"][0] if service.get("command") and "ROXHAM_CONTACT" in service["environment"] else None


def test_each_service_is_given_its_own_secrets_and_no_other() -> None:
    """All six went to every container, the agency's stand-in included, which speaks to whoever asks."""
    seen = set()
    for name, service in services().items():
        given = {each for each in service.get("environment", {}) if each in ContainerSettings.secrets()}
        if part := part_of(service):
            assert given == set(container.SECRETS_OF[part]), name
            seen.add(part)
    assert seen == set(container.SECRETS_OF)
    assert set(services()["postgres"]["environment"]) & set(ContainerSettings.secrets()) == {"POSTGRES_PASSWORD"}


def test_the_stand_in_agency_and_the_site_know_no_secret_at_all() -> None:
    for name in ("agency", "site"):
        assert [each for each in services()[name].get("environment", {}) if WORDS_OF_SECRETS.search(each)] == []


def test_addresses_of_messages_go_where_tasks_and_callbacks_run() -> None:
    told = {name for name, each in services().items() if "ROXHAM_SMTP_PASSWORD" in each.get("environment", {})}
    assert told == {"scheduler", "dag-processor", "worker-1", "worker-2"}


@pytest.mark.parametrize("part", sorted(container.SECRETS_OF))
def test_every_part_starts_with_its_own_secrets_and_not_without(tmp_path: Path, part: str) -> None:
    own = {name: f"a:b/c@d {name}" for name in container.SECRETS_OF[part]}
    container.require_secrets(own, part)
    for name in own:
        with pytest.raises(container.Refused, match=name):
            container.require_secrets({each: value for each, value in own.items() if each != name}, part)
    if part != "agency":
        homes = {"AIRFLOW_HOME": str(tmp_path), "ROXHAM_HOME": str(tmp_path), "COMPOSE_PROFILES": "celery"}
        made = container.container_environment(own | homes)
        others = set(ContainerSettings.secrets()) - set(own)
        assert not [value for value in made.values() if any(name in value for name in others)]
        assert ("AIRFLOW__API_AUTH__JWT_SECRET" in made) == ("ROXHAM_JWT_SECRET" in own)
        assert ("AIRFLOW__CELERY__BROKER_URL" in made) == ("ROXHAM_REDIS_PASSWORD" in own)


def test_no_service_keeps_capabilities_that_it_does_not_use() -> None:
    """Postgres kept all of them."""
    for name, service in services().items():
        assert service["cap_drop"] == ["ALL"], name
    added = {name: each["cap_add"] for name, each in services().items() if "cap_add" in each}
    assert added == {"postgres": ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"]}


def test_a_part_that_there_is_not_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["nonsense"], ["health"], ["health", "nonsense"], []):
        assert container.main(arguments) == container.REFUSED
        assert "no part" in capsys.readouterr().err


def test_the_local_airflow_is_readable_for_its_owner_only(home: Home, tmp_path: Path) -> None:
    """Its database was readable for everybody on the machine."""
    airflow_home(home).mkdir(parents=True, mode=0o755)
    airflow_environment(home, 8080, tmp_path, {})
    assert airflow_home(home).stat().st_mode & 0o077 == 0
