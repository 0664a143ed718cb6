"""The tasks' bodies: what fails a run, what skips it, what an event carries, what a message says."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from ingest.agency.fetch import FetchReport
from ingest.archive.collection import plan_to_collect
from ingest.archive.manifest import Manifest
from ingest.catalog.calendar import Rule
from ingest.catalog.source import load_sources
from ingest.core.clock import FixedClock
from ingest.core.home import Home
from ingest.core.records import Attempt, CheckResult, Published, Release, ReleaseFile
from ingest.releases.intake import ReleaseOutcome
from monitoring import evaluate
from monitoring.alert_store import AlertStore
from monitoring.alerts import Alert
from orchestration import tasks
from orchestration.assets import releases_of
from pipeline import steps

SOURCE = "ircc_rcmp_interceptions"
NIGHT = dt.datetime(2024, 2, 1, 12, tzinfo=dt.UTC)


class Ti:
    """A task instance that keeps what it is given."""

    def __init__(self, task_id: str = "a_task", busy: int = 0) -> None:
        self.task_id, self.busy, self.left = task_id, busy, {}

    def xcom_push(self, key: str, value: Any) -> None:
        self.left[key] = value

    def xcom_pull(self, task_ids: str, key: str) -> Any:
        assert task_ids == self.task_id
        return self.left.get(key)

    def get_dr_count(self, dag_id: str, states: list[str]) -> int:
        self.busy -= 1
        return int(self.busy >= 0)


class Outlet:
    def __init__(self) -> None:
        self.events: list[tuple[Any, dict[str, Any]]] = []

    def add(self, asset: Any, extra: dict[str, Any]) -> None:
        self.events.append((asset, extra))


def context(ti: Ti | None = None, exception: Exception | None = None) -> dict[str, Any]:
    return {"ti": ti or Ti(), "outlet_events": defaultdict(Outlet), "exception": exception}


def attempt(outcome: str) -> Attempt:
    return Attempt(SOURCE, "year_page", "https://www.canada.ca/p", outcome, NIGHT, message="so it was")


def outcome(state: str = "accepted", name: str = "aaaaaaaa") -> ReleaseOutcome:
    release = Release(
        release_id=f"{SOURCE}@2024-02~{name}", source_id=SOURCE, published=Published("2024-02", "month", "listing"),
        retrieved_at=NIGHT, state=state, origin="sample",
        files=(ReleaseFile("a" * 64, "year_page", "p.html", "https://www.canada.ca/p", 3),),
        rows=7, first_month=dt.date(2024, 1, 1), last_month=dt.date(2024, 1, 1),
    )  # fmt: skip
    check = CheckResult(
        "labels_known", "critical", state == "accepted", "'Ruritania'", "the YAML", "why", SOURCE, about="structure"
    )
    return ReleaseOutcome(release, (check,))


@pytest.fixture(autouse=True)
def at_home(home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("ROXHAM_HOME", str(home.root))
    monkeypatch.setenv("ROXHAM_NOW", NIGHT.isoformat())
    return home


def fetched(monkeypatch: pytest.MonkeyPatch, *outcomes: str) -> None:
    report = FetchReport(SOURCE, tuple(attempt(each) for each in outcomes))
    monkeypatch.setattr(steps, "fetch", lambda *_: report)


def record(home: Home, *outcomes: ReleaseOutcome) -> None:
    with Manifest(home.manifest) as manifest:
        for each in outcomes:
            manifest.record_release(each.release, each.checks)


def test_a_good_fetch_leaves_its_report(monkeypatch: pytest.MonkeyPatch) -> None:
    fetched(monkeypatch, "archived", "unchanged", "not_offered")
    ti = Ti()
    tasks.fetch(SOURCE, context(ti))
    assert ti.left["report"]["counts"] == {"archived": 1, "not_offered": 1, "unchanged": 1}


@pytest.mark.parametrize("trouble", ["timeout", "unreachable", "http_error", "truncated"])
def test_passing_trouble_is_tried_again(monkeypatch: pytest.MonkeyPatch, trouble: str) -> None:
    fetched(monkeypatch, "archived", trouble)
    ti = Ti()
    with pytest.raises(AirflowException) as caught:
        tasks.fetch(SOURCE, context(ti))
    assert not isinstance(caught.value, AirflowFailException)
    assert ti.left["report"]["failed"]


@pytest.mark.parametrize("trouble", ["wrong_type", "gone", "no_links", "redirect_refused", "empty", "too_large"])
def test_lasting_trouble_is_not_tried_again(monkeypatch: pytest.MonkeyPatch, trouble: str) -> None:
    fetched(monkeypatch, trouble)
    with pytest.raises(AirflowFailException, match=trouble):
        tasks.fetch(SOURCE, context())


def test_a_quarantined_release_fails_the_task_after_it_was_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "process_release", lambda *_: [outcome("quarantined")])
    ti = Ti()
    with pytest.raises(AirflowFailException, match="quarantined"):
        tasks.process_release(SOURCE, context(ti))
    assert ti.left["report"][0]["state"] == "quarantined"


def test_an_accepted_release_is_one_event_with_what_a_consumer_needs(at_home: Home) -> None:
    record(at_home, outcome())
    ti = Ti("emit_events")
    told = context(ti)
    tasks.emit_events(SOURCE, told)
    [(asset, extra)] = next(iter(told["outlet_events"].values())).events
    assert asset == releases_of(SOURCE)
    assert extra == {
        "release_id": f"{SOURCE}@2024-02~aaaaaaaa",
        "sha256s": ["a" * 64],
        "rows": 7,
        "first_month": "2024-01-01",
        "last_month": "2024-01-01",
        "published_at": "2024-02-29",
    }
    tasks.events_emitted(told)
    with pytest.raises(AirflowSkipException):
        tasks.emit_events(SOURCE, context())


def test_events_are_emitted_again_when_the_run_was_killed_before_they_were_out(at_home: Home) -> None:
    record(at_home, outcome())
    tasks.emit_events(SOURCE, context())
    again = context()
    tasks.emit_events(SOURCE, again)
    assert len(next(iter(again["outlet_events"].values())).events) == 1


def test_several_releases_are_several_events(at_home: Home) -> None:
    record(at_home, outcome(name="aaaaaaaa"), outcome(name="bbbbbbbb"))
    told = context()
    tasks.emit_events(SOURCE, told)
    assert len(next(iter(told["outlet_events"].values())).events) == 2


def test_a_quarantined_release_is_no_event(at_home: Home) -> None:
    record(at_home, outcome("quarantined"))
    told = context()
    with pytest.raises(AirflowSkipException):
        tasks.emit_events(SOURCE, told)
    assert not told["outlet_events"]


def test_settling_waits_for_ingest_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "INGEST_POLL_SECONDS", 0.01)
    ti = Ti(busy=5)
    tasks.wait_for_ingest(["ingest__a"], context(ti))
    assert ti.busy < 0


def test_settling_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "INGEST_POLL_SECONDS", 0.01)
    ti = Ti(busy=10**9)
    tasks.wait_for_ingest(["ingest__a"], context(ti), bound=dt.timedelta(seconds=0.1))
    assert ti.busy > 0


def test_a_build_without_any_release_is_skipped() -> None:
    with pytest.raises(AirflowSkipException, match="nothing to build from"):
        tasks.prepare(context())


def test_a_build_of_what_is_served_already_is_skipped(at_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    record(at_home, outcome())
    monkeypatch.setattr(steps, "prepare_candidate", lambda *_: None)
    with pytest.raises(AirflowSkipException, match="unchanged"):
        tasks.prepare(context())


def test_a_failed_audit_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise steps.AuditFailed("months_lost: 3 (limit 0)")

    monkeypatch.setattr(steps, "audit_candidate", fail)
    with pytest.raises(AirflowFailException, match="months_lost"):
        tasks.audit(context())


def alerts(home: Home) -> dict[tuple[str, str | None], Alert]:
    with Manifest(home.manifest) as manifest:
        return {each.finding.key: each for each in AlertStore(manifest).alerts()}


def told(home: Home) -> list[dict[str, Any]]:
    kept = home.root / "messages.jsonl"
    return [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []


def polled(home: Home, outcome: str = "unchanged", at: dt.datetime = NIGHT) -> None:
    """All sources were polled; the one of these tests with that outcome."""
    with Manifest(home.manifest) as manifest:
        for source_id in load_sources():
            if source_id != SOURCE:
                manifest.record_attempt(dataclasses.replace(attempt("unchanged"), source_id=source_id, retrieved_at=at))
        manifest.record_attempt(dataclasses.replace(attempt(outcome), retrieved_at=at))


def in_state(home: Home, state: str) -> None:
    """The event of every source's state was emitted."""
    with Manifest(home.manifest) as manifest:
        for source_id in load_sources():
            manifest.record_source_state(source_id, state, "so far", NIGHT)
            manifest.mark_states_emitted([(source_id, state)])


