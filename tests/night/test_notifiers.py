"""A failed load is told: through a webhook and by mail, with its figures, without secrets, and never silently not."""

from __future__ import annotations

import datetime as dt
import email
import json
import logging
import threading
from collections.abc import Iterator
from email.policy import default
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from ingest.clock import FixedClock
from ingest.home import Home
from ingest.intake import ReleaseOutcome
from ingest.records import Attempt, CheckResult, Published, Release, ReleaseFile
from night import messages
from night.local_airflow import free_port
from night.messages import Message, Served
from night.notifiers import Smtp, Webhook, channels_from_environment, tell

CLOCK = FixedClock.on(dt.date(2024, 2, 1))
SERVED = Served("2024-01-15-0123456789", "/srv/builds/2024-01-15", "border@2024-01-15~aaaaaaaa", "2023-12-01")
SECRET = "s3cret-token"


def quarantined() -> Message:
    release = Release(
        release_id="border@2024-02-01~bbbbbbbb",
        source_id="border",
        published=Published("2024-02-01", "day", "listing"),
        retrieved_at=CLOCK.now(),
        state="quarantined",
        origin="sample",
        files=(ReleaseFile("b" * 64, "page", "border.csv", "https://agency.example/border.csv", 12),),
    )
    checks = (
        CheckResult(
            "labels_known", "critical", False, "'Ruritania'", "labels of the YAML", "an unknown label", "border"
        ),
        CheckResult("rows", "warning", False, "12", "at least 100", "fewer rows than last time", "border"),
        CheckResult("key_unique", "critical", True, "0 duplicates", "0", "the key", "border"),
    )
    return messages.load_quarantined("border", ReleaseOutcome(release, checks), SERVED)


