"""Rule 9: a person can decide; it is recorded, shown, replayed the same way, and never edits data.

Guards two things found while writing this: an accepted release with an unknown label failed every later build of both
sources, and so did one with a count that nobody can read.
"""

from __future__ import annotations

import importlib
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from expectations.checks import Check
from ingest.archive.home_clock import clock_of
from ingest.archive.manifest import Manifest
from ingest.catalog.source import Source, load_sources
from ingest.core.home import Home
from ingest.core.records import CheckResult, Release
from ingest.releases.grouping import DATE_CHECK
from pipeline import steps
from pipeline.cli import main
from pipeline.replay import replay
from tests.rules.conftest import Story
from tests.support.builds import exports_of
from tests.support.folders import CBP, ReleasesFolder
from tests.support.pages import csv_file, state_line

NAMES = ("nationwide-encounters-fy24-fy24-oct-state.csv", "nationwide-encounters-fy24-fy24-nov-state.csv",
         "nationwide-encounters-fy24-fy24-dec-state.csv")  # fmt: skip


def checks_of(source: Source) -> list[Check]:
    suite = importlib.import_module(f"expectations.{source.id}").suite
    return [check for asset in suite("release", source) for check in asset.checks]


def roxham(home: Home, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--home", str(home.root), *arguments], env={"ROXHAM_NOW": "2024-05-01"})


def decide(home: Home, what: str, release: Release) -> Result:
    return roxham(home, what, release.release_id, "--reason", "looked at the page", "--by", "a.editor")


def by_state(home: Home, state: str) -> list[Release]:
    with Manifest(home.manifest) as manifest:
        return manifest.releases(state=state)  # type: ignore[arg-type]


# What leaves cells without key, meaning or number, or would serve zeros of days that were not over, in whatever suite.
NEVER = (
    "labels_known",
    "key_is_unique",
    "one_value_per_cell",
    "counts_are_whole_numbers",
    "years_plausible",
    "months_not_after_publication",
    "days_before_publication",
    "every_month_has_detections",
    "spans_run_forward",
)
DOUBTS = ("no_month_lost", "no_month_skipped", "rows_against_last_release_min_share", "closed_period_changed_share",
          "no_table_lost", "reference_month_not_backwards", "sheets_found", "no_day_skipped")  # fmt: skip


def test_what_cannot_be_served_cannot_be_overridden_and_a_doubt_can() -> None:
    """A label, a key, a count that cannot be read: accepting what such a check stopped would fail every later build."""
    checks = [check for source in load_sources().values() for check in checks_of(source)]
    said = {name: {check.overridable for check in checks if check.name.partition(":")[0] == name
                   and check.severity == "critical"} for name in (*NEVER, *DOUBTS)}  # fmt: skip
    assert said == {**{name: {False} for name in NEVER}, **{name: {True} for name in DOUBTS}}
    assert not [check.name for check in checks if check.about == "structure" and check.overridable]


def old_manifest(home: Home) -> None:
    """What an earlier Roxham left: its checks said nothing of themselves."""
    with Manifest(home.manifest) as manifest:
        for column in ("about", "overridable"):
            manifest.connection.execute(f"alter table check_results drop column {column}")


@pytest.mark.slow
def test_a_release_judged_by_an_earlier_version_is_judged_again_before_anybody_may_accept_it(
    home: Home, tmp_path: Path
) -> None:
    folder = ReleasesFolder(tmp_path / "releases")
    folder.add(CBP, "2023-11-20", NAMES[0], csv_file(*(state_line(5, state=each) for each in ("ME", "VT", "MT"))))
    folder.add(CBP, "2023-12-20", NAMES[1], csv_file(state_line(9), state_line(8, month="NOV")))
    replay(home, folder.root, steps.validate_load)
    [doubtful] = by_state(home, "quarantined")
    old_manifest(home)
    refused = decide(home, "accept", doubtful)
    assert refused.exit_code == 3 and f"roxham retry {CBP}" in refused.output
    assert roxham(home, "retry", CBP).exit_code == 3, "the doubt is still one"
    with Manifest(home.manifest) as manifest:
        [dated] = [each for each in manifest.check_results(doubtful.release_id) if each.check == DATE_CHECK]
    assert (dated.about, dated.overridable) == ("plausibility", True), "also what was said before the retry"
    assert decide(home, "accept", doubtful).exit_code == 0


def test_what_a_check_knows_of_itself_is_what_refuses_and_the_refusal_says_what_to_do(
    home: Home, tmp_path: Path
) -> None:
    def stopped(warehouse: Path, source: Source, release_id: str) -> list[CheckResult]:
        return [CheckResult("any:state", "critical", False, 'state "ATLANTIS"', "0", "why", source.id, release_id)]

    folder = ReleasesFolder(tmp_path / "releases").add(CBP, "2023-11", NAMES[0], csv_file(state_line()))
    replay(home, folder.root, stopped)
    [release] = by_state(home, "quarantined")
    refused = decide(home, "accept", release)
    assert refused.exit_code == 3, refused.output
    for words in ("cannot be accepted", 'state "ATLANTIS"', f"ingest/catalog/sources/{CBP}.yaml", f"roxham retry {CBP}",
                  f"roxham reject {release.release_id}", "bytes are kept"):  # fmt: skip
        assert words in refused.output
    assert by_state(home, "quarantined") == [release], "nothing was changed"
    assert decide(home, "reject", release).exit_code == 0, "but a person can still reject it"


def test_a_file_that_nobody_could_parse_cannot_be_accepted_and_is_not_lost(home: Home, tmp_path: Path) -> None:
    folder = ReleasesFolder(tmp_path / "releases").add(CBP, "2023-11", NAMES[0], "a,b,c\r\n1,2,3\r\n")
    replay(home, folder.root, lambda *_: [])
    [release] = by_state(home, "set_aside")
    assert release.rows is None
    refused = decide(home, "accept", release)
    assert refused.exit_code == 3 and "unread a, b, c" in refused.output
    assert (home.objects / release.files[0].sha256[:2] / release.files[0].sha256).exists()


def test_a_release_that_is_not_there_is_told_with_those_that_wait(home: Home, tmp_path: Path) -> None:
    folder = ReleasesFolder(tmp_path / "releases").add(CBP, "2023-11", NAMES[0], "a,b,c\r\n1,2,3\r\n")
    replay(home, folder.root, lambda *_: [])
    [release] = by_state(home, "set_aside")
    missing = roxham(home, "accept", "atlantis@2024", "--reason", "r", "--by", "b")
    assert missing.exit_code == 1 and release.release_id in missing.output
    assert roxham(home, "accept", release.release_id, "--by", "b").exit_code == 2, "a decision needs its reason"


@pytest.mark.slow
@pytest.mark.xdist_group("rules")
def test_accepting_an_unknown_label_does_not_stop_later_builds(story: Story) -> None:
    [release] = by_state(story.home, "quarantined")
    assert decide(story.home, "accept", release).exit_code == 3
    assert steps.build_and_publish(story.home) is None, "the archive is as it was, and so is what is served"


@pytest.mark.slow
@pytest.mark.xdist_group("rules")
def test_a_retry_accepts_a_release_whose_label_the_yaml_has_learned(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = ReleasesFolder(tmp_path / "releases").add(CBP, "2023-11", NAMES[0], csv_file(state_line(state="ATLANTIS")))
    replay(home, folder.root, steps.validate_load)
    assert len(by_state(home, "quarantined")) == 1
    assert roxham(home, "retry", CBP).exit_code == 3, "nothing was learned yet"
    taught = load_sources()[CBP].model_copy(deep=True)
    taught.lookups["state"].labels["ATLANTIS"] = "US-XA"
    monkeypatch.setattr(steps, "load_sources", lambda: {CBP: taught})
    retried = roxham(home, "retry", CBP)
    assert retried.exit_code == 0 and "accepted" in retried.output
    assert len(by_state(home, "accepted")) == 1 and not by_state(home, "quarantined")


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Home]:
    """Two homes in which the same was replayed and decided, built one after the other."""
    root = tmp_path_factory.mktemp("decided")
    folder = ReleasesFolder(root / "releases")
    october = [state_line(5), state_line(6, state="VT"), state_line(7, state="MT")]
    folder.add(CBP, "2023-11-20", NAMES[0], csv_file(*october))
    # Two of three rows are gone: a broken extract, or what the agency meant? A person looks.
    folder.add(CBP, "2023-12-20", NAMES[1], csv_file(state_line(9), state_line(8, month="NOV")))
    folder.add(CBP, "2024-01-20", NAMES[2], csv_file(state_line(9, state="ATLANTIS"), state_line(8, month="NOV")))
    homes = Home(root / "one"), Home(root / "two")
    for home in homes:
        replay(home, folder.root, steps.validate_load)
        doubtful, unknown = by_state(home, "quarantined")
        assert decide(home, "accept", doubtful).exit_code == 0
        assert decide(home, "reject", unknown).exit_code == 0
        assert steps.build_and_publish(home)
    return homes


@pytest.mark.slow
@pytest.mark.xdist_group("rules")
def test_an_accepted_release_is_served_and_the_decision_is_shown(decided: tuple[Home, Home]) -> None:
    home, _ = decided
    with duckdb.connect(str(home.current / "warehouse.duckdb"), read_only=True) as connection:
        values = connection.execute(
            "select value from marts.fct_crossings_monthly where geography_id = 'US' order by month"
        ).fetchall()
        shown = connection.execute(
            "select release_id, observed, reason from marts.rpt_quality where \"check\" = 'decided_by_a_person' "
            "order by release_id"
        ).fetchall()
        overruled = connection.execute(
            "select release_id from marts.rpt_quality where \"check\" like 'rows_against_last_release_min_share%' "
            "and not success"
        ).fetchall()
    [rejected] = by_state(home, "rejected")
    accepted = by_state(home, "accepted")[-1]
    assert values == [(9,), (8,)]
    assert shown == [
        (accepted.release_id, "accepted by a.editor", "looked at the page"),
        (rejected.release_id, "rejected by a.editor", "looked at the page"),
    ]
    assert (accepted.release_id,) in overruled, "what the person overruled stays in sight"


@pytest.mark.slow
@pytest.mark.xdist_group("rules")
def test_the_same_decisions_on_a_fresh_home_give_the_same_exports_byte_for_byte(decided: tuple[Home, Home]) -> None:
    one, two = decided
    assert exports_of(one) == exports_of(two)


@pytest.mark.slow
@pytest.mark.xdist_group("rules")
def test_a_decision_changes_no_archived_byte_and_no_check_result(decided: tuple[Home, Home]) -> None:
    home, _ = decided
    with Manifest(home.manifest) as manifest:
        for release in manifest.releases():
            blocked = [check.check for check in manifest.check_results(release.release_id) if check.blocks]
            assert bool(blocked) == bool(release.decided_by)
    steps.retry(home, CBP, clock_of(home))
    assert len(by_state(home, "rejected")) == len(by_state(home, "accepted")) - 1 == 1, "a retry overrules nobody"
