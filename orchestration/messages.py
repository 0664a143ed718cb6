"""The text of a digest: composed from alerts by pure functions, sent by ``orchestration.notifiers``.

One message holds everything that opened, changed or closed since the last one; each alert says what, since when, which
release, observed against limit, what is served meanwhile, and where to look.
"""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from ingest.core.outgoing_text import all_readable, in_one_line, readable
from ingest.core.records import CheckResult
from monitoring.alerts import Alert

# The shape of what the generic webhook gets; raised when a field changes its meaning.
FORMAT = 1
NEWS = {"opened": "NEW", "changed": "CHANGED", "closed": "OVER"}
SUBJECT_NAMES = 3
# What one alert may say in one line, and all of them together: a label of a megabyte is no message.
LONGEST_LINE, LONGEST_MESSAGE = 2_000, 200_000
# From so many sources on, what shows the same is one trouble.
ONE_TROUBLE = 3


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
            return "nothing, no build was published yet"
        kept = f", with {self.release_id} (to {self.last_month})" if self.release_id else ""
        return f"build {self.build_id}{kept}, in {self.path}"


@dataclass(frozen=True)
class Part:
    """What a message says of one alert: a heading and labelled lines; figures are lists of lines."""

    heading: str
    severity: str
    lines: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Message:
    """One message, for people (subject, parts) and for machines (facts)."""

    subject: str
    at: dt.datetime
    parts: tuple[Part, ...]
    still_open: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The message in plain text."""
        blocks = [_plain(part) for part in self.parts]
        if self.still_open:
            blocks.append("\n".join(["Open as before:", *(f"- {each}" for each in self.still_open)]))
        blocks += ["\n".join(f"{name}: {address}" for name, address in self.links.items())] if self.links else []
        return readable("\n\n".join(blocks), LONGEST_MESSAGE)

    @property
    def html(self) -> str:
        """The message as a page: no image, no style sheet, no address that is fetched by opening it."""
        body = "".join(_page_part(part) for part in self.parts)
        if self.still_open:
            body += f"<h2>Open as before</h2><ul>{_items(self.still_open)}</ul>"
        body += "".join(f'<p><a href="{_e(address)}">{_e(name)}</a></p>' for name, address in self.links.items())
        return (
            f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{_e(self.subject)}</title></head>'
            f'<body style="font-family:sans-serif"><h1 style="font-size:1.2em">{_e(self.subject)}</h1>{body}</body></html>'
        )

    def as_dict(self) -> dict[str, object]:
        """What the generic webhook gets, and what is kept in the home."""
        return {
            "format": FORMAT,
            "subject": self.subject,
            "at": self.at.isoformat(),
            "text": f"{self.subject}\n\n{self.text}",
            **{name: all_readable(each) for name, each in self.facts.items()},
        }


def roll_up(
    news: Sequence[Alert],
    still_open: Sequence[Alert],
    served: Mapping[str | None, Served],
    now: dt.datetime,
    links: Mapping[str, str] | None = None,
    *,
    sample: bool = False,
) -> Message:
    """One message of everything that people were not told yet.

    Args:
        news: alerts that opened, changed or closed.
        still_open: alerts that are open and were told before: named, not told again.
        served: what readers see, by source; None for all sources.
        now: when the message is written.
        links: addresses of the site and of Airflow's pages, where they are known.
        sample: whether all this is of the bundled sample; the subject says so.
    """
    ordered = sorted(news, key=_urgency)
    groups = _by_trouble(ordered)
    return Message(
        subject=_subject(groups, sample=sample),
        at=now,
        parts=tuple(
            _part(each[0], served[each[0].finding.source_id]) if len(each) == 1 else _common_part(each, served[None])
            for each in groups
        ),
        still_open=tuple(f"{_named(each)}, since {_minute(each.opened_at)}" for each in still_open),
        links=dict(links or {}),
        facts={
            "alerts": [_facts(each, served[each.finding.source_id]) for each in ordered],
            "still_open": [_named(each) for each in still_open],
        },
    )


def _by_trouble(news: Sequence[Alert]) -> list[list[Alert]]:
    """The alerts in their order; those of many sources that tell of one trouble, as a night without network, are together."""
    groups: dict[object, list[Alert]] = {}
    for number, each in enumerate(news):
        groups.setdefault(_trouble(each) or number, []).append(each)
    apart: list[list[Alert]] = []
    for group in groups.values():
        apart += [group] if len(group) >= ONE_TROUBLE else [[each] for each in group]
    return apart


def _trouble(alert: Alert) -> object:
    """What an alert shares with those of other sources; None for what is its source's own."""
    finding, checks = alert.finding, {each.check for each in alert.finding.checks}
    if finding.source_id is None or not (checks == {"fetch:unreachable"} or finding.alert == "nothing_ran"):
        return None
    return (alert.news, finding.alert, alert.severity)