class Receiver:
    """A webhook's other end."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.status = 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append(
                    {"path": self.path, "type": self.headers["Content-Type"], "body": json.loads(body)}
                )
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Silent."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook/{SECRET}"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()
    thread.join()


class Mailbox:
    """Keeps what aiosmtpd gets."""

    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:
        self.mails.append(
            (envelope.mail_from, envelope.rcpt_tos, email.message_from_bytes(envelope.content, policy=default))
        )
        return "250 kept"


@pytest.fixture
def mail_server() -> Iterator[Controller]:
    controller = Controller(Mailbox(), hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture(autouse=True)
def no_channels(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "WEBHOOK_URL",
        "SMTP_HOST",
        "SMTP_PORT",
        "SMTP_FROM",
        "SMTP_TO",
        "SMTP_USER",
        "SMTP_PASSWORD",
        "SMTP_CONN_ID",
    ):
        monkeypatch.delenv(f"ROXHAM_{name}", raising=False)


def recorded(home: Home) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (home.root / "messages.jsonl").read_text().splitlines()]


def test_a_quarantined_load_names_source_release_checks_figures_and_what_is_served() -> None:
    text = quarantined().text
    assert "Source: border" in text
    assert "border@2024-02-01~bbbbbbbb" in text
    assert "critical: labels_known: observed 'Ruritania' (limit labels of the YAML)" in text
    assert "warning: rows: observed 12 (limit at least 100)" in text
    assert "key_unique" not in text
    assert "Still served: build 2024-01-15-0123456789, with border@2024-01-15~aaaaaaaa (to 2023-12-01)" in text


def test_a_failed_fetch_names_addresses_and_what_happened() -> None:
    attempt = Attempt(
        "border", "page", "https://agency.example/p", "http_error", CLOCK.now(), status=500, message="answered 500"
    )
    message = messages.fetch_failed("border", [attempt], Served(None, None))
    assert "http_error: answered 500 (https://agency.example/p)" in message.text
    assert "Still served: nothing" in message.text


def test_the_webhook_receives_the_message_as_json(home: Home, receiver: Receiver) -> None:
    fates = tell(home, quarantined(), CLOCK, lambda: [Webhook(receiver.url)])
    assert fates == {"webhook": "sent"}
    [got] = receiver.received
    assert got["type"] == "application/json"
    assert got["body"]["alert"] == "load_quarantined"
    assert got["body"]["release_id"] == "border@2024-02-01~bbbbbbbb"
    assert got["body"]["failed_checks"][0]["observed"] == "'Ruritania'"
    assert got["body"]["served"]["build_id"] == "2024-01-15-0123456789"
    assert "Still served" in got["body"]["text"]


def test_the_mail_arrives_as_plain_text(home: Home, mail_server: Controller) -> None:
    channel = Smtp("127.0.0.1", mail_server.port, "roxham@example.org", ("a@example.org", "b@example.org"))
    assert tell(home, quarantined(), CLOCK, lambda: [channel]) == {"smtp": "sent"}
    [(sender, recipients, mail)] = mail_server.handler.mails
    assert (sender, recipients) == ("roxham@example.org", ["a@example.org", "b@example.org"])
    assert (
        mail["Subject"] == "Roxham: border: release border@2024-02-01~bbbbbbbb is quarantined (1 critical check failed)"
    )
    assert mail.get_content_type() == "text/plain"
    body = mail.get_content()
    assert "labels_known: observed 'Ruritania'" in body and "Still served: build 2024-01-15-0123456789" in body


def test_a_receiver_that_refuses_is_recorded_and_the_others_still_get_it(
    home: Home, receiver: Receiver, mail_server: Controller
) -> None:
    receiver.status = 500
    mail = Smtp("127.0.0.1", mail_server.port, "roxham@example.org", ("a@example.org",))
    fates = tell(home, quarantined(), CLOCK, lambda: [Webhook(receiver.url), mail])
    assert fates == {"webhook": "failed: the receiver answered 500", "smtp": "sent"}
    assert recorded(home)[0]["fates"] == fates


def test_a_receiver_that_is_not_there_never_fails_the_night(home: Home) -> None:
    gone = [Webhook("http://127.0.0.1:9/hook"), Smtp("127.0.0.1", 9, "a@example.org", ("b@example.org",))]
    fates = tell(home, quarantined(), CLOCK, lambda: gone)
    assert all(fate.startswith("failed") for fate in fates.values())
    assert recorded(home)[0]["release_id"] == "border@2024-02-01~bbbbbbbb"


def test_without_a_channel_the_message_is_still_kept(home: Home) -> None:
    assert tell(home, quarantined(), CLOCK) == {"none": "no channel is configured"}
    assert "Ruritania" in recorded(home)[0]["text"]


def test_a_broken_configuration_is_recorded_too(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROXHAM_SMTP_TO", "a@example.org")
    monkeypatch.setenv("ROXHAM_SMTP_PORT", "no number")
    assert tell(home, quarantined(), CLOCK) == {"configuration": "failed: ValueError"}


def test_secrets_are_neither_logged_nor_recorded(
    home: Home, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.status = 403
    channels = [
        Webhook(receiver.url),
        Webhook(f"http://127.0.0.1:9/{SECRET}", name="dead"),
        Smtp("127.0.0.1", 9, "a@example.org", ("b@example.org",), user="u", password=SECRET),
    ]
    with caplog.at_level(logging.DEBUG, logger="night"):
        tell(home, quarantined(), CLOCK, lambda: channels)
    assert SECRET not in caplog.text
    assert SECRET not in (home.root / "messages.jsonl").read_text()
    assert SECRET not in repr(channels)


def test_the_environment_configures_the_channels(monkeypatch: pytest.MonkeyPatch) -> None:
    assert channels_from_environment() == []
    monkeypatch.setenv("ROXHAM_WEBHOOK_URL", "https://hooks.example/x")
    monkeypatch.setenv("ROXHAM_SMTP_HOST", "mail.example")
    monkeypatch.setenv("ROXHAM_SMTP_PORT", "2525")
    monkeypatch.setenv("ROXHAM_SMTP_FROM", "roxham@example.org")
    monkeypatch.setenv("ROXHAM_SMTP_TO", "a@example.org, b@example.org")
    webhook, smtp = channels_from_environment()
    assert webhook == Webhook("https://hooks.example/x")
    assert smtp == Smtp("mail.example", 2525, "roxham@example.org", ("a@example.org", "b@example.org"))


def test_a_password_is_only_ever_sent_over_tls(home: Home, mail_server: Controller) -> None:
    channel = Smtp("127.0.0.1", mail_server.port, "a@example.org", ("b@example.org",), user="u", password=SECRET)
    fates = tell(home, quarantined(), CLOCK, lambda: [channel])
    assert fates["smtp"].startswith("failed")
    assert mail_server.handler.mails == []
