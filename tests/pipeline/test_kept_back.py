"""A source whose newest releases fail the audit is published as it was served; all others are published the same night."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from ingest.archive.home_clock import clock_of
from ingest.core.builds import SourceFailed, served
from ingest.core.home import Home
from ingest.core.records import CheckResult
from monitoring.alerts import Alert
from pipeline import steps
from tests.support.folders import CBP, IRCC
from tests.support.nights import FIRST, SECOND, two_vintages
from warehouse import dbt
from warehouse.queries import ask

pytestmark = [pytest.mark.slow]


def build_damaged(monkeypatch: pytest.MonkeyPatch, statement: str) -> None:
    """Builds go through, but dbt leaves this in the marts."""
    build = dbt.build_models

    def damaged(home: Home) -> None:
        build(home)
        with duckdb.connect(str(home.candidate_warehouse)) as connection:
            connection.execute(statement)

    monkeypatch.setattr(dbt, "build_models", damaged)


def releases_served(home: Home, source_id: str) -> set[str]:
    """The dates of the source's releases in the published build."""
    build = served(home)
    assert build
    return {each.partition("@")[2].partition("~")[0] for each in build.releases if each.startswith(source_id)}


def mart_failed(home: Home) -> list[Alert]:
    return [each for each in steps.alerts(home) if each.finding.alert == "mart_failed"]


def test_one_source_that_fails_its_audit_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In November 2026 one check of uk_small_boats_page threw the build of fifteen sources away."""
    home, releases = Home(tmp_path / "home"), two_vintages(tmp_path / "releases")
    steps.replay(home, releases)
    wrong = f"update marts.fct_crossings_monthly set value = value + 1 where release_id like '{IRCC}@{SECOND}%'"
    with monkeypatch.context() as patch:
        build_damaged(patch, wrong)
        published = steps.build_and_publish(home)
    assert published, "the night goes on"
    assert releases_served(home, CBP) == {FIRST, SECOND}
    assert releases_served(home, IRCC) == set(), "never served before, so not served with figures that failed"
    [alert] = mart_failed(home)
    assert alert.finding.source_id == IRCC and SECOND in (alert.finding.release_id or "")
    assert any(each.check == f"figures_lead_back_to_cells:{IRCC}" for each in alert.finding.checks)
    [row] = ask(
        home, f"select status, reason, kept_back_releases from marts.rpt_source_status where source_id = '{IRCC}'"
    )
    assert row["status"] == "failing" and SECOND in row["kept_back_releases"] and "failed the audit" in row["reason"]
    assert ask(
        home, f"select 1 from marts.rpt_quality where source_id = '{IRCC}' and not success and severity = 'critical'"
    )
    assert not steps.build_is_due(home), "what failed is not tried again every night"

    steps.retry(home, IRCC, clock_of(home))
    assert steps.build_is_due(home) and mart_failed(home), "it is over when a build with the newest releases is served"
    assert steps.build_and_publish(home)
    assert releases_served(home, IRCC) == {FIRST, SECOND}
    assert mart_failed(home) == []


def test_a_source_that_was_served_stays_at_the_releases_that_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, releases = Home(tmp_path / "home"), two_vintages(tmp_path / "releases")
    steps.replay(home, releases, until=dt.date.fromisoformat(FIRST))
    steps.build_and_publish(home)
    steps.replay(home, releases)
    # A cell that staging cannot read breaks the models in which all sources stand together.
    broken = "cannot be read"

    def refuse(*_: object) -> None:
        raise SourceFailed(
            broken, [CheckResult("model_runs:x", "critical", False, broken, None, "", IRCC, stage="dbt")]
        )

    with monkeypatch.context() as patch:
        once: list[Callable[..., None]] = [refuse, dbt.build_models]
        patch.setattr(dbt, "build_models", lambda home: once.pop(0)(home))
        assert steps.build_and_publish(home)
    assert releases_served(home, IRCC) == {FIRST}
    assert releases_served(home, CBP) == {FIRST, SECOND}
    assert [each.finding.source_id for each in mart_failed(home)] == [IRCC]
