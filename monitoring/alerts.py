"""The eleven classes of alerts and their life: opened once, updated, closed by the first good run. Pure functions.

What is wrong is worked out from what the archive remembers (attempts, releases and their checks, verdicts of the
calendar, the served build), never from what a run happened to report: a run that was killed is judged by the next.
An alert is known by its class and source. ``monitoring.evaluate`` gathers the facts and keeps the alerts in the manifest.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ingest.archive.kept_back import KeptBack
from ingest.archive.verify import Fault
from ingest.catalog.calendar import Verdict
from ingest.core.records import GOOD_OUTCOMES, About, Attempt, CheckResult, Release, Severity

AlertClass = Literal[
    "fetch_failed", "structure_changed", "load_quarantined", "incomplete", "implausible", "mart_failed", "overdue", "frozen",
    "revision_in_closed_period", "large_revision", "nothing_ran",
]  # fmt: skip
# Class and source; None stands for all sources: the build, or all polling.
Key = tuple[AlertClass, str | None]

SEVERITIES: Mapping[AlertClass, Severity] = {
    "fetch_failed": "critical",
    "structure_changed": "critical",
    "load_quarantined": "critical",
    "incomplete": "warning",
    # Served and flagged; one that waits for a person is critical by its checks.
    "implausible": "warning",
    "mart_failed": "critical",
    "overdue": "warning",
    "frozen": "critical",
    "revision_in_closed_period": "warning",
    "large_revision": "warning",
    "nothing_ran": "critical",
}
# What a release that is kept out is told as, by what its failed checks are about: the first of these that one is.
QUARANTINED_AS: Mapping[About, AlertClass] = {
    "structure": "structure_changed",
    "figures": "load_quarantined",
    "completeness": "incomplete",
    "plausibility": "implausible",
    "check": "load_quarantined",
}
# Told at once: readers see an old build, or nobody looks at the agencies at all. That a single source is silent waits for
# the night's message: on the first morning after an outage all are, until their turn to be polled has come.
URGENT: frozenset[AlertClass] = frozenset({"mart_failed", "nothing_ran"})
# A night and a half: longer without one poll, and a night did not run.
SILENCE = dt.timedelta(hours=36)
CLOSED_PERIOD_CHECK = "closed_period_revised"
# Whatever step of a build broke, the build as a whole must end well.
BUILD_STEP = "build"
# Nothing but another sweep can say that the archive is whole again.
SWEEP_STEP = "verify"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong now.

    Attributes:
        what: one sentence for a person.
        signature: what makes this news: an alert whose signature stays is not told again, whatever its figures say.
        checks: observed against limit, in the shape of every check.
        where: where to look and what to do, a line each.
        broken_step: the step that broke, when only that step done well can say that all is well again.
    """

    alert: AlertClass
    source_id: str | None
    what: str
    signature: str
    checks: tuple[CheckResult, ...] = ()
    where: tuple[str, ...] = ()
    release_id: str | None = None
    broken_step: str | None = None

    @property
    def key(self) -> Key:
        """Class and source."""
        return (self.alert, self.source_id)


