"""One truth about the state: what failed is failing, and nobody is called late whom nobody asks.

Right after a successful `make run` the overview and `roxham status` once said "failing" of nearly every source: of those
that the sample does not hold, and of those that a replay had brought in years ago by the machine's clock.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from ingest.archive.collection import plan_to_collect
from ingest.archive.home_clock import clock_of, hold
from ingest.archive.manifest import Manifest
from ingest.catalog.calendar import Rule
from ingest.catalog.source import load_sources
from ingest.core.builds import BuildError
from ingest.core.clock import FixedClock
from ingest.core.home import Home
from ingest.core.records import Attempt, CheckResult, Published, Release, ReleaseFile
from monitoring import evaluate
from pipeline import steps
from tests.support.folders import CBP, IRCC, ReleasesFolder
from tests.support.pages import AOR_HEADER, csv_file, state_line
from warehouse.candidate import _standing

DASHBOARD, UNKNOWN_HERE = "cbp_southwest_dashboard", "uk_small_boats"
DAY = dt.date(2024, 2, 1)
PAGE = "https://www.canada.ca/p"
BROKEN_CSV = csv_file("x," * 10 + "1", header=AOR_HEADER.replace("Component,", ""))


def moment(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(12), tzinfo=dt.UTC)


def released(home: Home, source: str, day: dt.date = DAY, state: str = "accepted") -> str:
    release = Release(
        release_id=f"{source}@{day}~aaaaaaaa", source_id=source, published=Published(day.isoformat(), "day", "listing"),
        retrieved_at=moment(day), state=state, origin="folder", files=(ReleaseFile("a" * 64, "r", "p.html", PAGE, 3),),
        rows=7, first_month=dt.date(2024, 1, 1), last_month=dt.date(2024, 1, 1),
    )  # fmt: skip
    with Manifest(home.manifest) as manifest:
        manifest.record_release(release, [])
    return release.release_id


def polled(home: Home, source: str, day: dt.date = DAY, outcome: str = "unchanged") -> None:
    with Manifest(home.manifest) as manifest:
        manifest.record_attempt(Attempt(source, "r", PAGE, outcome, moment(day), message=f"it was {outcome}"))


def states(home: Home, day: dt.date = DAY) -> dict[str, dict[str, str]]:
    return evaluate.status_and_alerts(home, FixedClock.on(day), build_is_due=False)[0]["sources"]


def open_alerts(home: Home, day: dt.date = DAY) -> list[tuple[str, str | None]]:
    evaluate.evaluate_all(home, FixedClock.on(day), build_is_due=False)
    return [each.finding.key for each in steps.alerts(home)]


def test_an_archive_that_was_only_replayed_is_held_and_nothing_in_it_is_late_or_failing(home: Home) -> None:
    released(home, CBP)
    released(home, DASHBOARD)
    years_later = DAY.replace(year=2027)
    seen = states(home, years_later)
    assert (seen[CBP]["status"], seen[DASHBOARD]["status"]) == ("held", "closed")
    assert seen[CBP]["reason"].startswith("held to 2024-02-01") and seen[CBP]["next_expected"] is None
    assert {each["status"] for each in seen.values()} == {"held", "closed", "not_collected"}
    assert open_alerts(home, years_later) == []


def test_a_release_that_is_refused_is_failing_even_where_nobody_polls(home: Home) -> None:
    name = released(home, CBP, state="quarantined")
    assert (states(home)[CBP]["status"], states(home)[CBP]["reason"]) == ("failing", f"quarantined: {name}")


def test_a_source_with_a_file_set_aside_is_not_failing_and_the_file_waits_until_somebody_decides(home: Home) -> None:
    """Another document beside a source's files once made the source look broken, and the next good file hid it."""
    accepted = released(home, CBP)
    polled(home, CBP)
    aside = released(home, CBP, DAY + dt.timedelta(days=1), "set_aside")
    assert states(home)[CBP]["status"] == "fresh"
    released(home, CBP, DAY + dt.timedelta(days=2))
    polled(home, CBP, DAY + dt.timedelta(days=2))
    later = DAY + dt.timedelta(days=2)
    assert ("structure_changed", CBP) in open_alerts(home, later)
    [waits] = steps.waiting_for_a_person(home)
    assert (waits.kind, waits.name) == ("set aside", aside) and accepted != aside
    assert [command.split()[3] for command in waits.commands][-2:] == ["reject", "retry"]
    steps.decide(home, aside, "rejected", "another document", "MB", FixedClock.on(later))
    assert ("structure_changed", CBP) not in open_alerts(home, later)
    with Manifest(home.manifest) as manifest:
        assert manifest.ledger_faults() == []


