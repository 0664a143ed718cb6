"""Every variable that Roxham reads stands once, in ``ingest.core.settings``; README's table is made from there."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from ingest.core import settings
from ingest.core.clock import FixedClock, SystemClock, clock_from_environment
from ingest.core.home import REPOSITORY

ROOMS = (
    "ingest",
    "sandbox",
    "expectations",
    "monitoring",
    "web",
    "warehouse",
    "pipeline",
    "orchestration",
    "dags",
    "bench",
)
# Read by docker-compose itself, never by Python.
COMPOSE_ONLY = {"ROXHAM_IMAGE", "ROXHAM_UI_PORT"}
# Handed to dbt's child process, which alone reads it.
HANDED_ON = {"ROXHAM_CANDIDATE"}


def code() -> dict[Path, str]:
    return {path: path.read_text() for room in ROOMS for path in sorted((REPOSITORY / room).rglob("*.py"))}


def test_readmes_table_is_the_one_that_the_classes_give() -> None:
    assert settings.table() in (REPOSITORY / "README.md").read_text(), (
        "paste what python -m ingest.core.settings prints"
    )


def test_every_variable_is_documented_once() -> None:
    names = [field.validation_alias for each in settings.ALL for field in each.model_fields.values()]
    assert len(names) == len(set(names)) >= 33
    assert all(text.endswith(".") for text in settings.documented().values())


def test_no_module_reads_or_writes_a_variable_by_its_name() -> None:
    """33 variables were read in 14 files, and five files wrote os.environ for whoever might read it later."""
    assert len(code()) > 100
    bad = [str(path) for path, text in code().items() if re.search(r"os\.environ(\[|\.|\s*\|=)|getenv|putenv", text)]
    assert bad == []


def test_every_variable_that_the_tree_names_is_one_of_the_settings() -> None:
    files = [
        *code().values(),
        (REPOSITORY / "docker-compose.yml").read_text(),
        (REPOSITORY / ".env.example").read_text(),
    ]
    named = {name for text in files for name in re.findall(r"\bROXHAM_[A-Z_]*[A-Z]\b", text)}
    assert named - COMPOSE_ONLY - HANDED_ON <= set(settings.documented())
    assert len(named) >= 25


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """docker-compose passes on what an operator left empty: the agencies were told a contact of no words."""
    monkeypatch.setenv("ROXHAM_CONTACT", "")
    monkeypatch.setenv("ROXHAM_WATCH_SECONDS", "")
    assert "public releases" in settings.AgencySettings().contact
    assert settings.OrchestrationSettings().watch_seconds == 900


def test_settings_are_read_when_asked_for_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROXHAM_RETRY_SECONDS", "5")
    assert settings.OrchestrationSettings().retry_seconds == 5
    monkeypatch.setenv("ROXHAM_RETRY_SECONDS", "7")
    assert settings.OrchestrationSettings().retry_seconds == 7


@pytest.mark.parametrize(("text", "moment"), [
    ("2024-11-30", dt.datetime(2024, 11, 30, 12, tzinfo=dt.UTC)),
    ("2024-11-30T08:15:00", dt.datetime(2024, 11, 30, 8, 15, tzinfo=dt.UTC)),
    ("2024-11-30T08:15:00+02:00", dt.datetime(2024, 11, 30, 6, 15, tzinfo=dt.UTC)),
])  # fmt: skip
def test_the_clock_is_pinned_to_a_day_or_a_time(
    monkeypatch: pytest.MonkeyPatch, text: str, moment: dt.datetime
) -> None:
    monkeypatch.setenv("ROXHAM_NOW", text)
    assert clock_from_environment() == FixedClock(moment)
    monkeypatch.delenv("ROXHAM_NOW")
    assert clock_from_environment() == SystemClock()


def test_no_message_quotes_the_value_of_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROXHAM_SMTP_PORT", "a password pasted into the wrong line")
    with pytest.raises(ValueError, match="ROXHAM_SMTP_PORT") as refused:
        settings.MessageSettings()
    assert "pasted" not in str(refused.value)
    monkeypatch.setenv("ROXHAM_JWT_SECRET", "hunter2-hunter2")
    assert "hunter2" not in repr(settings.ContainerSettings())