@dataclass(frozen=True)
class Alert:
    """An alert through its life: what was found last, since when, until when, and how much of it people were told.

    ``version`` counts what is worth telling (opened, changed, closed); ``told_version`` is the last one told.
    """

    finding: Finding
    opened_at: dt.datetime
    seen_at: dt.datetime
    closed_at: dt.datetime | None = None
    version: int = 1
    told_version: int = 0
    alert_id: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is still wrong."""
        return self.closed_at is None

    @property
    def is_urgent(self) -> bool:
        """Whether people are told at once."""
        finding = self.finding
        return finding.alert in URGENT and (finding.source_id is None or finding.alert != "nothing_ran")

    @property
    def severity(self) -> Severity:
        """How bad its class is; what keeps a release out is critical whatever its class."""
        blocks = any(check.blocks for check in self.finding.checks)
        return "critical" if blocks else SEVERITIES[self.finding.alert]

    @property
    def news(self) -> Literal["opened", "changed", "closed"] | None:
        """What people were not told yet. What passed before anybody was told is no news: a quiet night stays quiet."""
        if self.version == self.told_version or (self.told_version == 0 and not self.is_open):
            return None
        if self.told_version == 0:
            return "opened"
        return "changed" if self.is_open else "closed"

    def as_dict(self) -> dict[str, object]:
        """Plain data for webhooks and ``--json``; ``told`` says whether people know of it as it is."""
        finding = self.finding
        return {
            "alert": finding.alert,
            "source_id": finding.source_id,
            "severity": self.severity,
            "what": finding.what,
            "release_id": finding.release_id,
            "opened_at": self.opened_at.isoformat(),
            "seen_at": self.seen_at.isoformat(),
            "closed_at": self.closed_at and self.closed_at.isoformat(),
            "checks": [each.as_dict() for each in finding.checks],
            "where": list(finding.where),
            "told": self.told_version == self.version,
        }


@dataclass(frozen=True)
class Observation:
    """What one evaluation saw: the findings, the keys that it could judge, and the steps that just ended well."""

    findings: tuple[Finding, ...] = ()
    judged: frozenset[Key] = frozenset()
    completed: frozenset[str] = frozenset()


def reconcile_alerts(open_alerts: Iterable[Alert], observation: Observation, now: dt.datetime) -> list[Alert]:
    """The alerts that an evaluation opens, updates or closes, as they are after it; the others stay as they are."""
    known = {alert.finding.key: alert for alert in open_alerts}
    found = {finding.key: finding for finding in merged(observation.findings)}
    after = [_updated(known[key], found[key], now) if key in known else Alert(found[key], now, now) for key in found]
    for key, alert in known.items():
        step = alert.finding.broken_step
        well = key in observation.judged if step is None else step in observation.completed
        if key not in found and well:
            after.append(replace(alert, closed_at=now, version=alert.version + 1))
    return after


def open_after(open_alerts: Sequence[Alert], observation: Observation, now: dt.datetime) -> list[Alert]:
    """The alerts that would be open after an evaluation, oldest first; those that nobody has recorded yet come last."""
    after = {each.finding.key: each for each in open_alerts}
    after |= {each.finding.key: each for each in reconcile_alerts(open_alerts, observation, now)}
    return [each for each in after.values() if each.is_open]


def _updated(alert: Alert, finding: Finding, now: dt.datetime) -> Alert:
    is_news = finding.signature != alert.finding.signature
    return replace(alert, finding=finding, seen_at=now, version=alert.version + is_news)


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """One finding per class and source: what several say is said together."""
    by_key: dict[Key, Finding] = {}
    for each in findings:
        other = by_key.get(each.key)
        by_key[each.key] = each if other is None else _together(other, each)
    return list(by_key.values())


def _together(one: Finding, other: Finding) -> Finding:
    return replace(
        one,
        what=f"{one.what}; {other.what}",
        signature=f"{one.signature}\n{other.signature}",
        checks=one.checks + other.checks,
        where=tuple(dict.fromkeys(one.where + other.where)),
        release_id=other.release_id or one.release_id,
        broken_step=one.broken_step or other.broken_step,
    )


# What is wrong, by class


def of_poll(source_id: str, page: str, attempts: Sequence[Attempt]) -> list[Finding]:
    """Addresses that gave no usable bytes in the source's last poll; a listing with none or a flood is a changed page."""
    bad = trouble_of_last_poll(attempts)
    shape = [each for each in bad if each.outcome in ("no_links", "too_many_links")]
    rest = [each for each in bad if each not in shape]
    where = (f"the agency's page: {page}", f"roxham fetch {source_id} --dry-run")
    found = []
    if shape:
        what = f"a listing page of {source_id} offers no file any more, or far too many"
        found.append(_of_attempts("structure_changed", source_id, what, shape, where))
    if rest:
        what = f"{len(rest)} address(es) of {source_id} could not be fetched"
        found.append(_of_attempts("fetch_failed", source_id, what, rest, where))
    return found


