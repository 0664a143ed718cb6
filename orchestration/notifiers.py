"""Sends messages: mail (plain and HTML), Slack-compatible webhook, generic JSON webhook.

What was sent, and what could not be, is recorded in the home. Configured by ``MessageSettings`` or Airflow connections
only. The JSON is that of ``messages.Message.as_dict``; Slack, Mattermost and Rocket.Chat take ``text`` and ``blocks``.

A webhook's connection holds the address in its password. An address of a webhook is a secret itself, so no address and
no server's words are ever logged, not even by the libraries that send.
"""

from __future__ import annotations

import json
import logging
import smtplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Any, Protocol

import requests
from airflow.sdk import BaseNotifier

from ingest.core.clock import Clock
from ingest.core.home import Home
from ingest.core.outgoing_text import readable
from ingest.core.settings import MessageSettings
from orchestration.messages import Message, Part

log = logging.getLogger(__name__)
TIMEOUT_SECONDS = 15
# Slack takes 3,000 characters a section and 50 blocks a message; what is longer stands in the text of the mail.
SLACK_SECTION, SLACK_BLOCKS = 2900, 48
SLACK_MARKS = {"critical": ":red_circle:", "warning": ":large_yellow_circle:"}


class Channel(Protocol):
    """A way to reach people."""

    @property
    def name(self) -> str:
        """How the record of messages calls it."""
        ...

    def send(self, message: Message) -> None:
        """Send or raise."""
        ...


@dataclass(frozen=True)
class Webhook:
    """POSTs the message as JSON."""

    url: str = field(repr=False)
    name: str = "webhook"

    def send(self, message: Message) -> None:
        """Send; raises RuntimeError without the address when the receiver refuses it."""
        _post(self.url, message.as_dict())


@dataclass(frozen=True)
class SlackWebhook:
    """POSTs the message as Slack's incoming webhooks take it."""

    url: str = field(repr=False)
    name: str = "slack"

    def send(self, message: Message) -> None:
        """Send; raises RuntimeError without the address when the receiver refuses it."""
        _post(self.url, slack_payload(message))


def slack_payload(message: Message) -> dict[str, object]:
    """Text (what a notification shows) and blocks; nothing in it pings anybody or makes a link of a figure."""
    blocks: list[dict[str, object]] = [_section(f"*{_mrkdwn(message.subject)}*")]
    blocks += [_section(_slack_part(part)) for part in message.parts]
    blocks = blocks[:SLACK_BLOCKS]
    links = " · ".join(f"<{address}|{_mrkdwn(name)}>" for name, address in message.links.items())
    if links:
        blocks.append(_section(links))
    return {"text": _mrkdwn(message.subject), "blocks": blocks}


def _section(text: str) -> dict[str, object]:
    shown = text if len(text) <= SLACK_SECTION else text[: SLACK_SECTION - 2] + " …"
    # Verbatim: an address or a channel's name in a publisher's words becomes no link and pings nobody.
    return {"type": "section", "text": {"type": "mrkdwn", "text": shown, "verbatim": True}}


def _slack_part(part: Part) -> str:
    lines = [f"{SLACK_MARKS.get(part.severity, '')} *{_mrkdwn(part.heading)}*"]
    for label, said in part.lines:
        lines.append(f"*{label}*: {_mrkdwn(said[0])}" if len(said) == 1 else f"*{label}*:")
        lines += [f"• {_mrkdwn(each)}" for each in said if len(said) > 1]
    return "\n".join(lines)


def _mrkdwn(text: str) -> str:
    return readable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _post(url: str, content: dict[str, object]) -> None:
    body = json.dumps(content, default=str).encode()
    try:
        answer = requests.post(
            url, data=body, headers={"Content-Type": "application/json"}, timeout=TIMEOUT_SECONDS, allow_redirects=False
        )
    except requests.RequestException as error:
        # The error's own words would print the address.
        reason = f"the receiver could not be reached ({type(error).__name__})"
        raise RuntimeError(reason) from None
    if answer.status_code >= requests.codes.multiple_choices:
        reason = f"the receiver answered {answer.status_code}"
        raise RuntimeError(reason)


