"""The life of an alert: opened once, updated, closed by the first good run, told once; what each class sees."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from dataclasses import replace
from functools import partial
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from ingest.archive.collection import plan_to_collect
from ingest.archive.manifest import Manifest
from ingest.catalog.calendar import Verdict
from ingest.catalog.source import load_sources
from ingest.core.builds import CandidateInfo
from ingest.core.clock import FixedClock
from ingest.core.home import REPOSITORY, Home
from ingest.core.records import About, Attempt, CheckResult, Published, Release, ReleaseFile
from monitoring import alerts, evaluate
from monitoring.alert_store import AlertStore
from monitoring.alerts import Alert, Finding, LargeRevision, Observation, reconcile_alerts
from monitoring.freshness import StateChange, mark_emitted
from pipeline.cli import main

SOURCE, OTHER = "ircc_rcmp_interceptions", "cbp_nationwide_encounters"
PAGE = "https://www.canada.ca/p"
NIGHT = dt.datetime(2024, 2, 1, 6, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
KEY = ("fetch_failed", SOURCE)
JUDGED = frozenset({KEY})


def attempt(outcome: str, at: dt.datetime = NIGHT, url: str = PAGE, source: str = SOURCE) -> Attempt:
    return Attempt(source, "year_page", url, outcome, at, message=f"it was {outcome}")


def release(state: str = "accepted", at: dt.datetime = NIGHT, name: str = "aaaaaaaa", source: str = SOURCE) -> Release:
    return Release(
        release_id=f"{source}@{at:%Y-%m-%d}~{name}", source_id=source,
        published=Published(f"{at:%Y-%m-%d}", "day", "listing"), retrieved_at=at, state=state, origin="sample",
        files=(ReleaseFile("a" * 64, "year_page", "p.html", PAGE, 3),), rows=7,
        first_month=dt.date(2024, 1, 1), last_month=dt.date(2024, 1, 1),
    )  # fmt: skip


def check(name: str, severity: str = "critical", *, success: bool = False, about: About = "structure") -> CheckResult:
    return CheckResult(name, severity, success, "what it saw", "what was allowed", "why it matters", SOURCE, about=about,
        overridable=about != "structure")  # fmt: skip


def finding(signature: str = "one", what: str = "it is wrong") -> Finding:
    return Finding("fetch_failed", SOURCE, what, signature)


def of_quarantine(*releases: Release, checks: tuple[CheckResult, ...]) -> list[Finding]:
    said = {each.release_id: checks for each in releases}
    return alerts.of_quarantine(SOURCE, releases, said)


# Life


def test_an_alert_is_opened_once_and_keeps_its_beginning() -> None:
    [opened] = reconcile_alerts([], Observation((finding(),), JUDGED), NIGHT)
    [again] = reconcile_alerts([opened], Observation((finding(what="still wrong"),), JUDGED), NIGHT + DAY)
    assert (again.opened_at, again.seen_at, again.version) == (NIGHT, NIGHT + DAY, 1)
    assert again.finding.what == "still wrong"


def test_an_alert_that_changed_is_news_again_and_one_whose_figures_moved_is_not() -> None:
    told = replace(reconcile_alerts([], Observation((finding(),), JUDGED), NIGHT)[0], told_version=1)
    [same] = reconcile_alerts([told], Observation((finding(what="13 days instead of 12"),), JUDGED), NIGHT + DAY)
    [changed] = reconcile_alerts([told], Observation((finding(signature="two"),), JUDGED), NIGHT + DAY)
    assert (same.news, changed.news) == (None, "changed")


def test_the_first_good_run_closes_it_and_that_is_told_once() -> None:
    told = replace(reconcile_alerts([], Observation((finding(),), JUDGED), NIGHT)[0], told_version=1)
    [closed] = reconcile_alerts([told], Observation((), JUDGED), NIGHT + DAY)
    assert (closed.closed_at, closed.news) == (NIGHT + DAY, "closed")
    assert replace(closed, told_version=closed.version).news is None


def test_a_look_that_could_not_judge_closes_nothing() -> None:
    opened = reconcile_alerts([], Observation((finding(),), JUDGED), NIGHT)
    assert reconcile_alerts(opened, Observation(), NIGHT + DAY) == []


def test_what_passed_before_anybody_was_told_is_no_news() -> None:
    """A page that was down for one try and back for the next must not wake anybody."""
    opened = reconcile_alerts([], Observation((finding(),), JUDGED), NIGHT)
    [closed] = reconcile_alerts(opened, Observation((), JUDGED), NIGHT)
    assert closed.news is None


def test_a_step_that_broke_is_only_well_when_it_has_ended_well() -> None:
    broken = alerts.of_broken_step("fetch", SOURCE, "MemoryError: no more")
    opened = reconcile_alerts([], Observation((broken,)), NIGHT)
    assert reconcile_alerts(opened, Observation((), JUDGED), NIGHT) == []
    [closed] = reconcile_alerts(opened, Observation((), JUDGED, frozenset({"fetch"})), NIGHT)
    assert not closed.is_open


def test_two_findings_of_one_class_and_source_are_one_alert() -> None:
    [both] = reconcile_alerts([], Observation((finding("one", "first"), finding("two", "second"))), NIGHT)
    assert both.finding.what == "first; second"


# Classes


def test_the_class_follows_from_what_the_failed_checks_are_about_structure_first() -> None:
    """No name decides: a source's own check is told like the others. A date nobody can overrule is still no new shape."""
    checks = (check("any", about="completeness"), check("other", about="structure"))
    [found] = of_quarantine(release("quarantined"), checks=checks)
    assert found.alert == "structure_changed"
    impossible = replace(check("years_plausible:cells", about="plausibility"), overridable=False)
    [found] = of_quarantine(release("quarantined"), checks=(impossible,))
    assert found.alert == "implausible" and "roxham retry" in found.where[0]