def trouble_of_last_poll(attempts: Sequence[Attempt]) -> list[Attempt]:
    """The bad ends of the last poll: its last word on each address, as a poll that was tried again may have mended it.

    A poll stamps all its attempts with one time; under a pinned clock a second try has the same.
    """
    last = {each.url: each for each in attempts if each.retrieved_at == attempts[-1].retrieved_at}
    return [each for each in last.values() if each.outcome not in GOOD_OUTCOMES]


def _of_attempts(
    alert: AlertClass, source_id: str, what: str, bad: Sequence[Attempt], where: tuple[str, ...]
) -> Finding:
    figures = tuple(
        CheckResult(
            check=f"fetch:{each.outcome}",
            severity="critical",
            success=False,
            observed=each.message or each.outcome,
            limit="the file or page that the source's YAML names",
            reason=each.url,
            source_id=source_id,
            stage="ingest",
        )
        for each in bad
    )
    signature = "\n".join(sorted(f"{each.outcome} {each.url}" for each in bad))
    return Finding(alert, source_id, what, signature, figures, where)


def last_intake(releases: Sequence[Release]) -> list[Release]:
    """The releases that were retrieved last: what the first good run after them closes.

    A file that is set aside is no release of the source's: it neither closes an alert nor hides one.
    """
    known = [each for each in releases if each.state != "set_aside"]
    newest = max((each.retrieved_at for each in known), default=None)
    return [each for each in known if each.retrieved_at == newest]


def of_quarantine(
    source_id: str,
    releases: Sequence[Release],
    checks: Mapping[str, Sequence[CheckResult]],
) -> list[Finding]:
    """Releases that are kept out: of the last intake, as their shape changed or their figures failed a critical check; and
    whatever is set aside, until somebody decides or a retry takes it in.

    Args:
        source_id: whose they are.
        releases: all of its releases, after human decisions.
        checks: what the checks said, by release id.
    """
    found = []
    newest = last_intake(releases)
    for each in releases:
        if each.state == "set_aside" or (each.state == "quarantined" and each in newest):
            blocking = tuple(check for check in checks.get(each.release_id, ()) if check.blocks)
            where = _to_decide(source_id, each, blocking)
            alert = "structure_changed" if each.state == "set_aside" else _quarantined_as(blocking)
            found.append(_of_release(alert, source_id, each, blocking, where))
    return found


def _quarantined_as(blocking: Sequence[CheckResult]) -> AlertClass:
    """The class of alert for these failed checks; a release that none of them explains has failed all the same."""
    doubts = {check.about for check in blocking}
    return next((alert for about, alert in QUARANTINED_AS.items() if about in doubts), "load_quarantined")


def of_kept_back(kept: KeptBack, build_folder: str) -> Finding:
    """A source whose newest releases failed the audit of the marts: all others are published, it is as it was served.

    Args:
        kept: the releases and what failed.
        build_folder: where failed candidates are kept.
    """
    where = (
        f"candidates that failed their audit: {build_folder}",
        f"mend what the checks say, then roxham retry {kept.source_id} and roxham build && roxham publish",
        f"or roxham reject {(kept.left_out or kept.refused)[-1]} --reason … --by …",
    )
    return Finding(
        "mart_failed", kept.source_id, f"{kept.source_id}: {kept.reason}", " ".join([*kept.refused, kept.reason]),
        kept.checks, where, (kept.left_out or kept.refused)[-1],
    )  # fmt: skip