def test_over_a_sample_the_folders_end_is_no_lateness_until_the_clock_runs_on(home: Home) -> None:
    released(home, CBP, dt.date(2023, 6, 1))
    polled(home, CBP)
    hold(home, DAY)
    assert states(home)[CBP]["status"] == "held" and open_alerts(home) == []
    later = dt.date(2024, 8, 1)
    polled(home, CBP, later)
    assert states(home, later)[CBP]["status"] == "frozen", "ROXHAM_NOW lets the clock run on"


def test_where_it_is_polled_a_source_is_judged_by_its_calendar_and_what_failed_is_failing(home: Home) -> None:
    released(home, CBP)
    polled(home, CBP)
    assert states(home)[CBP]["status"] == "fresh"
    polled(home, CBP, dt.date(2024, 3, 25))
    assert states(home, dt.date(2024, 3, 25))[CBP]["status"] == "late"
    assert ("overdue", CBP) in open_alerts(home, dt.date(2024, 3, 25))
    polled(home, CBP, dt.date(2024, 3, 26), "http_error")
    assert states(home, dt.date(2024, 3, 26))[CBP]["reason"].startswith("http_error: it was http_error")


def test_before_its_first_night_a_deployment_is_not_failing_and_sends_no_alarm(home: Home) -> None:
    plan_to_collect(home, [CBP, IRCC])
    released(home, CBP, dt.date(2023, 1, 1))  # brought in by a replay of old files
    seen = states(home)
    assert (seen[CBP]["status"], seen[IRCC]["status"]) == ("held", "not_collected")
    assert "first poll is still to come" in seen[IRCC]["reason"]
    assert open_alerts(home) == []


def test_a_scheduler_that_never_came_back_is_said_by_who_asks_and_the_file_stands_still(home: Home) -> None:
    """A month without figures because the machine with the cron job never came back after a power cut."""
    released(home, CBP)
    polled(home, CBP)
    evaluate.evaluate_all(home, FixedClock.on(DAY), build_is_due=False)
    two_days_later = DAY + dt.timedelta(2)
    content, still_open = evaluate.status_and_alerts(home, FixedClock.on(two_days_later), build_is_due=False)
    assert content["sources"][CBP]["status"] == "failing" and content["sources"][CBP]["reason"].startswith(
        "nothing ran"
    )
    assert [each.finding.key for each in still_open] == [("nothing_ran", None)]
    written = json.loads(home.status.read_text())
    assert written["as_of"] == moment(DAY).isoformat() and written["sources"][CBP]["status"] == "fresh"
    assert steps.alerts(home) == [], "who only asks records nothing"


def test_the_build_says_of_a_source_what_the_state_says(home: Home) -> None:
    released(home, CBP)
    released(home, IRCC)
    polled(home, IRCC)
    hold(home, DAY)
    with Manifest(home.manifest) as manifest:
        of_build = {row[0]: row[1] for row in _standing(home, manifest, DAY, {})}
    assert of_build == {source: each["status"] for source, each in states(home).items()}
    assert (of_build[CBP], of_build[IRCC], of_build[UNKNOWN_HERE]) == ("held", "fresh", "not_collected")


@pytest.fixture
def replayed(home: Home, tmp_path: Path) -> Home:
    """A home with one accepted and one quarantined release of CBP."""
    folder = ReleasesFolder(tmp_path / "releases")
    folder.add(CBP, "2023-11", "nationwide-encounters-fy21-fy24-oct-state.csv", csv_file(state_line()))
    folder.add(CBP, "2023-12", "nationwide-encounters-fy21-fy24-nov-aor.csv", BROKEN_CSV)
    steps.replay(home, folder.root, validate=lambda *_: [])
    return home


