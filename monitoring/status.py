"""``status.json``: what the last evaluation said, beside the builds, for the served site and for monitors.

A build stays as it was made; this file lives: written by every step that changes anything, whole or not at all.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from ingest.archive.manifest import Manifest
from ingest.catalog.calendar import Verdict
from ingest.core.builds import served
from ingest.core.clock import SystemClock
from ingest.core.home import Home
from ingest.core.records import Release
from monitoring.alerts import Alert
from monitoring.freshness import lagging_cuts

# Raised when a field changes its meaning.
FORMAT = 1


def describe(
    home: Home,
    manifest: Manifest,
    verdicts: Mapping[str, Verdict],
    open_alerts: Sequence[Alert],
    now: dt.datetime,
    *,
    build_is_due: bool,
) -> dict[str, Any]:
    """Plain data: the time of the check, what is served, every source's state, the open alerts.

    Returns:
        ``as_of`` is where the home's clock stands, ``checked_at`` the machine's own time: a monitor looks at its age.
    """
    newest = {each.source_id: each for each in manifest.releases(state="accepted")}
    lagging = lagging_cuts(home)
    build = served(home)
    return {
        "format": FORMAT,
        "as_of": now.isoformat(),
        "checked_at": SystemClock().now().isoformat(),
        "made_over": home.made_over,
        "served": {"build_id": build.build_id, "as_of": build.as_of.isoformat(), "sample": build.sample}
        if build
        else None,
        "build_due": build_is_due,
        "sources": {
            each: _source(manifest, each, verdict, newest.get(each)) | {"lagging_cuts": lagging.get(each)}
            for each, verdict in verdicts.items()
        },
        "alerts": [_alert(each) for each in open_alerts],
    }


def write(home: Home, content: Mapping[str, Any]) -> None:
    """Put it in place whole: readers poll this file and must never find half of it."""
    home.root.mkdir(parents=True, exist_ok=True)
    draft = home.status.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(content, indent=2) + "\n")
    draft.replace(home.status)


def _source(manifest: Manifest, source_id: str, verdict: Verdict, newest: Release | None) -> dict[str, object]:
    attempt = manifest.last_attempt(source_id)
    return {
        "status": verdict.status,
        "reason": verdict.reason,
        "next_expected": verdict.next_expected and verdict.next_expected.isoformat(),
        "last_attempt": attempt.retrieved_at.isoformat() if attempt else None,
        "last_attempt_outcome": attempt.outcome if attempt else None,
        "last_accepted_release": newest.release_id if newest else None,
    }


def _alert(alert: Alert) -> dict[str, object]:
    told = alert.as_dict()
    return {name: told[name] for name in ("alert", "source_id", "severity", "what", "opened_at", "seen_at")}
