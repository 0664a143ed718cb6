"""What a person may decide about a release, and what no decision can make servable.

A decision resolves a doubt: is this revision, this shorter window, this lost month what the agency meant? It cannot give
an unknown label a meaning or an unread cell a number. Accepting such a release would fail every later build of every
source, so it is refused with what to do instead. Each check says itself whether it is a doubt (``overridable``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Literal

from ingest.archive.manifest import Manifest
from ingest.core.home import Home
from ingest.core.records import CheckResult, Release


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
            known = ", ".join(each.release_id for each in manifest.waiting()) or "none"
            message = f"no release {release_id!r}; waiting for a decision are: {known}"
            raise LookupError(message)
        if decision == "accepted":
            _refuse_unservable(release, manifest.check_results(release_id))
        manifest.decide(release_id, decision, reason, by, at)


def unservable(checks: Iterable[CheckResult]) -> list[CheckResult]:
    """The failed critical checks that no decision can overrule."""
    return [check for check in checks if check.blocks and not check.overridable]


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