def test_the_last_word_on_each_address_counts_also_under_a_pinned_clock() -> None:
    tried_again = [attempt("timeout"), attempt("unchanged", url=f"{PAGE}/2"), attempt("archived")]
    assert alerts.of_poll(SOURCE, PAGE, tried_again) == []
    [failed] = alerts.of_poll(SOURCE, PAGE, [attempt("archived", NIGHT - DAY), *tried_again[:2]])
    assert (failed.alert, failed.checks[0].observed, failed.checks[0].reason) == (
        "fetch_failed",
        "it was timeout",
        PAGE,
    )


def test_a_listing_without_links_is_a_changed_page_not_a_failed_fetch() -> None:
    assert [each.alert for each in alerts.of_poll(SOURCE, PAGE, [attempt("no_links")])] == ["structure_changed"]


def test_unknown_labels_are_structure_and_a_mass_of_changed_closed_cells_is_a_quarantine() -> None:
    [shape] = of_quarantine(release("quarantined"), checks=(check("labels_known:cells.month"),))
    [mass] = of_quarantine(
        release("quarantined"), checks=(check("closed_period_changed_share:cells", about="plausibility"),)
    )
    assert (shape.alert, mass.alert) == ("structure_changed", "implausible")
    assert "roxham retry" in shape.where[0] and "accept|reject" in mass.where[0]
    assert mass.checks[0].limit == "what was allowed"


def test_a_decision_or_a_later_good_release_ends_a_quarantine() -> None:
    checks = (check("labels_known:cells.month"),)
    assert of_quarantine(release("rejected"), checks=checks) == []
    assert of_quarantine(release("quarantined"), release("accepted", NIGHT + DAY), checks=checks) == []


def test_what_is_set_aside_stays_told_whatever_comes_after_it_and_closes_nothing_itself() -> None:
    """A file that no parser knows is no release of its source: a later good release settles nothing about it."""
    checks = (check("known_file"),)
    [found] = of_quarantine(release("set_aside"), release("accepted", NIGHT + DAY, "bbbbbbbb"), checks=checks)
    assert found.alert == "structure_changed" and "is set aside" in found.what and "roxham retry" in found.where[0]
    assert of_quarantine(release("rejected"), release("accepted", NIGHT + DAY, "bbbbbbbb"), checks=checks) == []
    both = of_quarantine(release("quarantined"), release("set_aside", NIGHT + DAY, "bbbbbbbb"), checks=checks)
    assert [each.release_id for each in both] == [
        release().release_id,
        release(at=NIGHT + DAY, name="bbbbbbbb").release_id,
    ]


def test_a_closed_period_that_was_revised_alerts_although_the_release_is_served() -> None:
    warned = {release().release_id: [check("closed_period_revised:cells", "warning"), check("rows", "warning")]}
    [found] = alerts.of_closed_periods(SOURCE, [release()], warned)
    assert found.alert == "revision_in_closed_period"
    assert [each.check for each in found.checks] == ["closed_period_revised:cells"]
    later = release(at=NIGHT + DAY, name="bbbbbbbb")
    assert alerts.of_closed_periods(SOURCE, [release(), later], warned) == []