def test_a_failed_fetch_noted_by_its_step_is_not_noted_again_as_broken(at_home: Home) -> None:
    polled(at_home, "http_error")
    evaluate.evaluate_source(at_home, SOURCE, FixedClock(NIGHT), {"fetch"})
    tasks.fetch_failed(SOURCE)(context(exception=AirflowException("x")))
    assert alerts(at_home)["fetch_failed", SOURCE].finding.broken_step is None
    assert told(at_home) == []  # it waits for the night's message


def test_a_step_that_broke_opens_an_alert_that_carries_its_error(at_home: Home) -> None:
    tasks.process_release_failed(SOURCE)(context(exception=MemoryError("no more")))
    opened = alerts(at_home)["structure_changed", SOURCE]
    assert "no more" in opened.finding.what and opened.finding.broken_step == "process_release"


def test_a_failed_build_is_told_at_once_and_only_once(at_home: Home) -> None:
    for _ in range(2):
        tasks.build_failed(context(Ti("audit_marts"), AirflowFailException("months_lost: 3 (limit 0)")))
    [message] = told(at_home)
    assert message["alerts"][0]["alert"] == "mart_failed" and "months_lost: 3" in message["text"]


def test_what_is_left_without_the_failed_releases_may_be_served_already(
    at_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "audit_candidate", lambda home: None)
    with pytest.raises(AirflowSkipException, match="served already"):
        tasks.audit(context(Ti("audit_marts")))


