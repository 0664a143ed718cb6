"""What an agency's server can do wrong: each answer is a named outcome, and nothing of it becomes a release."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from ingest.agency.fetch import FetchReport
from ingest.archive.manifest import Manifest
from ingest.core.builds import BuildError
from ingest.core.records import Attempt
from pipeline import steps
from tests.support.nights import CBP, IRCC, LISTING_URL, PAGE, Nights

LARGE = 61_000_000
FILES = "*-oct-*.csv"
YEAR_PAGE = f"*{PAGE}"


@dataclass(frozen=True)
class Case:
    """A fault of the sandbox, and what a person must be able to read of it."""

    name: str
    source: str
    path: str
    kind: str
    outcome: str
    words: tuple[str, ...]
    kept: bool
    more: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


CASES = [
    Case("404 of a listed file", CBP, FILES, "status", "http_error", ("answered 404",), True, {"status": 404}),
    Case("500 also after retries", CBP, FILES, "status", "http_error", ("answered 500 also after 1 retries",), True,
         {"status": 500}),
    Case("500 of a year page", IRCC, YEAR_PAGE, "status", "http_error", ("answered 500", "run the fetch again later"),
         True, {"status": 500}),
    Case("timeout", CBP, FILES, "delay", "timeout", ("no answer within 0.5 s",), False, {"seconds": 1.2}),
    Case("no answer at all", CBP, FILES, "disconnect", "unreachable", ("no connection to www.cbp.gov",), False),
    Case("truncated body", CBP, FILES, "truncated", "truncated", ("the connection broke after", "run the fetch again"),
         True),
    Case("truncated page", IRCC, YEAR_PAGE, "truncated", "truncated", ("the connection broke after",), True),
    Case("HTML where CSV was due", CBP, FILES, "html_error", "wrong_type", ("looks like html, due was csv",), True),
    Case("empty file", CBP, FILES, "empty", "empty", ("a body of 0 bytes", "due was csv"), False),
    Case("empty page", IRCC, YEAR_PAGE, "empty", "empty", ("a body of 0 bytes", "due was html"), False),
    Case("over-size body", CBP, FILES, "oversized", "too_large",
         ("announced with 61,000,000 bytes", "the limit is 60,000,000", "raise max_bytes"), False, {"size": LARGE}),
    Case("gzip bomb", CBP, FILES, "gzip_bomb", "too_large",
         ("more than 60,000,000 bytes after decompression", "raise max_bytes"), True,
         {"size": LARGE}),
    Case("redirect off the agency's domains", CBP, FILES, "redirect_foreign", "redirect_refused",
         ("redirects to http://downloads.example.net", "none of the source's domains"), False),
    Case("redirect to a private address", CBP, FILES, "redirect_private", "redirect_refused",
         ("redirects to http://10.0.0.1/", "inside a private network"), False),
    Case("redirect of the listing to this machine", CBP, "/document/stats/*", "redirect", "redirect_refused",
         ("inside a private network",), False, {"location": "https://127.0.0.1/admin"}),
    Case("redirect of a page off the agency's domains", IRCC, YEAR_PAGE, "redirect_foreign", "redirect_refused",
         ("none of the source's domains (www.canada.ca)",), False),
    Case("a listing without links", CBP, "/document/stats/*", "no_links", "no_links",
         ("0 links match", "at least 2 are expected", "correct `discover`"), True),
]  # fmt: skip


def failed(report: FetchReport) -> list[tuple[Attempt, str]]:
    """The failed attempts, each with the sentence that a person reads."""
    bad = [each for each in report.attempts if each.outcome not in ("archived", "unchanged", "not_offered")]
    return list(zip(bad, report.failures, strict=True))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_bad_answer_is_named_and_told_and_nothing_of_it_is_served(nights: Nights, case: Case) -> None:
    nights.agency.fault(case.kind, path=case.path, **case.more)
    report = nights.fetch(case.source)
    told = failed(report)
    assert told
    for attempt, sentence in told:
        assert attempt.outcome == case.outcome, attempt.message
        assert all(word in sentence for word in (case.source, attempt.url, "still served", *case.words)), sentence
        assert bool(attempt.bytes and attempt.sha256) == case.kept
        assert ("The bytes are kept as" in sentence) == case.kept
    assert {attempt.sha256 for attempt, _ in told if attempt.sha256} <= nights.archived()
    assert nights.attempts(case.source) == list(report.attempts), "one row per attempt, also of those that failed"
    assert nights.process_release(case.source) == []
    nothing_is_served(nights)


def nothing_is_served(nights: Nights) -> None:
    with Manifest(nights.home.manifest) as manifest:
        assert manifest.releases(state="accepted") == []
    with pytest.raises(BuildError, match="no release was accepted yet"):
        steps.prepare_candidate(nights.home)
    assert not nights.home.current.exists() and not nights.home.builds.exists()


def test_a_bad_night_is_made_good_by_the_next_one(nights: Nights) -> None:
    """A file that was refused is asked for again, and not taken for known because its address was."""
    nights.agency.fault("html_error", path=FILES)
    nights.fetch(CBP)
    nights.agency.clear()
    report = nights.fetch(CBP)
    assert not report.failed and len(report.new_files) == 2


def test_a_page_that_was_there_and_is_missing_is_gone_and_its_bytes_stay(nights: Nights) -> None:
    [page] = nights.fetch(IRCC).new_files
    nights.agency.fault("status", path=YEAR_PAGE, status=404)
    [(attempt, sentence)] = failed(nights.fetch(IRCC))
    assert attempt.outcome == "gone"
    assert "answered 404, the page was there before" in sentence and "where the page went" in sentence
    assert page.sha256 in nights.archived()
    with Manifest(nights.home.manifest) as manifest:
        pending = [each.sha256 for each in manifest.pending_files(IRCC)]
    assert pending == [page.sha256], "what was archived before is not touched by the page's going"


def test_a_404_of_a_year_page_never_seen_is_no_fault(nights: Nights) -> None:
    report = nights.fetch(IRCC)
    assert not report.failed
    absent = {each.file_name for each in report.attempts if each.outcome == "not_offered"}
    assert {"asylum-claims-2023.html", "asylum-claims-2024.html"} <= absent
    assert {each.message for each in report.attempts if each.outcome == "not_offered"} == {"answered 404, never seen"}


def test_a_listing_that_is_gone_is_told_and_withdraws_nothing(nights: Nights) -> None:
    files = {each.sha256 for each in nights.fetch(CBP).new_files}
    nights.agency.fault("status", path="/document/stats/*", status=404)
    [(attempt, sentence)] = failed(nights.fetch(CBP))
    assert (attempt.outcome, attempt.url) == ("gone", LISTING_URL) and "still served" in sentence
    assert files <= nights.archived()


def test_an_error_page_that_takes_a_years_place_is_refused_by_its_shape(nights: Nights) -> None:
    """A page that answers 200 and says "not available" is HTML like the real one: only its tables tell."""
    nights.agency.fault("html_error", path=YEAR_PAGE)
    [attempt] = nights.fetch(IRCC).new_files
    [outcome] = nights.process_release(IRCC)
    assert outcome.release.state == "quarantined"
    assert [check.check for check in outcome.failed_checks] == ["structure"]
    assert "no year in the page's headings" in (outcome.failed_checks[0].observed or "")
    assert attempt.sha256 in nights.archived()
    nothing_is_served(nights)
