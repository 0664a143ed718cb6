"""A failed load is told: through a webhook and by mail, with its figures, without secrets, and never silently not."""

from __future__ import annotations

import datetime as dt
import email
import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from email.policy import default
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from ingest.core.clock import FixedClock
from ingest.core.home import Home
from ingest.core.records import CheckResult
from monitoring.alerts import SEVERITIES, Alert, Finding
from orchestration import messages
from orchestration.local.airflow import free_port
from orchestration.messages import Message, Served
from orchestration.notifiers import (
    SlackWebhook,
    Smtp,
    Webhook,
    channels_from_environment,
    reached_somebody,
    send,
    slack_payload,
)

CLOCK = FixedClock.on(dt.date(2024, 2, 1))
SERVED = Served("2024-01-15-0123456789", "/srv/builds/2024-01-15", "border@2024-01-15~aaaaaaaa", "2023-12-01")
SECRET = "s3cret-token"


SECOND = CheckResult("rows", "critical", False, "12", "at least 100", "fewer rows than last time", "border")


def alert(kind: str = "load_quarantined", **changes: Any) -> Alert:
    """An alert that nobody was told of; its figures hold what a publisher may print."""
    check = CheckResult(
        "labels_known", "critical", False, "<b>Ruritania</b> & <!channel>", "labels of the YAML", "an unknown label",
        "border",
    )  # fmt: skip
    finding = Finding(
        kind, "border", "release border@2024-02-01~bbbbbbbb is quarantined", "signature", (check, SECOND),
        ("roxham accept|reject border@2024-02-01~bbbbbbbb", "the page"), "border@2024-02-01~bbbbbbbb",
    )  # fmt: skip
    return replace(Alert(finding, CLOCK.now(), CLOCK.now()), **changes)


def quarantined() -> Message:
    return messages.roll_up([alert()], [], {"border": SERVED}, CLOCK.now(), {"the site": "http://127.0.0.1:8081/"})


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
        "WEBHOOK_CONN_ID",
        "SLACK_WEBHOOK_URL",
        "SLACK_CONN_ID",
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


def test_a_message_says_what_since_when_which_release_which_figures_what_is_served_and_where_to_look() -> None:
    text = quarantined().text
    assert "NEW: load_quarantined (border), critical" in text
    assert "What: release border@2024-02-01~bbbbbbbb is quarantined" in text
    assert "Since: 2024-02-01 12:00 UTC" in text
    assert "Release: border@2024-02-01~bbbbbbbb" in text
    assert "- critical: rows: observed 12 (limit at least 100); fewer rows than last time" in text
    assert "Served meanwhile: build 2024-01-15-0123456789, with border@2024-01-15~aaaaaaaa (to 2023-12-01)" in text
    assert "Where to look:\n- roxham accept|reject border@2024-02-01~bbbbbbbb" in text
    assert "the site: http://127.0.0.1:8081/" in text


def test_a_night_is_one_message_the_worst_first_and_what_is_over_last() -> None:
    over = alert("frozen", closed_at=CLOCK.now() + dt.timedelta(days=1), version=2, told_version=1)
    late = alert("overdue")
    known = alert("large_revision", told_version=1)
    message = messages.roll_up([over, late, alert()], [known], {"border": SERVED}, CLOCK.now())
    assert [part.heading.split(" (")[0] for part in message.parts] == [
        "NEW: load_quarantined", "NEW: overdue", "OVER: frozen",
    ]  # fmt: skip
    assert message.subject.startswith("Roxham: 2 new, 1 over: load_quarantined (border); ")
    assert "over since 2024-02-02 12:00 UTC" in message.text
    assert "Open as before:\n- large_revision (border), since" in message.text
    assert "Served now: build" in message.text


def test_before_the_first_build_a_message_says_that_nothing_is_served() -> None:
    message = messages.roll_up([alert()], [], {"border": Served(None, None)}, CLOCK.now())
    assert "Served meanwhile: nothing, no build was published yet" in message.text


@pytest.mark.parametrize("kind", sorted(SEVERITIES))
def test_each_of_the_nine_classes_reaches_every_receiver(
    home: Home, receiver: Receiver, mail_server: Controller, kind: str
) -> None:
    message = messages.roll_up([alert(kind)], [], {"border": SERVED}, CLOCK.now())
    mail = Smtp("127.0.0.1", mail_server.port, "roxham@example.org", ("a@example.org",))
    fates = send(home, message, CLOCK, lambda: [Webhook(receiver.url), SlackWebhook(receiver.url), mail])
    assert set(fates.values()) == {"sent"}
    generic, slack = (each["body"] for each in receiver.received)
    [(_, _, got)] = mail_server.handler.mails
    assert generic["alerts"][0]["alert"] == kind
    assert kind in slack["text"] and kind in got["Subject"]