def of_closed_periods(
    source_id: str, releases: Sequence[Release], checks: Mapping[str, Sequence[CheckResult]]
) -> list[Finding]:
    """Accepted releases of the last intake that changed figures of closed periods: served, but somebody may have quoted
    the old ones.
    """
    found = []
    for each in last_intake(releases):
        warned = tuple(
            check
            for check in checks.get(each.release_id, ())
            if check.is_told and check.check.partition(":")[0] == CLOSED_PERIOD_CHECK
        )
        if each.state == "accepted" and warned:
            where = (f"roxham revisions {source_id}", f"marts.fct_revisions where release_id = '{each.release_id}'")
            found.append(_of_release("revision_in_closed_period", source_id, each, warned, where))
    return found


def of_implausible(
    source_id: str, releases: Sequence[Release], checks: Mapping[str, Sequence[CheckResult]]
) -> list[Finding]:
    """Accepted releases of the last intake with figures that are hard to believe: served as printed, and flagged."""
    found = []
    for each in last_intake(releases):
        warned = _warnings_of(checks.get(each.release_id, ()), "plausibility")
        if each.state == "accepted" and warned:
            where = (
                f"marts.fct_crossings_monthly_detail where release_id = '{each.release_id}' and flags is not null",
                f"roxham reject {each.release_id} --reason … --by …, if the figures cannot be true",
            )
            found.append(_of_release("implausible", source_id, each, warned, where))
    return found


def _warnings_of(checks: Sequence[CheckResult], about: About) -> tuple[CheckResult, ...]:
    return tuple(each for each in checks if not each.success and each.severity == "warning" and each.about == about)


def of_incomplete(
    source_id: str, releases: Sequence[Release], checks: Mapping[str, Sequence[CheckResult]]
) -> list[Finding]:
    """Accepted releases of the last intake to which something is missing that was promised: they are served, and flagged."""
    found = []
    for each in last_intake(releases):
        warned = _warnings_of(checks.get(each.release_id, ()), "completeness")
        if each.state == "accepted" and warned:
            where = (
                f"ask the agency's page whether the rest is offered: roxham fetch {source_id} --dry-run",
                f"marts.rpt_quality where release_id = '{each.release_id}'",
            )
            found.append(_of_release("incomplete", source_id, each, warned, where))
    return found


def of_lagging_cuts(source_id: str, lagging: str) -> Finding:
    """Cuts of the source that stand still while others go on: the source is fresh, they are not.

    Args:
        source_id: whose they are.
        lagging: each with the last month that it has, as the served build says.
    """
    figure = CheckResult(
        "every_cut_keeps_pace", "warning", False, lagging, "the newest month of the source",
        "figures of a cut that no longer comes grow old behind the others", source_id, stage="marts", about="completeness",
    )  # fmt: skip
    return Finding(
        "incomplete", source_id, f"cuts of {source_id} stand still while others go on: {lagging}", f"lagging {lagging}",
        (figure,), ("marts.rpt_source_status, column lagging_cuts",),
    )  # fmt: skip


_BECAME: Mapping[AlertClass, str] = {
    "structure_changed": "is quarantined: it is not shaped as the agency promised",
    "load_quarantined": "is quarantined: critical checks of its figures failed",
    "incomplete": "is not whole: what it lacks was promised",
    "implausible": "has figures that are hard to believe; they are served as printed, and flagged",
    "revision_in_closed_period": "changed figures of closed periods; it is served, and flagged",
}


def _of_release(
    alert: AlertClass, source_id: str, release: Release, checks: tuple[CheckResult, ...], where: tuple[str, ...]
) -> Finding:
    published = f"published {release.published.text} (by {release.published.basis})"
    files = ", ".join(f"{file.file_name} sha256 {file.sha256[:12]}" for file in release.files)
    what = f"release {release.release_id}, {published}, {_became(alert, release, checks)} ({files})"
    # Which cells they are stands with the release's checks; there may be thousands.
    checks = tuple(replace(check, cells=()) for check in checks)
    signature = " ".join([release.release_id, *sorted(check.check for check in checks)])
    return Finding(alert, source_id, what, signature, checks, where, release.release_id)