def _subject(groups: Sequence[Sequence[Alert]], *, sample: bool) -> str:
    news = [each for group in groups for each in group]
    counts = [
        f"{len(same)} {word.lower()}"
        for kind, word in NEWS.items()
        if (same := [each for each in news if each.news == kind])
    ]
    names = [_group_named(each) for each in groups[:SUBJECT_NAMES]]
    more = [f"and {len(groups) - SUBJECT_NAMES} more"] if len(groups) > SUBJECT_NAMES else []
    return in_one_line(f"Roxham{' [SAMPLE]' if sample else ''}: {', '.join(counts)}: {'; '.join(names + more)}")


def _group_named(group: Sequence[Alert]) -> str:
    return _named(group[0]) if len(group) == 1 else f"{group[0].finding.alert} ({len(group)} sources)"


def _urgency(alert: Alert) -> tuple[bool, bool, str, str]:
    return (not alert.is_open, alert.severity != "critical", alert.finding.alert, alert.finding.source_id or "")


def _named(alert: Alert) -> str:
    return f"{alert.finding.alert} ({alert.finding.source_id or 'all sources'})"


def _part(alert: Alert, served: Served) -> Part:
    finding = alert.finding
    lines: list[tuple[str, tuple[str, ...]]] = []
    lines.append(("What", (finding.what if alert.is_open else f"well again; it was: {finding.what}",)))
    until = f", over since {_minute(alert.closed_at)}" if alert.closed_at else ""
    lines.append(("Since", (f"{_minute(alert.opened_at)}{until}",)))
    lines.append(("Release", (finding.release_id or "none in particular",)))
    if alert.is_open:
        lines.append(("Observed against limit", tuple(_figure(each) for each in finding.checks)))
    lines.append(("Served meanwhile" if alert.is_open else "Served now", (served.sentence(),)))
    if alert.is_open:
        lines.append(("Where to look", finding.where))
    heading = f"{NEWS[alert.news or 'changed']}: {_named(alert)}, {alert.severity}"
    said = tuple((label, tuple(readable(each, LONGEST_LINE) for each in texts)) for label, texts in lines)
    return Part(in_one_line(heading), alert.severity, said)


def _common_part(group: Sequence[Alert], served: Served) -> Part:
    """What many sources' alerts say together: one trouble, told once, with the words of the first."""
    first = group[0]
    sources = ", ".join(sorted(each.finding.source_id or "" for each in group))
    said = f"{first.finding.alert} of {len(group)} sources at once: {sources}"
    lines: list[tuple[str, tuple[str, ...]]] = [
        ("What", (said if first.is_open else f"well again; it was: {said}",)),
        ("Since", (_minute(min(each.opened_at for each in group)),)),
    ]
    if first.is_open:
        lines.append(
            ("Observed against limit, of the first", tuple(_figure(each) for each in first.finding.checks[:1]))
        )
    lines.append(("Served meanwhile" if first.is_open else "Served now", (served.sentence(),)))
    if first.is_open:
        network = ("this machine's network and name resolution",) if first.finding.alert == "fetch_failed" else ()
        lines.append(("Where to look", (*network, *first.finding.where[-1:])))
    heading = f"{NEWS[first.news or 'changed']}: {_group_named(group)}, {first.severity}"
    return Part(heading, first.severity, tuple(lines))


def _figure(check: CheckResult) -> str:
    return f"{check.severity}: {check.check}: observed {check.observed} (limit {check.limit}); {check.reason}"


def _facts(alert: Alert, served: Served) -> dict[str, object]:
    return {"news": alert.news, **alert.as_dict(), "served": asdict(served)}


def _minute(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _plain(part: Part) -> str:
    lines = [part.heading]
    for label, said in part.lines:
        lines += [f"{label}: {said[0]}"] if len(said) == 1 else [f"{label}:", *(f"- {each}" for each in said)]
    return "\n".join(lines)


def _page_part(part: Part) -> str:
    rows = "".join(
        f'<tr><th scope="row" style="text-align:left;vertical-align:top;padding-right:1em">{_e(label)}</th><td>'
        + (_e(said[0]) if len(said) == 1 else f'<ul style="margin:0;padding-left:1.2em">{_items(said)}</ul>')
        + "</td></tr>"
        for label, said in part.lines
    )
    return f'<h2 style="font-size:1em">{_e(part.heading)}</h2><table>{rows}</table>'


def _items(lines: Sequence[str]) -> str:
    return "".join(f"<li>{_e(each)}</li>" for each in lines)


def _e(text: str) -> str:
    """Whatever a publisher printed is text, never markup."""
    return html.escape(text)
