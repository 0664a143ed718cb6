"""What a person may decide about a release, and what no decision can make servable.

A decision settles a doubt: is this revision, this shorter window, this lost month what the agency meant? It cannot give
an unknown label a meaning or an unread cell a number. Accepting such a release would fail every later build of every
source, so it is refused with what to do instead.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Literal

from ingest.archive.manifest import Manifest
from ingest.core.home import Home
from ingest.core.records import CheckResult, Release

# Checks (the part of their name before the colon) whose failure leaves cells without key, meaning, number or month.
UNSERVABLE = frozenset({
    "structure", "columns_as_expected", "labels_known", "offices_known", "counts_are_whole_numbers", "key_is_unique",
    "one_value_per_cell", "captions_are_different", "one_total_row_a_table", "years_plausible",
    "months_not_after_publication", "heads_known", "one_sheet_a_table", "value_and_alias_agree",
    # Zeros of days and months that were not over would be served as printed ones.
    "days_before_publication", "every_month_has_detections",
    # Lines of the register of quotations that nobody could look up.
    "each_line_names_its_report", "spans_run_forward", "quoted_after_the_figures_could_be_known",
    "undated_lines_say_what_is_known", "deduced_lines_show_their_sum",
    # What nobody could check is not served; the check is mended instead.
    "broken_check",
})  # fmt: skip


class DecisionRefused(ValueError):
    """A decision that cannot be carried out; the message says why, what is safe and what to do instead."""


def decide(
    home: Home, release_id: str, decision: Literal["accepted", "rejected"], reason: str, by: str, at: dt.datetime
) -> None:
    """Record that a person accepted or rejected a release.

    Raises:
        LookupError: when there is no such release; the message lists those that wait for a decision.
        DecisionRefused: when the release cannot be served whatever anybody decides.
    """
    with Manifest(home.manifest) as manifest:
        release = manifest.release(release_id)
        if release is None:
            known = ", ".join(each.release_id for each in manifest.releases(state="quarantined")) or "none"
            message = f"no release {release_id!r}; quarantined are: {known}"
            raise LookupError(message)
        if decision == "accepted":
            _refuse_unservable(release, manifest.check_results(release_id))
        manifest.decide(release_id, decision, reason, by, at)


def unservable(checks: Iterable[CheckResult]) -> list[CheckResult]:
    """The failed critical checks that no decision can overrule."""
    return [check for check in checks if check.blocks and check.check.partition(":")[0] in UNSERVABLE]


def _refuse_unservable(release: Release, checks: Iterable[CheckResult]) -> None:
    failed = unservable(checks)
    if not failed and release.rows is not None:
        return
    said = "; ".join(f"{check.check}: {check.observed}" for check in failed) or "nothing could be read from its files"
    message = (
        f"{release.release_id} cannot be accepted, nothing was changed: {said}. Figures without a known meaning would "
        f"fail every later build. Add an unknown label to the lookups of ingest/catalog/sources/{release.source_id}.yaml, or "
        f"teach its parser or its suite what changed, then run `roxham retry {release.source_id}`; or decide it "
        f"with `roxham reject {release.release_id} --reason … --by …`. Its bytes are kept, and what was accepted before "
        "is still served"
    )
    raise DecisionRefused(message)
