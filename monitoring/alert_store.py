"""Keeps the alerts, open and over, in the archive's manifest (SQLite), one transaction per change."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict

from ingest.archive.manifest import Manifest
from ingest.core.records import CheckResult
from monitoring.alerts import Alert, Finding, Observation, reconcile_alerts

SCHEMA = """
create table if not exists alerts (
    alert_id integer primary key,
    alert text not null, source_id text, finding text not null, opened_at text not null, seen_at text not null,
    closed_at text, version integer not null, told_version integer not null
);
create unique index if not exists open_alerts on alerts (alert, coalesce(source_id, '')) where closed_at is null;
"""


class AlertStore:
    """The alerts of one home, beside what the manifest remembers."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        manifest.connection.executescript(SCHEMA)

    def reconcile(self, observation: Observation, now: dt.datetime) -> list[Alert]:
        """Open, update and close alerts by what an evaluation saw, in one transaction; returns those that it touched."""
        with self._manifest.transaction() as connection:
            touched = reconcile_alerts(self.alerts(), observation, now)
            connection.executemany(
                "insert or replace into alerts values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [_alert_row(each) for each in touched],
            )
        return touched

    def alerts(self, *, closed: bool = False) -> list[Alert]:
        """The open alerts, oldest first; with ``closed`` all that ever were."""
        rows = self._manifest.connection.execute(
            "select * from alerts where ? or closed_at is null order by opened_at, alert_id", (closed,)
        )
        return [_alert(row) for row in rows]

    def mark_told(self, told: Iterable[Alert]) -> None:
        """Remember what people were told; what was found meanwhile stays to be told."""
        with self._manifest.transaction() as connection:
            connection.executemany(
                "update alerts set told_version = max(told_version, ?) where alert_id = ?",
                [(each.version, each.alert_id) for each in told],
            )


def _alert_row(alert: Alert) -> tuple[object, ...]:
    finding = alert.finding
    return (
        alert.alert_id, finding.alert, finding.source_id, json.dumps(asdict(finding)), alert.opened_at.isoformat(),
        alert.seen_at.isoformat(), alert.closed_at and alert.closed_at.isoformat(), alert.version, alert.told_version,
    )  # fmt: skip


def _alert(row: sqlite3.Row) -> Alert:
    content = json.loads(row["finding"])
    told = content.pop("checks", None) or content.pop("figures", [])
    checks = tuple(CheckResult(**each | {"cells": ()}) for each in told)
    return Alert(
        finding=Finding(**content | {"checks": checks, "where": tuple(content["where"])}),
        opened_at=dt.datetime.fromisoformat(row["opened_at"]),
        seen_at=dt.datetime.fromisoformat(row["seen_at"]),
        closed_at=dt.datetime.fromisoformat(row["closed_at"]) if row["closed_at"] else None,
        version=row["version"],
        told_version=row["told_version"],
        alert_id=row["alert_id"],
    )