def test_an_implausible_release_is_told_as_served_and_one_beyond_reason_as_waiting() -> None:
    flagged = replace(
        check("cell_against_last_release:cells", "warning", about="plausibility"), cells=(("a" * 64, "line 7"),)
    )
    kept = check("figure_beyond_reason:cells", about="plausibility")
    said = {release().release_id: [flagged, check("rows", "warning")]}
    [served] = alerts.of_implausible(SOURCE, [release()], said)
    assert (served.alert, [each.check for each in served.checks]) == ("implausible", [flagged.check])
    assert "served as printed, and flagged" in served.what
    # Thousands of cells stand with the release, not in a message.
    assert served.checks[0].cells == ()
    [waiting] = of_quarantine(release("quarantined"), checks=(kept,))
    assert waiting.alert == "implausible" and "accept|reject" in waiting.where[0]
    [opened] = reconcile_alerts([], Observation((served,)), NIGHT)
    [urgent] = reconcile_alerts([], Observation((waiting,)), NIGHT)
    assert (opened.severity, urgent.severity) == ("warning", "critical")


@pytest.mark.parametrize(
    ("status", "found", "judged"),
    [
        ("fresh", [], 2),
        ("late", ["overdue"], 2),
        ("frozen", ["frozen"], 1),
        ("failing", [], 0),
        ("held", [], 2),
        ("closed", [], 2),
    ],
)
def test_the_calendar_opens_overdue_and_frozen_and_a_failing_source_is_not_judged(
    status: str, found: list[str], judged: int
) -> None:
    look = alerts.of_verdict(SOURCE, PAGE, Verdict(status, "since long", dt.date(2024, 1, 5)))
    assert [each.alert for each in look.findings] == found
    assert len(look.judged) == judged


def test_that_a_frozen_source_counts_another_day_is_no_news() -> None:
    first, next_day = (
        alerts.of_verdict(SOURCE, PAGE, Verdict("frozen", f"reached {days} days ago")).findings[0] for days in (90, 91)
    )
    assert first.signature == next_day.signature and first.checks != next_day.checks


def test_a_series_that_no_agency_serves_any_more_is_not_silent(tmp_path: Path) -> None:
    """The dashboard's scrapes come from a folder, once; no night polls them, and none has to."""
    home = Home(tmp_path)
    with Manifest(home.manifest) as manifest:
        manifest.record_attempt(attempt("archived", NIGHT - 400 * DAY, source="cbp_southwest_dashboard"))
        manifest.record_attempt(attempt("archived", NIGHT - 400 * DAY, source=OTHER))
        manifest.record_attempt(attempt("unchanged", NIGHT))
    silent = {each.finding.source_id for each in evaluate.evaluate_all(home, FixedClock(NIGHT), build_is_due=True)
              if each.finding.alert == "nothing_ran"}  # fmt: skip
    assert silent == {OTHER}
    status, _ = evaluate.status_and_alerts(home, FixedClock(NIGHT), build_is_due=True)
    assert status["sources"]["cbp_southwest_dashboard"]["status"] == "closed"


def test_that_nothing_ran_is_one_alert_and_a_single_silent_source_is_its_own() -> None:
    long_ago = NIGHT - 3 * DAY
    [nothing] = alerts.of_silence({SOURCE: long_ago, OTHER: long_ago}, NIGHT, long_ago)
    [single] = alerts.of_silence({SOURCE: NIGHT, OTHER: long_ago, "new_source": None}, NIGHT, long_ago)
    assert (nothing.key, single.key) == (("nothing_ran", None), ("nothing_ran", OTHER))
    assert "72 hours ago" in nothing.what
    assert alerts.of_silence({SOURCE: NIGHT - dt.timedelta(hours=30)}, NIGHT, long_ago) == []
    assert "ever polled" in alerts.of_silence({SOURCE: None}, NIGHT, long_ago)[0].what


