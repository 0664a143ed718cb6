"""What a message of the night says: composed from data by pure functions, sent by ``night.notifiers``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field

from ingest.intake import ReleaseOutcome
from ingest.records import Attempt, CheckResult


@dataclass(frozen=True)
class Served:
    """What readers see while something is wrong."""

    build_id: str | None
    path: str | None
    # The source's last accepted release and the last month that it reaches; None where nothing was ever accepted.
    release_id: str | None = None
    last_month: str | None = None

    def sentence(self) -> str:
        """One sentence for a person."""
        if self.build_id is None:
            return "Still served: nothing, no build was published yet."
        kept = f", with {self.release_id} (to {self.last_month})" if self.release_id else ""
        return f"Still served: build {self.build_id}{kept}, in {self.path}"


@dataclass(frozen=True)
class Message:
    """One message, for people (subject, text) and for machines (facts)."""

    alert: str
    source_id: str | None
    subject: str
    text: str
    facts: dict[str, object] = field(default_factory=dict)

    def as_dict(self) -> dict[str, object]:
        """What the webhook gets; ``text`` is the field that Slack and its likes show."""
        return {
            "alert": self.alert,
            "source_id": self.source_id,
            "subject": self.subject,
            "text": f"{self.subject}\n{self.text}",
            **self.facts,
        }


def load_quarantined(source_id: str, outcome: ReleaseOutcome, served: Served) -> Message:
    """A release did not pass its checks and is kept out."""
    release, failed = outcome.release, outcome.failed_checks
    lines = [
        f"Source: {source_id}",
        f"Release: {release.release_id}, published {release.published.text} (by {release.published.basis})",
        f"Files: {', '.join(f'{file.file_name} sha256 {file.sha256[:12]}' for file in release.files)}",
        "Failed checks:",
        *(_check_line(check) for check in failed),
        served.sentence(),
        f"To decide: roxham accept|reject {release.release_id} --reason ... --by ...",
    ]
    return Message(
        alert="load_quarantined",
        source_id=source_id,
        subject=f"Roxham: {source_id}: release {release.release_id} is quarantined ({_count(failed)})",
        text="\n".join(lines),
        facts={
            "release_id": release.release_id,
            "failed_checks": [asdict(check) for check in failed],
            "served": asdict(served),
        },
    )


def fetch_failed(source_id: str, attempts: Sequence[Attempt], served: Served) -> Message:
    """Addresses of a source that gave no usable bytes."""
    lines = [
        f"Source: {source_id}",
        "Release: none came in; what was offered could not be fetched.",
        "Failed checks:",
        *(f"- critical: {each.outcome}: {each.message or 'no further words'} ({each.url})" for each in attempts),
        served.sentence(),
        "The next poll and the nightly sweep try again.",
    ]
    failed = [
        {"check": each.outcome, "severity": "critical", "observed": each.message, "url": each.url} for each in attempts
    ]
    return Message(
        alert="fetch_failed",
        source_id=source_id,
        subject=f"Roxham: {source_id}: fetch failed for {len(attempts)} address(es)",
        text="\n".join(lines),
        facts={"release_id": None, "failed_checks": failed, "served": asdict(served)},
    )


def step_failed(step: str, source_id: str | None, error: str, served: Served) -> Message:
    """A step broke or, for the marts, failed its audit; the error carries the words of what failed."""
    lines = [f"Source: {source_id or 'all (the build)'}", f"Step: {step}", error, served.sentence()]
    alert = "mart_failed" if source_id is None else "fetch_failed" if step == "fetch" else "structure_changed"
    return Message(
        alert=alert,
        source_id=source_id,
        subject=f"Roxham: {source_id or 'build'}: {step} failed",
        text="\n".join(lines),
        facts={"release_id": None, "step": step, "error": error, "served": asdict(served)},
    )


def state_changed(source_id: str, before: str | None, after: str, reason: str, served: Served) -> Message:
    """A source went from one state to another."""
    alert = {"late": "overdue", "frozen": "frozen"}.get(after, "fetch_failed" if after == "failing" else "fresh_again")
    if reason.startswith("nothing ran"):
        alert = "nothing_ran"
    return Message(
        alert=alert,
        source_id=source_id,
        subject=f"Roxham: {source_id} is {after}" + (f", was {before}" if before else ""),
        text="\n".join([f"Source: {source_id}", f"Reason: {reason}", served.sentence()]),
        facts={"before": before, "after": after, "reason": reason, "served": asdict(served)},
    )


def nothing_ran(reason: str, served: Served) -> Message:
    """No source was looked at for longer than a night."""
    return Message(
        alert="nothing_ran",
        source_id=None,
        subject="Roxham: nothing ran",
        text="\n".join([reason, served.sentence()]),
        facts={"reason": reason, "served": asdict(served)},
    )


def _check_line(check: CheckResult) -> str:
    return f"- {check.severity}: {check.check}: observed {check.observed} (limit {check.limit}); {check.reason}"


def _count(failed: Iterable[CheckResult]) -> str:
    critical = sum(1 for check in failed if check.severity == "critical")
    return f"{critical} critical check{'s' if critical != 1 else ''} failed"