def test_a_build_that_dbt_failed_over_one_source_keeps_it_back_and_is_told_once(
    at_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """cosmos ends green over untested models (astronomer-cosmos #2554): the run is red, told, and the next goes without."""
    asked = []
    monkeypatch.setattr(steps, "keep_back_failed_models", lambda home, clock: asked.append(home) or [SOURCE])
    for _ in range(2):
        tasks.build_failed(context(Ti("dbt.dbt_producer_watcher"), AirflowFailException("dbt build failed")))
    assert asked and len(told(at_home)) == 1


def test_the_night_is_one_message_and_the_next_without_news_is_none(at_home: Home) -> None:
    polled(at_home, "http_error")
    record(at_home, outcome("quarantined"))
    evaluate.evaluate_source(at_home, SOURCE, FixedClock(NIGHT))
    tasks.send_nightly_digest()
    [message] = told(at_home)
    assert {each["alert"] for each in message["alerts"]} == {"fetch_failed", "structure_changed"}
    evaluate.evaluate_source(at_home, SOURCE, FixedClock(NIGHT))
    with pytest.raises(AirflowSkipException, match="quiet"):
        tasks.send_nightly_digest()
    assert len(told(at_home)) == 1


def test_the_good_run_after_is_told_as_over_with_what_is_still_open(at_home: Home) -> None:
    polled(at_home, "http_error")
    record(at_home, outcome("quarantined"))
    evaluate.evaluate_source(at_home, SOURCE, FixedClock(NIGHT))
    tasks.send_nightly_digest()
    polled(at_home, "archived", NIGHT + dt.timedelta(hours=1))
    evaluate.evaluate_source(at_home, SOURCE, FixedClock(NIGHT + dt.timedelta(hours=1)))
    tasks.send_nightly_digest()
    last = told(at_home)[-1]
    assert [(each["alert"], each["news"]) for each in last["alerts"]] == [("fetch_failed", "closed")]
    assert last["still_open"] == [f"structure_changed ({SOURCE})"]


def test_a_message_that_nobody_took_is_told_again(at_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    polled(at_home, "http_error")
    evaluate.evaluate_source(at_home, SOURCE, FixedClock(NIGHT))
    monkeypatch.setenv("ROXHAM_WEBHOOK_URL", "http://127.0.0.1:9/gone")
    tasks.send_nightly_digest()
    monkeypatch.delenv("ROXHAM_WEBHOOK_URL")
    tasks.send_nightly_digest()
    assert len(told(at_home)) == 2
    with pytest.raises(AirflowSkipException):
        tasks.send_nightly_digest()


def test_that_nothing_ever_ran_fails_the_check_and_is_told_once_it_could_have_run(
    at_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new deployment that was unpaused a minute ago told a critical `nothing_ran`: a false alarm of its first night."""
    plan_to_collect(at_home, [SOURCE])
    tasks.check_freshness(context())
    with pytest.raises(AirflowSkipException):
        tasks.send_nightly_digest()
    monkeypatch.setenv("ROXHAM_NOW", (NIGHT + dt.timedelta(hours=40)).isoformat())
    with pytest.raises(AirflowFailException, match="ever polled"):
        tasks.check_freshness(context())
    tasks.send_nightly_digest()
    assert told(at_home)[0]["alerts"][0]["alert"] == "nothing_ran"


def test_a_night_that_did_not_run_is_noticed_and_over_with_the_next_poll(
    at_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scraper that stopped: every page still says "fresh as of the last look"."""
    polled(at_home)
    monkeypatch.setenv("ROXHAM_NOW", (NIGHT + dt.timedelta(hours=30)).isoformat())
    tasks.check_freshness(context())
    assert tasks.nothing_ran(at_home) is None
    later = NIGHT + dt.timedelta(hours=48)
    monkeypatch.setenv("ROXHAM_NOW", later.isoformat())
    with pytest.raises(AirflowFailException, match="48 hours ago"):
        tasks.check_freshness(context())
    polled(at_home, at=later)
    evaluate.evaluate_source(at_home, SOURCE, FixedClock(later))
    assert tasks.nothing_ran(at_home) is None


def test_a_change_of_state_is_an_event_until_it_is_out(at_home: Home) -> None:
    """The task recorded the change and failed before its events were out: they were lost for good."""
    polled(at_home)
    in_state(at_home, "fresh")
    for _ in range(2):
        ti = Ti("check_freshness")
        now = context(ti)
        tasks.check_freshness(now)
        events = next(iter(now["outlet_events"].values())).events
        assert {extra["before"] for _, extra in events} == {"fresh"}
        after = {extra["source_id"]: extra["after"] for _, extra in events}
        is_closed = {each.id: Rule.parse(each.calendar.rule).frequency == "closed" for each in load_sources().values()}
        assert after == {source: "closed" if closed else "failing" for source, closed in is_closed.items()}
    tasks.states_emitted(now)
    with pytest.raises(AirflowSkipException):
        tasks.check_freshness(context())


def test_what_dbt_says_is_kept_and_an_older_run_is_forgotten(at_home: Home, tmp_path: Path) -> None:
    from orchestration import dbt_group

    (tmp_path / "target").mkdir()
    results = '{"results": [{"unique_id": "test.roxham.x", "status": "fail", "message": "Got 3 results"}]}'
    (tmp_path / "target" / "run_results.json").write_text(results)
    dbt_group.keep_results(str(tmp_path))
    assert dbt_group.failed_nodes(at_home) == ["test.roxham.x: Got 3 results"]
    dbt_group.forget_results(at_home)
    assert dbt_group.failed_nodes(at_home) == []
