"""Every environment variable that Roxham reads, each once: name, type, default and what it does.

A settings object is made where it is needed (``RunSettings()``) and reads the environment at that moment. An empty
variable counts as not set, so that docker-compose can pass on what an operator left empty. The names are contracts.
``python -m ingest.core.settings`` prints README's table.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

NOON = dt.time(12)


def _moment(text: object) -> object:
    """A day stands for its noon; a time without a zone is UTC."""
    if not isinstance(text, str):
        return text
    moment = dt.datetime.fromisoformat(text)
    if len(text) == len("2026-01-01"):
        moment = dt.datetime.combine(moment.date(), NOON)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


class Environment(BaseSettings):
    """Base of all settings: exact names, empty means not set, and no error message quotes a value."""

    model_config = SettingsConfigDict(
        case_sensitive=True, env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """The settings as the given environment has them, before those of this process."""
        names = {field.validation_alias for field in cls.model_fields.values()}
        given: dict[str, Any] = {name: value for name, value in environment.items() if name in names and value}
        return cls(**given)


class HomeSettings(Environment):
    """Where everything lives."""

    home: Path | None = Field(
        None, validation_alias="ROXHAM_HOME", description="The folder of archive and builds; default `.home`."
    )


class ClockSettings(Environment):
    """What time it is."""

    now: Annotated[dt.datetime, BeforeValidator(_moment)] | None = Field(
        None, validation_alias="ROXHAM_NOW",
        description="Pins the clock to an ISO date (its noon) or time, UTC unless it says otherwise.",
    )  # fmt: skip


class AgencySettings(Environment):
    """Whom to ask, and as whom."""

    agency: str = Field(
        "", validation_alias="ROXHAM_AGENCY",
        description="Address of a stand-in (the sandbox) that answers for all agencies; unset: the agencies themselves.",
    )  # fmt: skip
    contact: str = Field(
        "archive of public releases, one visit a night", validation_alias="ROXHAM_CONTACT",
        description="Mail or web address told to the agencies in the User-Agent.",
    )  # fmt: skip


class RunSettings(Environment):
    """Over what `make run` and `make up` run, and where they listen."""

    releases: str = Field(
        "",
        validation_alias="RELEASES",
        description="Runs over this folder of releases, or several (separated as in PATH), instead of the bundled sample.",
    )
    live: bool = Field(False, validation_alias="LIVE", description="1 runs over the agencies themselves.")
    airflow_port: int = Field(
        0, validation_alias="ROXHAM_PORT", ge=0, le=65535,
        description="Port of Airflow's pages under `make up`; 0 takes a free one.",
    )  # fmt: skip
    site_port: int = Field(
        0, validation_alias="ROXHAM_SITE_PORT", ge=0, le=65535,
        description="Port of the site under `make up` (0 takes a free one) and in containers (there 8081).",
    )  # fmt: skip


class OrchestrationSettings(Environment):
    """How the DAGs run, and what their messages link to."""

    watch_seconds: float = Field(
        900, validation_alias="ROXHAM_WATCH_SECONDS", ge=0,
        description="Seconds between two polls of an agency's page by its watcher; 0: no watchers.",
    )  # fmt: skip
    retry_seconds: float = Field(
        300, validation_alias="ROXHAM_RETRY_SECONDS", ge=0,
        description="Seconds before a task is tried again, doubled each time.",
    )  # fmt: skip
    site_url: str = Field("", validation_alias="ROXHAM_SITE_URL", description="Address of the site, named in messages.")
    ui_url: str = Field(
        "", validation_alias="ROXHAM_UI_URL", description="Address of Airflow's pages, named in messages."
    )


class MessageSettings(Environment):
    """Where messages go; all may stay unset. A connection of Airflow's comes before the variables beside it."""

    webhook_url: str = Field(
        "", validation_alias="ROXHAM_WEBHOOK_URL", description="Takes each message as JSON; a secret."
    )
    webhook_connection: str = Field(
        "", validation_alias="ROXHAM_WEBHOOK_CONN_ID", description="Airflow connection with that address as password."
    )
    slack_url: str = Field(
        "", validation_alias="ROXHAM_SLACK_WEBHOOK_URL",
        description="Incoming webhook of Slack, Mattermost and the like; a secret.",
    )  # fmt: skip
    slack_connection: str = Field(
        "", validation_alias="ROXHAM_SLACK_CONN_ID", description="Airflow connection with that address as password."
    )
    smtp_to: str = Field(
        "",
        validation_alias="ROXHAM_SMTP_TO",
        description="Recipients of mail, plain and HTML, with commas between them.",
    )
    smtp_host: str = Field("localhost", validation_alias="ROXHAM_SMTP_HOST", description="Mail server.")
    smtp_port: int = Field(25, validation_alias="ROXHAM_SMTP_PORT", ge=1, le=65535, description="Its port.")
    smtp_from: str = Field("roxham@localhost", validation_alias="ROXHAM_SMTP_FROM", description="Sender of mail.")
    smtp_user: str = Field("", validation_alias="ROXHAM_SMTP_USER", description="User at the mail server.")
    smtp_password: str = Field(
        "", validation_alias="ROXHAM_SMTP_PASSWORD", description="Its password; with one, mail goes over TLS only."
    )
    smtp_connection: str = Field(
        "",
        validation_alias="ROXHAM_SMTP_CONN_ID",
        description="Airflow connection with host, port, login and password.",
    )

    @property
    def recipients(self) -> tuple[str, ...]:
        """The addresses of ``ROXHAM_SMTP_TO``."""
        return tuple(each.strip() for each in self.smtp_to.split(",") if each.strip())


