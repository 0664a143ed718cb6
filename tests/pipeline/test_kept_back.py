"""A source whose newest releases fail the audit is published as it was served; all others are published the same night."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import duckdb
import pytest

from ingest.archive.home_clock import clock_of
from ingest.archive.manifest import Manifest
from ingest.catalog.source import Source
from ingest.core.builds import CandidateInfo, SourceFailed, served
from ingest.core.home import Home
from ingest.core.records import CheckResult, StructureError
from ingest.releases import raw_tables
from monitoring.alerts import Alert
from pipeline import steps
from tests.support.folders import CBP, IRCC
from tests.support.nights import FIRST, SECOND, two_vintages
from warehouse import candidate, dbt
from warehouse.candidate import describe_candidate
from warehouse.keep_back import keep_back
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


def serve_first_vintages(home: Home) -> None:
    """As if a build of the first vintages had been published: what is pinned to is what `release.json` says."""
    with Manifest(home.manifest) as manifest:
        first = tuple(each.release_id for each in manifest.releases(state="accepted") if f"@{FIRST}" in each.release_id)
    build = home.builds / "first"
    build.mkdir(parents=True)
    info = CandidateInfo("first", "other inputs", dt.date.fromisoformat(FIRST), sample=False, releases=first)
    (build / "release.json").write_text(json.dumps(info.as_dict()))
    home.current.symlink_to(build)


def failing_model(source_id: str) -> SourceFailed:
    said = "Conversion Error: a cell that staging cannot read breaks the models in which all sources stand together"
    failed = CheckResult("model_runs:stg", "critical", False, said, "no error", "", source_id, stage="dbt")
    return SourceFailed(said, [failed])


def test_a_source_that_was_served_stays_at_the_releases_that_were(tmp_path: Path) -> None:
    home, releases = Home(tmp_path / "home"), two_vintages(tmp_path / "releases")
    steps.replay(home, releases)
    serve_first_vintages(home)
    before = describe_candidate(home)
    assert keep_back(home, failing_model(IRCC)) == [IRCC]
    due = describe_candidate(home)
    assert before and due and due.inputs != before.inputs, "a fact of the archive like any other"
    assert {each for each in before.releases if each not in due.releases} == {
        each for each in before.releases if each.startswith(f"{IRCC}@{SECOND}")
    }
    with pytest.raises(steps.AuditFailed, match="nothing was published"):
        keep_back(home, failing_model(IRCC))
    steps.retry(home, IRCC, clock_of(home))
    assert describe_candidate(home) == before

    keep_back(home, failing_model(IRCC))
    with Manifest(home.manifest) as manifest:
        [newest] = [each for each in manifest.releases(IRCC) if SECOND in each.release_id]
    steps.decide(home, newest.release_id, "rejected", "it is wrong", "a person", clock_of(home))
    decided = describe_candidate(home)
    assert decided and set(decided.releases) == set(due.releases)
    assert not kept_back_releases(home), "what was decided upon is tried as it is now"


def kept_back_releases(home: Home) -> list[str]:
    with Manifest(home.manifest) as manifest:
        kept = candidate.kept_back_now(manifest)
        return [each.release_id for each in candidate.releases_of_build(manifest, kept) if each.state == "kept_back"]


def test_a_release_that_can_no_longer_be_read_belongs_to_its_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A parser that was changed must not stop fourteen other sources over one old file."""
    home, releases = Home(tmp_path / "home"), two_vintages(tmp_path / "releases")
    steps.replay(home, releases)
    load = raw_tables.load_file

    def refuse(connection: object, archive: object, source: Source, release_id: str, file: object) -> None:
        if release_id.startswith(f"{IRCC}@{SECOND}"):
            message = "no table is captioned so"
            raise StructureError(message)
        load(connection, archive, source, release_id, file)  # type: ignore[arg-type]

    monkeypatch.setattr(raw_tables, "load_file", refuse)
    info = steps.prepare_candidate(home)
    assert info and {each.partition("@")[0] for each in info.releases} >= {CBP}
    assert not [each for each in info.releases if each.startswith(IRCC)], "never served, so left out"
    with duckdb.connect(str(home.candidate_warehouse), read_only=True) as connection:
        [(observed,)] = connection.execute(
            "select observed from raw.check_results where \"check\" = 'release_is_read' and source_id = ?", [IRCC]
        ).fetchall()
    assert "no table is captioned so" in observed
