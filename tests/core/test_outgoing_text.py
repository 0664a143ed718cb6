"""An agency's words leave Roxham as words: in a feed, a message, a terminal."""

from __future__ import annotations

import datetime as dt
import io
import json
import xml.etree.ElementTree as ElementTree

import pytest

from ingest.core.builds import CandidateInfo
from ingest.core.clock import FixedClock
from ingest.core.outgoing_text import LONGEST, all_readable, in_one_line, readable
from ingest.core.records import CheckResult
from monitoring.alerts import Alert, Finding
from orchestration import messages
from orchestration.messages import Served
from orchestration.notifiers import Smtp, slack_payload
from pipeline.cli.common import Terminal
from warehouse import revision_report

NOW = FixedClock.on(dt.date(2024, 2, 1)).now()
HOSTILE = "Qu\x0bebec \x1b[31m\ud800 \u202e000,1\x00 \ufffe \x9b31m"
UNFIT = ("\x0b", "\x1b", "\ud800", "\u202e", "\x00", "\ufffe", "\x9b")


def fit(text: str) -> bool:
    return not any(mark in text for mark in UNFIT)


def told(words: str) -> messages.Message:
    """A message of one alert whose figures say that."""
    check = CheckResult("labels_known", "critical", False, words, words, words, "border")
    finding = Finding(
        "load_quarantined", "border", words, "signature", (check,), (words,), "border@2024-02-01~bbbbbbbb"
    )
    return messages.roll_up([Alert(finding, NOW, NOW)], [], {"border": Served(None, None)}, NOW)


def test_what_is_no_text_is_marked_and_what_is_text_stays() -> None:
    assert fit(readable(HOSTILE))
    assert readable("Québec\t«français»\n日本 🙂 – 4,994") == "Québec\t«français»\n日本 🙂 – 4,994"
    assert in_one_line("a\r\nb\tc") == "a b c"
    assert all_readable({"a": [HOSTILE, 1, None, ("x\x00",)]}) == {"a": [readable(HOSTILE), 1, None, ["x\ufffd"]]}


def test_a_label_of_a_megabyte_is_cut_and_says_so() -> None:
    cut = readable("x" * 1_000_000)
    assert len(cut) < LONGEST + 100
    assert cut.endswith("(1,000,000 characters in all)")


@pytest.mark.parametrize("words", [HOSTILE, "x" * 1_000_000])
def test_a_message_carries_any_words_through_every_channel(words: str) -> None:
    """The XML, the encoder or the receiver would refuse them, and nobody would be told anything."""
    message = told(words)
    slack = json.dumps(slack_payload(message), ensure_ascii=False)
    mail = Smtp("localhost", 25, "a@example.org", ("b@example.org",))._mail(message).as_bytes().decode("ascii")
    for text in (message.subject, message.text, message.html, json.dumps(message.as_dict(), ensure_ascii=False), slack):
        assert fit(text)
        assert text.encode()
        assert len(text) < 500_000
    assert mail


def test_slack_takes_the_words_verbatim() -> None:
    blocks = slack_payload(told("@channel https://evil.example <!here>"))["blocks"]
    assert isinstance(blocks, list)
    assert all(block["text"]["verbatim"] is True for block in blocks)


def test_the_feed_is_made_whatever_a_release_is_called() -> None:
    """On 2026-11-27 one vertical tab in one page's date stopped the publication of all sources."""
    day = dt.date(2024, 4, 22)
    summary = {
        "release_id": f"border@{HOSTILE}", "source_id": HOSTILE, "published_at": day, "published_precision": "day",
        "cells_printed": 5,
    }  # fmt: skip
    info = CandidateInfo(build_id="b", inputs="i", as_of=day, sample=False, releases=())
    feed = ElementTree.fromstring(revision_report._feed([summary], info))
    assert len(feed.findall("{http://www.w3.org/2005/Atom}entry")) == 1


def test_a_terminal_is_not_steered() -> None:
    screen = io.StringIO()
    Terminal(file=screen, soft_wrap=True, width=220).print(HOSTILE, markup=False)
    assert fit(screen.getvalue())
    assert screen.getvalue().encode()