def _became(alert: AlertClass, release: Release, checks: Sequence[CheckResult]) -> str:
    """What became of the release, as the end of a sentence."""
    blocking = [check for check in checks if check.blocks]
    if _is_ours(blocking):
        return "waits: Roxham's own code broke over it, and nothing is said about the file"
    if release.state == "set_aside":
        return "is set aside: it is none of the source's documents"
    if alert == "implausible" and blocking:
        return "is quarantined: its figures cannot be believed"
    return _BECAME[alert]


def _is_ours(blocking: Sequence[CheckResult]) -> bool:
    """Whether nothing but a parser or a check of our own that broke keeps a release out."""
    return bool(blocking) and all(check.about == "check" for check in blocking)


def _to_decide(source_id: str, release: Release, blocking: Sequence[CheckResult]) -> tuple[str, ...]:
    if _is_ours(blocking):
        return (f"mend the code: the fault is Roxham's, not the agency's; then roxham retry {source_id}",)
    accept = f"roxham accept|reject {release.release_id} --reason … --by …"
    teach = f"ingest/catalog/sources/{source_id}.yaml or its parser must learn, then roxham retry {source_id}"
    reject = f"or roxham reject {release.release_id} --reason … --by …"
    return (accept,) if all(check.overridable for check in blocking) else (teach, reject)


def of_verdict(source_id: str, page: str, verdict: Verdict) -> Observation:
    """Overdue and frozen by the calendar. A failing source is not judged: it may be late as well, or not. Nobody waits
    for one that is closed, held or not collected.
    """
    where = (f"the agency's page: {page}", f"roxham fetch {source_id} --dry-run", "roxham status")
    figure = CheckResult(
        check="calendar",
        severity="warning" if verdict.status == "late" else "critical",
        success=False,
        observed=verdict.reason,
        limit=f"next release by {verdict.next_expected}" if verdict.next_expected else "the source's calendar",
        reason="a page that stands still is never taken for one that is well",
        source_id=source_id,
        stage="ingest",
    )
    judged: dict[str, set[Key]] = {
        "frozen": {("frozen", source_id)},
        "failing": set(),
    }
    both: set[Key] = {("overdue", source_id), ("frozen", source_id)}
    found: tuple[Finding, ...] = ()
    if verdict.status == "late":
        signature = f"due {verdict.next_expected}"
        found = (Finding("overdue", source_id, f"{source_id} is overdue", signature, (figure,), where),)
    elif verdict.status == "frozen":
        # The reason counts days; what is news is only whether the page itself says so.
        signature = "the page says so" if verdict.closing_words else "stands still"
        found = (Finding("frozen", source_id, f"{source_id} is frozen", signature, (figure,), where),)
    return Observation(found, frozenset(judged.get(verdict.status, both)))


def of_silence(polled: Mapping[str, dt.datetime | None], now: dt.datetime, since: dt.datetime) -> list[Finding]:
    """That nothing ran: at all, or for single sources while others went on.

    Args:
        polled: when each source was polled last; None for never. A source that is new waits for its first night.
        now: the present.
        since: when the home began; a deployment that could not have run yet has no silence to complain of.
    """
    times = [each for each in polled.values() if each is not None]
    last = max(times, default=None)
    if now - (last or since) > SILENCE:
        return [_silent(None, last, now)]
    quiet = {source: time for source, time in polled.items() if time is not None and now - time > SILENCE}
    return [_silent(source, time, now) for source, time in sorted(quiet.items())]