def test_a_large_rename_is_no_large_revision(tmp_path: Path) -> None:
    """Title 42 apprehensions became expulsions in 254 cells of one release, and no encounter more or less."""
    home, newest = Home(tmp_path), release(source=OTHER)
    with Manifest(home.manifest) as manifest:
        manifest.record_release(newest, [])
    home.current.mkdir()
    info = CandidateInfo("b", "inputs", NIGHT.date(), sample=False, releases=(newest.release_id,))
    (home.current / "release.json").write_text(json.dumps(info.as_dict()))
    with duckdb.connect(str(home.current / "warehouse.duckdb")) as served:
        served.execute("create schema marts")
        served.execute(
            """create table marts.fct_revisions as select ? as release_id, 'm' as measure_id, date '2022-01-01' as month,
                place as geography_id, 900 as from_value, 0 as to_value, 'large' as tier, 'detail' as grain,
                place as cell_id, change_kind
            from (values ('renamed', 'reclassified'), ('came', 'appeared'), ('moved', 'revised')) as rows (place, change_kind)
            """,
            [newest.release_id],
        )
    with Manifest(home.manifest) as manifest:
        seen = evaluate._observe_revisions(home, manifest, load_sources()[OTHER])
    [found] = seen.findings
    assert (found.what[:11], found.checks[0].observed) == ("1 figure(s)", "m 2022-01 moved: 900 → 0")


def test_a_large_revision_names_its_figures_and_a_cell_that_vanished_says_so() -> None:
    moved = LargeRevision("r", "ca_rcmp_interceptions", dt.date(2023, 1, 1), "CA", 4994, 3500)
    gone = replace(moved, after=None)
    [found] = alerts.of_large_revisions(SOURCE, [moved, gone, *[moved] * 5], "much")
    assert "ca_rcmp_interceptions 2023-01 CA: 4,994 → 3,500; " in (found.checks[0].observed or "")
    assert "4,994 → nothing" in (found.checks[0].observed or "") and "and 2 more" in (found.checks[0].observed or "")


# The store


def record(home: Home, *attempts: Attempt) -> None:
    with Manifest(home.manifest) as manifest:
        for each in attempts:
            manifest.record_attempt(each)


def process_release(home: Home, taken: Release, *checks: CheckResult) -> None:
    with Manifest(home.manifest) as manifest:
        manifest.record_release(taken, checks)


def kept(home: Home, *, closed: bool = False) -> list[Alert]:
    with Manifest(home.manifest) as manifest:
        return AlertStore(manifest).alerts(closed=closed)


def test_the_store_survives_and_a_closed_alert_may_open_anew(home: Home) -> None:
    for day, outcome in enumerate(["http_error", "http_error", "archived", "timeout"]):
        now = NIGHT + day * DAY
        record(home, attempt(outcome, now))
        evaluate.evaluate_source(home, SOURCE, FixedClock(now))
    spans = [(each.opened_at.day, each.closed_at and each.closed_at.day) for each in kept(home, closed=True)]
    assert spans == [(1, 3), (4, None)]
    [now_open] = kept(home)
    assert now_open.finding.checks[0].check == "fetch:timeout"


def test_a_repeated_evaluation_changes_nothing(home: Home) -> None:
    record(home, attempt("http_error"))
    process_release(home, release("quarantined"), check("labels_known:cells.month"))
    for _ in range(3):
        evaluate.evaluate_all(home, FixedClock(NIGHT), build_is_due=True)
    found = kept(home, closed=True)
    assert sorted(each.finding.alert for each in found) == ["fetch_failed", "structure_changed"]
    assert all(each.version == 1 for each in found)


def test_a_new_home_has_no_silence_to_complain_of_until_its_first_nights_have_passed(home: Home) -> None:
    """`watch_freshness` runs as soon as it is unpaused: it told a critical `nothing_ran` before anything could run."""
    plan_to_collect(home, [SOURCE, OTHER])
    for hours, expected in ((0, []), (30, []), (40, [("nothing_ran", None)])):
        evaluate.evaluate_all(home, FixedClock(NIGHT + dt.timedelta(hours=hours)), build_is_due=False)
        assert [each.finding.key for each in kept(home)] == expected


def test_a_failed_build_stays_open_until_a_build_is_served(home: Home) -> None:
    evaluate.record_broken_step(home, FixedClock(NIGHT), "audit_marts", None, "months_lost: 3 (limit 0)")
    evaluate.evaluate_all(home, FixedClock(NIGHT), build_is_due=True)
    assert ("mart_failed", None) in [each.finding.key for each in kept(home)]
    evaluate.evaluate_build(home, FixedClock(NIGHT + DAY), build_is_due=False)
    assert ("mart_failed", None) not in [each.finding.key for each in kept(home)]