def test_the_webhook_receives_the_message_as_json(home: Home, receiver: Receiver) -> None:
    fates = send(home, quarantined(), CLOCK, lambda: [Webhook(receiver.url)])
    assert fates == {"webhook": "sent"}
    [got] = receiver.received
    assert got["type"] == "application/json"
    [told] = got["body"]["alerts"]
    assert (got["body"]["format"], told["alert"], told["news"]) == (1, "load_quarantined", "opened")
    assert (told["source_id"], told["severity"]) == ("border", "critical")
    assert told["opened_at"] == "2024-02-01T12:00:00+00:00"
    assert told["release_id"] == "border@2024-02-01~bbbbbbbb"
    assert (told["checks"][1]["observed"], told["checks"][1]["limit"]) == ("12", "at least 100")
    assert told["served"]["build_id"] == "2024-01-15-0123456789"
    assert told["where"][1] == "the page"
    assert "Served meanwhile" in got["body"]["text"]


def test_slack_receives_text_and_blocks_and_nothing_printed_pings_or_links(home: Home, receiver: Receiver) -> None:
    assert send(home, quarantined(), CLOCK, lambda: [SlackWebhook(receiver.url)]) == {"slack": "sent"}
    [got] = receiver.received
    assert set(got["body"]) == {"text", "blocks"}
    assert {block["type"] for block in got["body"]["blocks"]} == {"section"}
    said = "\n".join(block["text"]["text"] for block in got["body"]["blocks"])
    assert "&lt;b&gt;Ruritania&lt;/b&gt; &amp; &lt;!channel&gt;" in said and "<!channel>" not in said
    assert "*Since*: 2024-02-01 12:00 UTC" in said
    assert "<http://127.0.0.1:8081/|the site>" in said


def test_slack_gets_no_more_than_it_takes() -> None:
    long = alert(finding=replace(alert().finding, what="x" * 9000))
    payload: Any = slack_payload(messages.roll_up([long] * 90, [], {"border": SERVED}, CLOCK.now()))
    assert len(payload["blocks"]) <= 50
    assert max(len(block["text"]["text"]) for block in payload["blocks"]) <= 3000


def test_one_trouble_of_many_sources_is_told_once_and_a_sample_says_so() -> None:
    """A morning without network was eleven paragraphs that said the same."""
    unreachable = CheckResult("fetch:unreachable", "critical", False, "no name", "the file", "https://a.example")
    cut_off = [
        replace(alert(), finding=replace(alert().finding, alert="fetch_failed", source_id=name, checks=(unreachable,)))
        for name in ("one", "two", "three", "four")
    ]
    own = replace(alert(), finding=replace(alert().finding, source_id="five"))
    served = dict.fromkeys([None, "one", "two", "three", "four", "five"], SERVED)
    message = messages.roll_up([*cut_off, own], [], served, CLOCK.now(), sample=True)
    assert message.subject.startswith("Roxham [SAMPLE]: 5 new: ") and "fetch_failed (4 sources)" in message.subject
    assert len(message.parts) == 2 and message.text.count("no name") == 1
    assert "four, one, three, two" in message.text
    assert len(message.as_dict()["alerts"]) == 5, "machines still get each"
    two = messages.roll_up(cut_off[:2], [], served, CLOCK.now())
    assert len(two.parts) == 2 and "SAMPLE" not in two.subject


def test_the_mail_arrives_as_plain_text_and_as_a_page(home: Home, mail_server: Controller) -> None:
    channel = Smtp("127.0.0.1", mail_server.port, "roxham@example.org", ("a@example.org", "b@example.org"))
    assert send(home, quarantined(), CLOCK, lambda: [channel]) == {"smtp": "sent"}
    [(sender, recipients, mail)] = mail_server.handler.mails
    assert (sender, recipients) == ("roxham@example.org", ["a@example.org", "b@example.org"])
    assert mail["Subject"] == "Roxham: 1 new: load_quarantined (border)"
    assert mail["Date"].datetime == CLOCK.now() and mail["Message-ID"] and mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "multipart/alternative"
    plain, page = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "labels_known: observed <b>Ruritania</b>" in plain and "Served meanwhile: build 2024-01-15" in plain
    assert "&lt;b&gt;Ruritania&lt;/b&gt;" in page and "<b>Ruritania" not in page
    assert "Served meanwhile" in page and "2024-01-15-0123456789" in page and "at least 100" in page
    # Opening the mail fetches nothing.
    assert "src=" not in page and "url(" not in page and "<link" not in page