def _secret(name: str, description: str) -> Any:  # noqa: ANN401  pydantic's field
    return Field(SecretStr(""), validation_alias=name, description=description)


class ContainerSettings(Environment):
    """What runs in the containers; the secrets have no default, and nothing starts without them."""

    compose_profiles: str = Field(
        "", validation_alias="COMPOSE_PROFILES",
        description="`sample` (the bundled sample instead of the agencies), `celery` (two workers), with a comma for both.",
    )  # fmt: skip
    airflow_home: Path = Field(
        Path("/var/lib/airflow"), validation_alias="AIRFLOW_HOME", description="Airflow's own folder in a container."
    )
    postgres_password: SecretStr = _secret("POSTGRES_PASSWORD", "Password of Airflow's database.")
    admin_password: SecretStr = _secret("ROXHAM_ADMIN_PASSWORD", "Password of the user admin in Airflow's pages.")
    jwt_secret: SecretStr = _secret("ROXHAM_JWT_SECRET", "Signs the tasks' tokens.")
    session_secret: SecretStr = _secret("ROXHAM_SESSION_SECRET", "Signs the sessions of Airflow's pages.")
    fernet_key: SecretStr = _secret("ROXHAM_FERNET_KEY", "Encrypts Airflow's connections.")
    redis_password: SecretStr = _secret("ROXHAM_REDIS_PASSWORD", "Password of the workers' queue.")

    @property
    def profiles(self) -> frozenset[str]:
        """The profiles of docker-compose that are on."""
        return frozenset(each.strip() for each in self.compose_profiles.split(",") if each.strip())

    @classmethod
    def secrets(cls) -> dict[str, str]:
        """What each secret is for, by the name of its variable."""
        return {
            str(field.validation_alias): str(field.description)
            for field in cls.model_fields.values()
            if field.annotation is SecretStr
        }

    def secrets_shorter_than(self, length: int) -> dict[str, str]:
        """The secrets that are missing or shorter than that many characters, with what each is for."""
        given = {str(field.validation_alias): getattr(self, name) for name, field in type(self).model_fields.items()}
        return {name: what for name, what in self.secrets().items() if len(given[name]) < length}


class DevelopmentSettings(Environment):
    """What tests and `make bench` read."""

    releases: str = Field(
        "", validation_alias="ROXHAM_RELEASES",
        description="Folders of real releases for tests (separated as in PATH; `make bench` takes the first); "
        "default `../shared/releases` and `../shared/releases_2`.",
    )  # fmt: skip
    chromium: Path | None = Field(
        None, validation_alias="ROXHAM_CHROMIUM", description="The browser that tests the site; default: the system's."
    )
    screenshots: Path | None = Field(
        None, validation_alias="ROXHAM_SCREENSHOTS", description="Folder that keeps the pictures of the site's tests."
    )
    local_images: Path | None = Field(
        None, validation_alias="ROXHAM_LOCAL_IMAGES",
        description="What makes base images for `make test-compose`; default `../shared/tools/local-images`.",
    )  # fmt: skip


ALL: tuple[type[Environment], ...] = (
    HomeSettings, ClockSettings, AgencySettings, RunSettings, OrchestrationSettings, MessageSettings, ContainerSettings,
    DevelopmentSettings,
)  # fmt: skip


def documented() -> dict[str, str]:
    """What every variable does, by its name, in the order of the classes."""
    return {str(field.validation_alias): str(field.description) for each in ALL for field in each.model_fields.values()}


def table() -> str:
    """README's table of settings."""
    return "\n".join(_rows()) + "\n"


def _rows() -> Iterator[str]:
    yield from ("| variable | default | what it does |", "|---|---|---|")
    for each in ALL:
        for field in each.model_fields.values():
            default = (
                "" if isinstance(field.default, SecretStr) or field.default in (None, "") else f"`{field.default}`"
            )
            yield f"| `{field.validation_alias}` | {default} | {field.description} |"


if __name__ == "__main__":
    print(table(), end="")
