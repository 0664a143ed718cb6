"""The tasks' bodies: what fails a run, what skips it, what an event carries, what a message says."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from ingest import steps
from ingest.fetch import FetchReport
from ingest.home import Home
from ingest.intake import ReleaseOutcome
from ingest.manifest import Manifest
from ingest.records import Attempt, CheckResult, Published, Release, ReleaseFile
from night import nightly
from night.assets import releases_of

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
    check = CheckResult("labels_known", "critical", state == "accepted", "'Ruritania'", "the YAML", "why", SOURCE)
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
    nightly.fetch(SOURCE, context(ti))
    assert ti.left["report"]["counts"] == {"archived": 1, "not_offered": 1, "unchanged": 1}


@pytest.mark.parametrize("trouble", ["timeout", "unreachable", "http_error", "truncated"])
def test_passing_trouble_is_tried_again(monkeypatch: pytest.MonkeyPatch, trouble: str) -> None:
    fetched(monkeypatch, "archived", trouble)
    ti = Ti()
    with pytest.raises(AirflowException) as caught:
        nightly.fetch(SOURCE, context(ti))
    assert not isinstance(caught.value, AirflowFailException)
    assert ti.left["report"]["failed"]


@pytest.mark.parametrize("trouble", ["wrong_type", "gone", "no_links", "redirect_refused", "empty", "too_large"])
def test_lasting_trouble_is_not_tried_again(monkeypatch: pytest.MonkeyPatch, trouble: str) -> None:
    fetched(monkeypatch, trouble)
    with pytest.raises(AirflowFailException, match=trouble):
        nightly.fetch(SOURCE, context())


def test_a_quarantined_release_fails_the_task_after_it_was_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "take_in", lambda *_: [outcome("quarantined")])
    ti = Ti()
    with pytest.raises(AirflowFailException, match="quarantined"):
        nightly.take_in(SOURCE, context(ti))
    assert ti.left["report"][0]["state"] == "quarantined"


def test_an_accepted_release_is_announced_once_with_what_a_consumer_needs(at_home: Home) -> None:
    record(at_home, outcome())
    ti = Ti("announce")
    told = context(ti)
    nightly.announce(SOURCE, told)
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
    nightly.announced(told)
    with pytest.raises(AirflowSkipException):
        nightly.announce(SOURCE, context())


def test_events_are_announced_again_when_the_night_was_killed_before_they_were_out(at_home: Home) -> None:
    record(at_home, outcome())
    nightly.announce(SOURCE, context())
    again = context()
    nightly.announce(SOURCE, again)
    assert len(next(iter(again["outlet_events"].values())).events) == 1


def test_several_releases_are_several_events(at_home: Home) -> None:
    record(at_home, outcome(name="aaaaaaaa"), outcome(name="bbbbbbbb"))
    told = context()
    nightly.announce(SOURCE, told)
    assert len(next(iter(told["outlet_events"].values())).events) == 2


def test_a_quarantined_release_is_not_announced(at_home: Home) -> None:
    record(at_home, outcome("quarantined"))
    told = context()
    with pytest.raises(AirflowSkipException):
        nightly.announce(SOURCE, told)
    assert not told["outlet_events"]


def test_settling_waits_for_ingest_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nightly, "SETTLE_POLL_SECONDS", 0.01)
    ti = Ti(busy=5)
    nightly.settle(["ingest__a"], context(ti))
    assert ti.busy < 0


def test_settling_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nightly, "SETTLE_POLL_SECONDS", 0.01)
    ti = Ti(busy=10**9)
    nightly.settle(["ingest__a"], context(ti), bound=dt.timedelta(seconds=0.1))
    assert ti.busy > 0


def test_a_build_without_any_release_is_skipped() -> None:
    with pytest.raises(AirflowSkipException, match="nothing to build from"):
        nightly.prepare(context())


def test_a_build_of_what_is_served_already_is_skipped(at_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    record(at_home, outcome())
    monkeypatch.setattr(steps, "prepare_candidate", lambda *_: None)
    with pytest.raises(AirflowSkipException, match="unchanged"):
        nightly.prepare(context())


def test_a_failed_audit_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise steps.AuditFailed("months_lost: 3 (limit 0)")

    monkeypatch.setattr(steps, "audit_candidate", fail)
    with pytest.raises(AirflowFailException, match="months_lost"):
        nightly.audit(context())


def test_the_message_of_a_quarantine_names_release_and_figures(at_home: Home) -> None:
    record(at_home, outcome("quarantined"))
    ti = Ti("take_in")
    ti.left["report"] = [outcome("quarantined").as_dict()]
    [message] = nightly.take_in_messages(SOURCE, context(ti))
    assert message.alert == "load_quarantined"
    assert "'Ruritania'" in message.text and "@2024-02~aaaaaaaa" in message.subject


def test_the_message_of_a_failed_fetch_names_what_happened(at_home: Home) -> None:
    with Manifest(at_home.manifest) as manifest:
        manifest.record_attempt(attempt("http_error"))
    [message] = nightly.fetch_messages(SOURCE, context(exception=AirflowException("x")))
    assert message.alert == "fetch_failed"
    assert "http_error: so it was (https://www.canada.ca/p)" in message.text


def test_the_message_of_a_broken_step_carries_its_error() -> None:
    [message] = nightly.take_in_messages(SOURCE, context(Ti("take_in"), MemoryError("no more")))
    assert "no more" in message.text


def test_that_nothing_ever_ran_is_noticed(at_home: Home) -> None:
    assert "ever polled" in (nightly.nothing_ran(at_home, NIGHT) or "")


def test_that_nothing_ran_lately_is_noticed_and_a_recent_poll_is_enough(at_home: Home) -> None:
    """The scraper that stopped: every page still says "fresh as of the last look"."""
    with Manifest(at_home.manifest) as manifest:
        manifest.record_attempt(attempt("unchanged"))
    assert nightly.nothing_ran(at_home, NIGHT + dt.timedelta(hours=30)) is None
    assert "48 hours ago" in (nightly.nothing_ran(at_home, NIGHT + dt.timedelta(hours=48)) or "")


def test_a_change_of_state_is_an_event_and_a_message(at_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with Manifest(at_home.manifest) as manifest:
        manifest.record_attempt(attempt("unchanged"))
    change = SimpleNamespace(source_id=SOURCE, before="fresh", after="frozen", reason="no month since 2023")
    change.as_dict = lambda: {
        "source_id": SOURCE,
        "before": "fresh",
        "after": "frozen",
        "reason": "no month since 2023",
    }
    monkeypatch.setattr(steps, "check_freshness", lambda *_: [change])
    told = context()
    nightly.check_freshness(told)
    [(_, extra)] = next(iter(told["outlet_events"].values())).events
    assert extra["after"] == "frozen"
    kept = (at_home.root / "messages.jsonl").read_text()
    assert "is frozen, was fresh" in kept


def test_an_unchanged_state_is_skipped_and_tells_nobody(at_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with Manifest(at_home.manifest) as manifest:
        manifest.record_attempt(attempt("unchanged"))
    monkeypatch.setattr(steps, "check_freshness", lambda *_: [])
    with pytest.raises(AirflowSkipException):
        nightly.check_freshness(context())
    assert not (at_home.root / "messages.jsonl").exists()


def test_what_dbt_says_is_kept_and_an_older_run_is_forgotten(at_home: Home, tmp_path: Path) -> None:
    from night import dbt_tasks

    (tmp_path / "target").mkdir()
    results = '{"results": [{"unique_id": "test.roxham.x", "status": "fail", "message": "Got 3 results"}]}'
    (tmp_path / "target" / "run_results.json").write_text(results)
    dbt_tasks.keep_results(str(tmp_path))
    assert dbt_tasks.failed_nodes(at_home) == ["test.roxham.x: Got 3 results"]
    dbt_tasks.forget_results(at_home)
    assert dbt_tasks.failed_nodes(at_home) == []