def _silent(source_id: str | None, last: dt.datetime | None, now: dt.datetime) -> Finding:
    whose = source_id or "any source"
    hours = int((now - last).total_seconds() // 3600) if last else None
    said = (
        f"the last poll of {whose} was at {last.isoformat()}, {hours} hours ago"
        if last
        else "no source was ever polled"
    )
    limit = f"{int(SILENCE.total_seconds() // 3600)} hours"
    figure = CheckResult("polled_lately", "critical", False, said, limit, "what nobody looks at only seems to be well",
                         source_id, stage="ingest")  # fmt: skip
    where = ("is the scheduler up, and are the ingest DAGs unpaused?", "the logs of Airflow")
    return Finding("nothing_ran", source_id, f"nothing ran: {said}", "silence", (figure,), where)


def of_broken_step(step: str, source_id: str | None, error: str, where: Sequence[str] = ()) -> Finding:
    """A step that broke, or a build that failed its audit; the error carries the words of what failed."""
    alert: AlertClass = "fetch_failed" if step == "fetch" else "structure_changed"
    if source_id is None:
        alert = "nothing_ran" if step == "check_freshness" else "mart_failed"
    first = error.strip().splitlines()[0] if error.strip() else "no further words"
    figure = CheckResult(f"step_ends_well:{step}", "critical", False, error.strip() or first, "no error", "see the task's log",
                         source_id, stage="ingest" if source_id else "marts")  # fmt: skip
    named = f"{step} of {source_id}" if source_id else step
    return Finding(
        alert, source_id, f"{named} failed: {first}", f"{step} failed", (figure,), tuple(where),
        broken_step=BUILD_STEP if alert == "mart_failed" else step,
    )  # fmt: skip


def of_archive(faults: Sequence[Fault], shown: int = 5) -> list[Finding]:
    """That the archive no longer holds what was put into it: what ought to be there is not, so it is ``incomplete``.

    It is nobody's load that was refused and no build that failed: what is served was made before, and stays right.

    Args:
        faults: what a sweep of the whole archive found.
        shown: how many are spelled out.
    """
    if not faults:
        return []
    lines = [each.what for each in faults[:shown]]
    if len(faults) > shown:
        lines.append(f"and {len(faults) - shown} more")
    figure = CheckResult("archive_is_whole", "critical", False, "; ".join(lines), "every object and row as it was archived",
                         "a figure rests on bytes that are those that the agency sent", stage="ingest",
                         about="completeness")  # fmt: skip
    what = f"{len(faults)} object(s) or row(s) of the archive are not as they were archived: {faults[0].what}"
    signature = "\n".join(sorted(each.what for each in faults))
    where = ("roxham verify", "restore archive/ from a backup, then roxham verify again (README, Backup)")
    return [Finding("incomplete", None, what, signature, (figure,), where, broken_step=SWEEP_STEP)]


@dataclass(frozen=True)
class LargeRevision:
    """One figure that a release changed by much."""

    release_id: str
    measure_id: str
    month: dt.date
    geography_id: str
    before: int | None
    after: int | None

    def sentence(self) -> str:
        """One line for a person."""
        before, after = (f"{each:,}" if each is not None else "nothing" for each in (self.before, self.after))
        return f"{self.measure_id} {self.month:%Y-%m} {self.geography_id}: {before} → {after}"


def of_large_revisions(source_id: str, revisions: Sequence[LargeRevision], limit: str, shown: int = 5) -> list[Finding]:
    """Figures of the last intake's releases that moved by much, the first few of them spelled out.

    Args:
        source_id: whose they are.
        revisions: the figures, the largest first.
        limit: from where on a figure has moved by much, in words.
        shown: how many are spelled out.
    """
    if not revisions:
        return []
    released = sorted({each.release_id for each in revisions})
    lines = [each.sentence() for each in revisions[:shown]]
    if len(revisions) > shown:
        lines.append(f"and {len(revisions) - shown} more")
    figure = CheckResult("large_revision", "warning", False, "; ".join(lines), limit,
                         "figures that readers may have quoted moved by much", source_id, released[-1], "marts")  # fmt: skip
    return [
        Finding(
            "large_revision", source_id, f"{len(revisions)} figure(s) of {source_id} were revised by much",
            f"{' '.join(released)} {len(revisions)}", (figure,),
            (f"roxham revisions {source_id}", "marts.fct_revisions where tier = 'large'"), released[-1],
        )
    ]  # fmt: skip