def test_what_is_told_is_remembered_up_to_the_version_that_was_told(home: Home) -> None:
    record(home, attempt("http_error"))
    [opened] = evaluate.evaluate_source(home, SOURCE, FixedClock(NIGHT))
    [seen] = kept(home)
    record(home, attempt("timeout", NIGHT + DAY))
    evaluate.evaluate_source(home, SOURCE, FixedClock(NIGHT + DAY))
    with Manifest(home.manifest) as manifest:
        AlertStore(manifest).mark_told([seen])
        [now] = AlertStore(manifest).alerts()
    assert (opened.news, now.news) == ("opened", "changed")


def test_the_command_lists_open_alerts_and_with_all_those_that_are_over(home: Home) -> None:
    ask = partial(CliRunner().invoke, main, env={"ROXHAM_NOW": (NIGHT + DAY).isoformat()})
    record(home, attempt("http_error"))
    evaluate.evaluate_source(home, SOURCE, FixedClock(NIGHT))
    shown = ask(["--home", str(home.root), "alerts"])
    assert shown.exit_code == 0 and "fetch_failed" in shown.output and "roxham fetch" in shown.output
    record(home, attempt("archived", NIGHT + DAY))
    evaluate.evaluate_source(home, SOURCE, FixedClock(NIGHT + DAY))
    assert "no alert is open" in ask(["--home", str(home.root), "alerts"]).output
    told = ask(["--home", str(home.root), "alerts", "--all", "--json"])
    [over] = json.loads(told.output)
    assert over["closed_at"].startswith("2024-02-02") and over["checks"][0]["check"] == "fetch:http_error"


# Changes of state


def test_a_change_of_state_is_told_until_its_event_is_out(home: Home) -> None:
    """The freshness task recorded the change, then failed: the event was lost for good."""
    with Manifest(home.manifest) as manifest:
        manifest.record_source_state(SOURCE, "fresh", "", NIGHT)
        manifest.mark_states_emitted([(SOURCE, "fresh")])
        manifest.record_source_state(SOURCE, "late", "", NIGHT)
        manifest.record_source_state(SOURCE, "frozen", "why", NIGHT)
        assert manifest.states_without_event() == [(SOURCE, "fresh", "frozen", "why")]
    mark_emitted(home, [StateChange(SOURCE, "fresh", "late", "")])
    with Manifest(home.manifest) as manifest:
        assert len(manifest.states_without_event()) == 1
        manifest.record_source_state(SOURCE, "fresh", "", NIGHT)
        assert manifest.states_without_event() == []


def test_a_manifest_of_an_earlier_roxham_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "manifest.sqlite"
    with sqlite3.connect(path) as old:
        old.execute("create table source_states (source_id text primary key, state text not null, "
                    "reason text not null, since text not null)")  # fmt: skip
        old.execute("insert into source_states values ('s', 'late', 'why', '2024-02-01T00:00:00+00:00')")
    old.close()
    with Manifest(path) as manifest:
        assert manifest.states_without_event() == []
        assert manifest.source_states()["s"][0] == "late"


def test_words_of_closure_are_a_field_of_the_verdict_and_not_read_out_of_its_sentence() -> None:
    said = alerts.of_verdict(SOURCE, PAGE, Verdict("frozen", "whatever", closing_words="no longer updated")).findings[0]
    still = alerts.of_verdict(SOURCE, PAGE, Verdict("frozen", "the page says something else")).findings[0]
    assert said.signature != still.signature


def test_the_limit_of_a_large_revision_is_the_one_of_the_models() -> None:
    assert evaluate.large_limit() == "10 % and 100 more or less"
    assert "large: at least 100 and 10 %" in (REPOSITORY / "dbt_project" / "models" / "docs.md").read_text()


def test_that_one_source_was_silent_waits_for_the_night_and_that_all_were_does_not() -> None:
    """On the first morning after an outage every source is silent until its turn to be polled has come."""
    one, all_of_them = (Alert(Finding("nothing_ran", each, "", ""), NIGHT, NIGHT) for each in (SOURCE, None))
    broken = Alert(Finding("mart_failed", SOURCE, "", ""), NIGHT, NIGHT)
    assert (one.is_urgent, all_of_them.is_urgent, broken.is_urgent) == (False, True, True)