@dataclass(frozen=True)
class Smtp:
    """Sends the message as a mail, plain text and HTML."""

    host: str
    port: int
    sender: str
    recipients: tuple[str, ...]
    user: str = ""
    password: str = field(default="", repr=False)
    name: str = "smtp"

    def send(self, message: Message) -> None:
        """Send; with a user, only over TLS."""
        mail = self._mail(message)
        with smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_SECONDS) as server:
            if self.user:
                server.starttls(context=ssl.create_default_context())
                server.login(self.user, self.password)
            refused = server.send_message(mail)
        if refused:
            reason = f"{len(refused)} of {len(self.recipients)} recipients were refused"
            raise RuntimeError(reason)

    def _mail(self, message: Message) -> EmailMessage:
        mail = EmailMessage()
        mail["Subject"] = message.subject
        mail["From"] = self.sender
        mail["To"] = ", ".join(self.recipients)
        mail["Date"] = format_datetime(message.at)
        mail["Message-ID"] = make_msgid(domain=self.sender.rpartition("@")[2] or "roxham")
        # So that nobody's "out of office" answers it.
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        mail.add_alternative(message.html, subtype="html")
        return mail


def channels_from_environment() -> list[Channel]:
    """The channels that the environment configures; none is allowed."""
    settings = MessageSettings()
    channels: list[Channel] = []
    if url := _secret_address(settings.webhook_connection, settings.webhook_url):
        channels.append(Webhook(url))
    if url := _secret_address(settings.slack_connection, settings.slack_url):
        channels.append(SlackWebhook(url))
    if settings.recipients:
        channels.append(_smtp(settings))
    return channels


def _secret_address(connection_id: str, url: str) -> str:
    return str(_connection(connection_id).password or "") if connection_id else url


def _connection(connection_id: str) -> Any:  # noqa: ANN401  Airflow's connection
    from airflow.sdk import Connection

    return Connection.get(connection_id)


def _smtp(settings: MessageSettings) -> Smtp:
    host, port = settings.smtp_host, settings.smtp_port
    user, password = settings.smtp_user, settings.smtp_password
    if settings.smtp_connection:
        connection = _connection(settings.smtp_connection)
        host, port = connection.host or host, connection.port or port
        user, password = connection.login or user, connection.password or password
    return Smtp(host, port, settings.smtp_from, settings.recipients, user, password)


def send(
    home: Home, message: Message, clock: Clock, channels: Callable[[], Sequence[Channel]] = channels_from_environment
) -> dict[str, str]:
    """Send a message through every channel; returns and records what came of each, and never raises.

    A notifier that fails must not fail the run, and must not fail silently either: ``messages.jsonl`` in the home
    keeps every message with its fate, and the task's log says so.
    """
    fates: dict[str, str] = {}
    try:
        configured = channels()
    except Exception as error:  # noqa: BLE001  the task's boundary: recorded below
        fates["configuration"] = f"failed: {type(error).__name__}"
        configured = []
    for channel in configured:
        try:
            with _libraries_silent():
                channel.send(message)
            fates[channel.name] = "sent"
        except Exception as error:  # noqa: BLE001  the task's boundary: recorded below
            fates[channel.name] = f"failed: {_without_secrets(error)}"
    fates = fates or {"none": "no channel is configured"}
    _record(home, message, clock, fates)
    return fates


def reached_somebody(fates: dict[str, str]) -> bool:
    """Whether the message need not be sent again: a channel took it, or there is none but the home's own record."""
    return not fates or any(not fate.startswith("failed") for fate in fates.values())


@contextmanager
def _libraries_silent() -> Iterator[None]:
    """At DEBUG, urllib3 logs the path of every address that it posts to."""
    libraries = [logging.getLogger(name) for name in ("urllib3", "requests")]
    levels = [each.level for each in libraries]
    for each in libraries:
        each.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for each, level in zip(libraries, levels, strict=True):
            each.setLevel(level)


def _without_secrets(error: Exception) -> str:
    # Own words are safe; of other people's errors only the kind is, since their texts quote addresses and answers.
    return str(error) if type(error) is RuntimeError else type(error).__name__


def _record(home: Home, message: Message, clock: Clock, fates: dict[str, str]) -> None:
    for channel, fate in fates.items():
        level = logging.ERROR if fate.startswith("failed") else logging.INFO
        log.log(level, "message %r through %s: %s", message.subject, channel, fate)
    log.warning("%s\n%s", message.subject, message.text)
    entry = {**message.as_dict(), "at": clock.now().isoformat(), "fates": fates}
    try:
        home.root.mkdir(parents=True, exist_ok=True)
        with (home.root / "messages.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(entry, default=str) + "\n")
    except OSError:
        log.exception("the message could not be recorded in %s", home.root)


class OnFailure(BaseNotifier):
    """Airflow's hook to the alerts: an ``on_failure_callback`` that opens one when a task has failed for good.

    Args:
        note: opens the alert from the task's context, and tells it when it is urgent; runs in the task's own process.
    """

    def __init__(self, note: Callable[[Any], None]) -> None:
        super().__init__()
        self._note = note

    def notify(self, context: Any) -> None:  # noqa: ANN401  Airflow's context
        """Open the alert."""
        self._note(context)
