"""SECURITY.md tells what is bounded and where that is tested: the bounds are the code's, the tests are there."""

from __future__ import annotations

import re

import pytest

from ingest.agency import http, sniff
from ingest.core import confined
from ingest.core.home import REPOSITORY
from ingest.releases import workbooks

PAGE = (REPOSITORY / "SECURITY.md").read_text(encoding="utf-8")
LIMITS, CHILD = http.Limits(), confined.Limits()


def test_every_test_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`(tests/[\w/]+\.py)`", PAGE))
    assert len(named) > 10
    assert [name for name in sorted(named) if not (REPOSITORY / name).exists()] == []


def test_every_page_that_it_leads_to_is_there() -> None:
    linked = set(re.findall(r"\]\(([\w/.]+)\)", PAGE))
    assert linked
    assert [name for name in sorted(linked) if not (REPOSITORY / name).exists()] == []


@pytest.mark.parametrize("bound", [
    f"{LIMITS.request_seconds:.0f} s in all, {LIMITS.read_seconds:.0f} s of silence, {http.MAX_HOPS} redirects",
    f"{CHILD.cpu_seconds} s of processor, {CHILD.memory_bytes >> 30} GiB of memory",
    f"{sniff.MAX_RATIO} times their size, {sniff.MAX_MEMBERS:,} members; {workbooks.MOST_CELLS:,} cells",
])  # fmt: skip
def test_the_bounds_on_the_page_are_those_of_the_code(bound: str) -> None:
    assert bound in PAGE
