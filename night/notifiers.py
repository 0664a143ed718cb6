"""Sends messages: generic webhook and SMTP. What was sent, and what could not be, is recorded in the home.

Configured by environment: ``ROXHAM_WEBHOOK_URL``; ``ROXHAM_SMTP_HOST``, ``_PORT``, ``_FROM``, ``_TO`` (commas between
several), ``_USER``, ``_PASSWORD``, or ``ROXHAM_SMTP_CONN_ID`` naming an Airflow connection with host, port and login.
An address of a webhook is a secret itself, so no address and no server's words are ever logged.
"""

from __future__ import annotations

import json
import logging
import os
import smtplib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any, Protocol

import requests
from airflow.sdk import BaseNotifier

from ingest.clock import Clock, clock_from_environment
from ingest.home import Home
from night.messages import Message

log = logging.getLogger(__name__)
TIMEOUT_SECONDS = 15


class Channel(Protocol):
    """A way to reach people."""

    name: str

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
        try:
            answer = requests.post(self.url, json=message.as_dict(), timeout=TIMEOUT_SECONDS, allow_redirects=False)
        except requests.RequestException as error:
            # The error's own words would print the address.
            reason = f"the receiver could not be reached ({type(error).__name__})"
            raise RuntimeError(reason) from None
        if answer.status_code >= requests.codes.multiple_choices:
            reason = f"the receiver answered {answer.status_code}"
            raise RuntimeError(reason)


@dataclass(frozen=True)
class Smtp:
    """Sends the message as a plain-text mail."""

    host: str
    port: int
    sender: str
    recipients: tuple[str, ...]
    user: str = ""
    password: str = field(default="", repr=False)
    name: str = "smtp"

    def send(self, message: Message) -> None:
        """Send; with a user, only over TLS."""
        mail = EmailMessage()
        mail["Subject"] = message.subject
        mail["From"] = self.sender
        mail["To"] = ", ".join(self.recipients)
        mail.set_content(message.text)
        with smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_SECONDS) as server:
            if self.user:
                server.starttls(context=ssl.create_default_context())
                server.login(self.user, self.password)
            refused = server.send_message(mail)
        if refused:
            reason = f"{len(refused)} of {len(self.recipients)} recipients were refused"
            raise RuntimeError(reason)


def channels_from_environment() -> list[Channel]:
    """The channels that the environment configures; none is allowed."""
    channels: list[Channel] = []
    if url := os.environ.get("ROXHAM_WEBHOOK_URL", ""):
        channels.append(Webhook(url))
    recipients = tuple(each.strip() for each in os.environ.get("ROXHAM_SMTP_TO", "").split(",") if each.strip())
    if recipients:
        channels.append(_smtp(recipients))
    return channels


def _smtp(recipients: tuple[str, ...]) -> Smtp:
    host, port = os.environ.get("ROXHAM_SMTP_HOST", "localhost"), int(os.environ.get("ROXHAM_SMTP_PORT", "25"))
    user, password = os.environ.get("ROXHAM_SMTP_USER", ""), os.environ.get("ROXHAM_SMTP_PASSWORD", "")
    if connection_id := os.environ.get("ROXHAM_SMTP_CONN_ID", ""):
        from airflow.sdk import Connection

        connection = Connection.get(connection_id)
        host, port = connection.host or host, connection.port or port
        user, password = connection.login or user, connection.password or password
    return Smtp(host, port, os.environ.get("ROXHAM_SMTP_FROM", "roxham@localhost"), recipients, user, password)


def tell(
    home: Home, message: Message, clock: Clock, channels: Callable[[], Sequence[Channel]] = channels_from_environment
) -> dict[str, str]:
    """Send a message through every channel; returns and records what came of each, and never raises.

    A notifier that fails must not fail the night, and must not fail silently either: ``messages.jsonl`` in the home
    keeps every message with its fate, and the task's log says so.
    """
    fates: dict[str, str] = {}
    try:
        configured = channels()
    except Exception as error:  # noqa: BLE001  the night's boundary: recorded below
        fates["configuration"] = f"failed: {type(error).__name__}"
        configured = []
    for channel in configured:
        try:
            channel.send(message)
            fates[channel.name] = "sent"
        except Exception as error:  # noqa: BLE001  the night's boundary: recorded below
            fates[channel.name] = f"failed: {_without_secrets(error)}"
    fates = fates or {"none": "no channel is configured"}
    _record(home, message, clock, fates)
    return fates


def _without_secrets(error: Exception) -> str:
    # Own words are safe; of other people's errors only the kind is, since their texts quote addresses and answers.
    return str(error) if type(error) is RuntimeError else type(error).__name__


def _record(home: Home, message: Message, clock: Clock, fates: dict[str, str]) -> None:
    for channel, fate in fates.items():
        level = logging.ERROR if fate.startswith("failed") else logging.INFO
        log.log(level, "message %r through %s: %s", message.subject, channel, fate)
    log.warning("%s\n%s", message.subject, message.text)
    entry = {"at": clock.now().isoformat(), "fates": fates, **message.as_dict()}
    try:
        home.root.mkdir(parents=True, exist_ok=True)
        with (home.root / "messages.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(entry, default=str) + "\n")
    except OSError:
        log.exception("the message could not be recorded in %s", home.root)


class Tell(BaseNotifier):  # type: ignore[misc]
    """Airflow's hook to the above: an ``on_failure_callback`` that composes its message when the task has failed.

    Args:
        compose: makes the messages from the task's context; runs in the task's own process.
    """

    def __init__(self, compose: Callable[[Any], Sequence[Message]]) -> None:
        super().__init__()
        self._compose = compose

    def notify(self, context: Any) -> None:  # noqa: ANN401  Airflow's context
        """Compose and send."""
        home = Home.from_environment()
        for message in self._compose(context):
            tell(home, message, clock_from_environment())
