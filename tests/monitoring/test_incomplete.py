"""What was promised and did not come is an alert of its own; a source that is kept back is named with its figures."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from ingest.archive.kept_back import KeptBack, keep_back, let_go
from ingest.archive.manifest import Manifest
from ingest.core.builds import CandidateInfo
from ingest.core.clock import FixedClock
from ingest.core.home import Home
from ingest.core.records import CheckResult, Release
from monitoring import alerts, evaluate, freshness
from monitoring.alert_store import AlertStore
from monitoring.alerts import Alert
from tests.monitoring.test_alerts import DAY, NIGHT, OTHER, SOURCE, check, of_quarantine, release


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def accept(home: Home, one: Release, *checks: CheckResult) -> None:
    with Manifest(home.manifest) as manifest:
        manifest.record_release(one, checks)


def open_alerts(home: Home) -> dict[tuple[str, str | None], Alert]:
    with Manifest(home.manifest) as manifest:
        return {each.finding.key: each for each in AlertStore(manifest).alerts()}


def serve(home: Home, *releases: str, lagging: str | None = None) -> None:
    build = home.builds / f"b{len(releases)}"
    build.mkdir(parents=True)
    home.current.unlink(missing_ok=True)
    home.current.symlink_to(build)
    info = CandidateInfo("b", "inputs", NIGHT.date(), sample=False, releases=releases)
    (build / "release.json").write_text(json.dumps(info.as_dict()))
    with duckdb.connect(str(build / "warehouse.duckdb")) as connection:
        connection.execute("create schema marts")
        connection.execute(
            """create table marts.fct_revisions (release_id text, measure_id text, month date, geography_id text,
                from_value bigint, to_value bigint, tier text, grain text, cell_id text, change_kind text)"""
        )
        connection.execute(
            "create table marts.rpt_source_status as select ? as source_id, ? as lagging_cuts", [OTHER, lagging]
        )


def test_an_accepted_release_without_what_it_promised_is_told_and_closed_by_one_that_is_whole(home: Home) -> None:
    """CBP's area-of-responsibility cut stayed away for two years, and no alert was ever opened."""
    lacks = check("every_file_came", "warning", about="completeness")
    accept(
        home, release(), lacks, check("other", "warning", about="figures"), check("first", "info", about="completeness")
    )
    evaluate.evaluate_source(home, SOURCE, FixedClock(NIGHT))
    told = open_alerts(home)[("incomplete", SOURCE)]
    assert told.severity == "warning" and [each.check for each in told.finding.checks] == ["every_file_came"]
    accept(home, release(at=NIGHT + DAY, name="bbbbbbbb"))
    evaluate.evaluate_source(home, SOURCE, FixedClock(NIGHT + DAY))
    assert ("incomplete", SOURCE) not in open_alerts(home)


def test_a_release_that_is_kept_out_because_it_is_incomplete_is_critical(home: Home) -> None:
    [found] = of_quarantine(release("quarantined"), checks=(check("no_month_lost:cells", about="completeness"),))
    assert found.alert == "incomplete"
    opened = Alert(found, NIGHT, NIGHT)
    assert opened.severity == "critical"
    accept(home, replace(release("quarantined"), release_id=found.release_id or ""), *found.checks)
    evaluate.evaluate_source(home, SOURCE, FixedClock(NIGHT))
    evaluate.evaluate_build(home, FixedClock(NIGHT), build_is_due=False)
    assert ("incomplete", SOURCE) in open_alerts(home), "an evaluation of the build alone closes nothing"


def test_a_cut_that_stands_still_is_told_while_its_source_is_fresh(home: Home) -> None:
    """Swanton's cut ended in November 2023 while the source was fresh."""
    accept(home, release(source=OTHER))
    serve(home, release(source=OTHER).release_id, lagging="us_cbp_encounters by aor to 2023-11")
    assert freshness.lagging_cuts(home) == {OTHER: "us_cbp_encounters by aor to 2023-11"}
    evaluate.evaluate_build(home, FixedClock(NIGHT), build_is_due=False)
    told = open_alerts(home)[("incomplete", OTHER)]
    assert "aor to 2023-11" in told.finding.what
    assert evaluate.status_and_alerts(home, FixedClock(NIGHT), build_is_due=False)[0]["sources"][OTHER]["lagging_cuts"]


def kept_back(*, served: tuple[str, ...], refused: tuple[str, ...]) -> KeptBack:
    failed = check("figures_lead_back_to_cells:x")
    return KeptBack(SOURCE, served, refused, "code", dt.date(2024, 2, 1), (failed,))


def test_a_source_that_is_kept_back_is_told_until_its_newest_releases_are_served(home: Home) -> None:
    first, second = release(), release(at=NIGHT + DAY, name="bbbbbbbb")
    accept(home, first)
    accept(home, second)
    serve(home, first.release_id)
    with Manifest(home.manifest) as manifest:
        keep_back(manifest, [kept_back(served=(first.release_id,), refused=(first.release_id, second.release_id))])
    evaluate.evaluate_build(home, FixedClock(NIGHT), build_is_due=False)
    told = open_alerts(home)[("mart_failed", SOURCE)]
    assert told.finding.release_id == second.release_id and told.severity == "critical"
    assert [each.check for each in told.finding.checks] == ["figures_lead_back_to_cells:x"]
    assert any(f"roxham retry {SOURCE}" in line for line in told.finding.where)
    status = evaluate.status_and_alerts(home, FixedClock(NIGHT), build_is_due=False)[0]["sources"][SOURCE]
    assert "failed the audit" in status["reason"]

    with Manifest(home.manifest) as manifest:
        let_go(manifest, SOURCE)
    evaluate.evaluate_build(home, FixedClock(NIGHT), build_is_due=True)
    assert ("mart_failed", SOURCE) in open_alerts(home), "to try again is not yet to be well"
    serve(home, first.release_id, second.release_id)
    evaluate.evaluate_build(home, FixedClock(NIGHT), build_is_due=False)
    assert ("mart_failed", SOURCE) not in open_alerts(home)


def test_a_source_is_kept_back_only_for_the_releases_and_the_code_that_failed() -> None:
    kept = kept_back(served=("a",), refused=("a", "b"))
    assert kept.applies(["b", "a"], "code") and kept.left_out == ("b",)
    assert not kept.applies(["a", "b", "c"], "code"), "a new release is tried"
    assert not kept.applies(["a", "b"], "mended code")
    assert alerts.of_kept_back(kept, "failed").release_id == "b"
