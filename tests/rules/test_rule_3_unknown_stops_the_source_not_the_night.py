"""Rule 3: unknown stops the source, not the night; the stopped source keeps its last good release.

Guards against one source's failure stopping, or being hidden by, the others (seen in public scrapers), and against a
label such as `UAC` of early 2025 that nobody had mapped.
"""

from __future__ import annotations

import json

import pytest

from tests.rules.conftest import Story
from tests.support.nights import CBP, IRCC

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("rules")]
OCTOBER = "select value from marts.fct_crossings_monthly where geography_id = 'US' and month = date '2023-10-01'"
DECEMBER = "select value from marts.fct_crossings_monthly where geography_id = 'CA' and month = date '2022-12-01'"


def test_an_unknown_label_quarantines_its_release_and_names_the_label(story: Story) -> None:
    [outcome] = story.one_source_wrong.outcomes[CBP]
    assert outcome.release.state == "quarantined"
    said = {check.check: check.observed or "" for check in outcome.failed_checks if check.blocks}
    assert 'state "ATLANTIS"' in said["labels_known:state.state"]
    assert 'area_of_responsibility "ATLANTIS"' in said["labels_known:aor.area_of_responsibility"]


def test_the_other_source_is_published_the_same_night(story: Story) -> None:
    night = story.one_source_wrong
    assert [each.release.published.text for each in night.events[IRCC]] == ["2023-12-20"]
    assert story.ask(story.good, DECEMBER) == [(11,)]
    assert story.ask(night, DECEMBER) == [(13,)]


def test_the_stopped_source_keeps_its_last_good_release(story: Story) -> None:
    assert story.ask(story.good, OCTOBER) == story.ask(story.one_source_wrong, OCTOBER) == [(5,)]
    releases = story.ask(
        story.one_source_wrong,
        f"select distinct release_id from marts.fct_crossings_monthly_vintages where source_id = '{CBP}'",
    )
    assert releases == [(story.good.events[CBP][0].release.release_id,)]


def test_that_it_is_stopped_is_shown_in_the_build_and_beside_it(story: Story) -> None:
    night = story.one_source_wrong
    quarantined = night.outcomes[CBP][0].release.release_id
    [(status, reason)] = story.ask(
        night, f"select status, reason from marts.rpt_source_status where source_id = '{CBP}'"
    )
    assert status == "failing" and "quarantined" in str(reason) and quarantined in str(reason)
    beside = json.loads(story.home.status.read_text())["sources"][CBP]
    assert (beside["status"], beside["last_accepted_release"]) == (
        "failing", story.good.events[CBP][0].release.release_id,
    )  # fmt: skip
    failed = story.ask(
        night,
        "select count(*) from marts.rpt_quality where not success and severity = 'critical' "
        f"and release_id = '{quarantined}'",
    )
    assert failed[0][0] >= 2