def test_status_and_alerts_are_one_evaluation_also_after_a_replay(replayed: Home) -> None:
    """14 of 15 sources failing stood beside "no alert was ever opened"."""
    written = json.loads(replayed.status.read_text())
    failing = {source for source, each in written["sources"].items() if each["status"] == "failing"}
    assert failing == {CBP} == {each["source_id"] for each in written["alerts"]}
    assert written["alerts"][0]["alert"] == "structure_changed" and written["build_due"]
    now, _ = steps.status_and_alerts(replayed, clock_of(replayed))
    assert {**now, "checked_at": ""} == {**written, "checked_at": ""}
    assert dt.datetime.fromisoformat(written["checked_at"]).tzinfo


def test_every_step_that_changes_anything_writes_status_json(replayed: Home) -> None:
    clock = clock_of(replayed)
    waits = next(each.name for each in steps.waiting_for_a_person(replayed))
    for step in (
        lambda: steps.process_release(replayed, CBP, clock),
        lambda: steps.retry(replayed, CBP, clock),
        lambda: steps.decide(replayed, waits, "rejected", "why", "who", clock),
        lambda: steps.check_freshness(replayed, clock),
        lambda: steps.record_broken_step(replayed, clock, "audit_marts", None, "months_lost: 3"),
    ):
        replayed.status.unlink()
        step()
        assert json.loads(replayed.status.read_text())["as_of"] == clock.now().isoformat()
    assert [each["alert"] for each in json.loads(replayed.status.read_text())["alerts"]] == ["mart_failed"]


def test_a_build_that_fails_opens_its_alert_whoever_asked_for_it(
    replayed: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_home: Home, _say: object) -> None:
        message = "the audit said no"
        raise BuildError(message)

    monkeypatch.setattr(steps, "_build", fail)
    for step in (steps.build_candidate, steps.build_and_publish):
        with pytest.raises(BuildError):
            step(replayed)
        [broken] = [each for each in steps.alerts(replayed) if each.finding.alert == "mart_failed"]
        assert "the audit said no" in broken.finding.what


def test_what_waits_is_listed_with_why_what_is_served_and_the_commands(replayed: Home) -> None:
    [waits] = steps.waiting_for_a_person(replayed)
    assert isinstance(waits.checks[0]["observed"], str) and "missing Component" in waits.checks[0]["observed"]
    assert waits.served_meanwhile == "nothing of this source"
    assert waits.commands == (
        f"roxham --home {replayed.root} reject {waits.name} --reason '…' --by '…'",
        f"roxham --home {replayed.root} retry {CBP}",
    ), "what nobody could read cannot be accepted"
    doubt = CheckResult("closed_period", "critical", False, "9", "1", "why", CBP, overridable=True)
    with Manifest(replayed.manifest) as manifest:
        doubtful = manifest.release(waits.name)
        assert doubtful
        manifest.record_release(Release(**{**doubtful.__dict__, "rows": 7}), [doubt])
    [waits] = steps.waiting_for_a_person(replayed)
    assert f"accept {waits.name} --reason" in waits.commands[0]


def test_ten_nights_of_one_refusal_are_one_alert_told_once(home: Home) -> None:
    """A government's CDN answered 403 for ten days; ten messages would have been nine too many."""
    released(home, CBP)
    for night in range(10):
        day = DAY + dt.timedelta(night)
        polled(home, CBP, day, "http_error")
        evaluate.evaluate_all(home, FixedClock.on(day), build_is_due=False)
    [only] = steps.alerts(home, closed=True)
    assert (only.finding.key, only.version, only.opened_at) == (("fetch_failed", CBP), 1, moment(DAY))


def test_when_most_sources_fail_in_one_night_each_says_so_and_the_others_do_not(home: Home) -> None:
    """A coverage gate was lowered to a warning, and a page went on showing what was there as if it were all."""
    well = {CBP, IRCC, "uk_small_boats_page"}
    opens = {each.id for each in load_sources().values() if Rule.parse(each.calendar.rule).frequency != "closed"}
    for source in opens:
        released(home, source)
        polled(home, source, outcome="unchanged" if source in well else "timeout")
    evaluate.evaluate_all(home, FixedClock.on(DAY), build_is_due=False)
    written = json.loads(home.status.read_text())
    failing = {source for source, each in written["sources"].items() if each["status"] == "failing"}
    assert (
        failing == opens - well == {each["source_id"] for each in written["alerts"] if each["alert"] == "fetch_failed"}
    )
    assert written["sources"]["uk_small_boats"]["reason"].startswith("timeout: ")