def test_a_receiver_that_refuses_is_recorded_and_the_others_still_get_it(
    home: Home, receiver: Receiver, mail_server: Controller
) -> None:
    receiver.status = 500
    mail = Smtp("127.0.0.1", mail_server.port, "roxham@example.org", ("a@example.org",))
    fates = send(home, quarantined(), CLOCK, lambda: [Webhook(receiver.url), mail])
    assert fates == {"webhook": "failed: the receiver answered 500", "smtp": "sent"}
    assert recorded(home)[0]["fates"] == fates


def test_a_receiver_that_is_not_there_never_fails_the_night(home: Home) -> None:
    gone = [Webhook("http://127.0.0.1:9/hook"), Smtp("127.0.0.1", 9, "a@example.org", ("b@example.org",))]
    fates = send(home, quarantined(), CLOCK, lambda: gone)
    assert all(fate.startswith("failed") for fate in fates.values())
    assert recorded(home)[0]["alerts"][0]["release_id"] == "border@2024-02-01~bbbbbbbb"
    assert not reached_somebody(fates)


def test_without_a_channel_the_message_is_still_kept(home: Home) -> None:
    assert send(home, quarantined(), CLOCK) == {"none": "no channel is configured"}
    assert "Ruritania" in recorded(home)[0]["text"]


def test_a_broken_configuration_is_recorded_too(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROXHAM_SMTP_TO", "a@example.org")
    monkeypatch.setenv("ROXHAM_SMTP_PORT", "no number")
    assert send(home, quarantined(), CLOCK) == {"configuration": "failed: ValidationError"}


def test_secrets_are_neither_logged_nor_recorded(
    home: Home, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.status = 403
    channels = [
        Webhook(receiver.url),
        SlackWebhook(receiver.url),
        Webhook(f"http://127.0.0.1:9/{SECRET}", name="dead"),
        Smtp("127.0.0.1", 9, "a@example.org", ("b@example.org",), user="u", password=SECRET),
    ]
    # At DEBUG, as the libraries that post log the address of every request.
    with caplog.at_level(logging.DEBUG):
        send(home, quarantined(), CLOCK, lambda: channels)
        logging.getLogger("urllib3.connectionpool").debug("loud again")
    assert "loud again" in caplog.text
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
    monkeypatch.setenv("ROXHAM_SLACK_WEBHOOK_URL", "https://hooks.example/y")
    webhook, slack, smtp = channels_from_environment()
    assert webhook == Webhook("https://hooks.example/x")
    assert slack == SlackWebhook("https://hooks.example/y")
    assert smtp == Smtp("mail.example", 2525, "roxham@example.org", ("a@example.org", "b@example.org"))


def test_connections_of_airflow_configure_the_channels(monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.sdk import Connection

    kept = {
        "hook": Connection(conn_id="hook", conn_type="http", password="https://hooks.example/x"),
        "slack": Connection(conn_id="slack", conn_type="http", password="https://hooks.example/y"),
        "mail": Connection(conn_id="mail", conn_type="smtp", host="mail.example", port=587, login="u", password="p"),
    }
    monkeypatch.setattr(Connection, "get", lambda conn_id: kept[conn_id])
    monkeypatch.setenv("ROXHAM_WEBHOOK_CONN_ID", "hook")
    monkeypatch.setenv("ROXHAM_SLACK_CONN_ID", "slack")
    monkeypatch.setenv("ROXHAM_SMTP_CONN_ID", "mail")
    monkeypatch.setenv("ROXHAM_SMTP_TO", "a@example.org")
    webhook, slack, smtp = channels_from_environment()
    assert (webhook, slack) == (Webhook("https://hooks.example/x"), SlackWebhook("https://hooks.example/y"))
    assert smtp == Smtp("mail.example", 587, "roxham@localhost", ("a@example.org",), "u", "p")


def test_a_password_is_only_ever_sent_over_tls(home: Home) -> None:
    """A server that would take the password in the clear must not be given it."""
    heard: list[object] = []

    def listen(*said: object) -> AuthResult:
        heard.append(said[-1])
        return AuthResult(success=True)

    server = Controller(Mailbox(), hostname="127.0.0.1", port=free_port(), authenticator=listen, auth_require_tls=False)
    server.start()
    try:
        channel = Smtp("127.0.0.1", server.port, "a@example.org", ("b@example.org",), user="u", password=SECRET)
        fates = send(home, quarantined(), CLOCK, lambda: [channel])
    finally:
        server.stop()
    assert fates["smtp"].startswith("failed")
    assert (server.handler.mails, heard) == ([], [])


def test_of_other_peoples_errors_only_the_kind_is_kept(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    """A library's error may quote the address or the answer."""

    class Talkative:
        name = "talkative"

        def send(self, message: Message) -> None:
            raise ConnectionError(SECRET)

    assert send(home, quarantined(), CLOCK, lambda: [Talkative()]) == {"talkative": "failed: ConnectionError"}
    assert SECRET not in caplog.text
    assert SECRET not in (home.root / "messages.jsonl").read_text()
