"""What can be wrong with a file that came well: it is quarantined with words that lead to the place."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from ingest.archive.manifest import Manifest
from tests.bad_input.test_bad_answers import nothing_is_served
from tests.support.nights import CBP, FIRST, IRCC, PAGE, Nights

FILES = "*-oct-*.csv"
YEAR_PAGE = f"*{PAGE}"


@dataclass(frozen=True)
class Case:
    """An edit of the sandbox, the check that must stop it, and what that check must say."""

    name: str
    source: str
    kind: str
    check: str
    words: tuple[str, ...]
    more: dict[str, object] = field(default_factory=dict)


STRUCTURE = [
    Case("missing column", CBP, "missing_column", "structure",
         ("columns of nationwide-encounters-fy24-fy24-oct-", "missing Title of Authority")),
    Case("extra column", CBP, "extra_column", "structure", ("unread Mode of Entry",)),
    Case("missing caption", IRCC, "missing_caption", "structure",
         ('no table captioned "RCMP Interceptions"', "captions found: none")),
    Case("two equal captions", IRCC, "duplicated_caption", "structure",
         ("two tables with the same caption", "rcmp interceptions")),
    Case("extra column of a page", IRCC, "extra_column", "structure", ('row "Quebec": 13 cells under 14 heads',)),
    Case("duplicated row of a page", IRCC, "duplicated_row", "structure", ('two rows headed "Quebec"',)),
]  # fmt: skip
CONTENT = [
    Case("unknown label", CBP, "unknown_label", "labels_known:state.state", ('state "ATLANTIS"', "first at line 2")),
    Case("unknown label of a page", IRCC, "unknown_label", "labels_known:cells.row_label", ('"ATLANTIS"',)),
    Case("duplicated key", CBP, "duplicated_row", "key_is_unique:state", ("line 2", "line 3", "have the same key")),
    Case("negative count", CBP, "negative_count", "counts_are_whole_numbers:state", ('printed "-5" at line 2',)),
    Case("negative count of a page", IRCC, "negative_count", "counts_are_whole_numbers:cells",
         ('printed "-10"', 'row "Quebec" · column "Jan"')),
    Case("decimal comma", CBP, "decimal_comma", "counts_are_whole_numbers:state", ('printed "5,5" at line 2',)),
    Case("decimal comma of a page", IRCC, "decimal_comma", "counts_are_whole_numbers:cells", ('printed "10,5"',)),
    Case("absurd year", CBP, "absurd_date", "labels_known:state.fiscal_year", ('fiscal_year "2204"', "line 2")),
    Case("absurd date of a page", IRCC, "absurd_date", "publication_date_plausible", (PAGE, "2204-02-30")),
]  # fmt: skip


def quarantine(nights: Nights, case: Case) -> None:
    nights.agency.fault(case.kind, path=FILES if case.source == CBP else YEAR_PAGE)
    report = nights.fetch(case.source)
    assert not report.failed, "the answer was well; only what is in it is wrong"
    came = {each.sha256 for each in report.new_files}
    outcomes = nights.process_release(case.source)
    assert {outcome.release.state for outcome in outcomes} == {"quarantined"}
    said = {check.check: check for outcome in outcomes for check in outcome.failed_checks if check.blocks}
    assert case.check in said, {name: check.observed for name, check in said.items()}
    check = said[case.check]
    observed = check.observed or ""
    assert all(word in observed for word in case.words), observed
    assert check.reason and check.limit and check.release_id
    assert {file.sha256 for outcome in outcomes for file in outcome.release.files} == came <= nights.archived()
    with Manifest(nights.home.manifest) as manifest:
        kept = manifest.check_results(outcomes[0].release.release_id)
        assert case.check in {each.check for each in kept if each.blocks}, "the reason outlives the night"
    assert nights.process_release(case.source) == [], "judged once, not every night again"
    nothing_is_served(nights)


@pytest.mark.parametrize("case", STRUCTURE, ids=lambda case: case.name)
def test_a_file_of_another_shape_is_quarantined_before_anybody_reads_a_figure(nights: Nights, case: Case) -> None:
    quarantine(nights, case)


@pytest.mark.slow
@pytest.mark.xdist_group("bad-input")
@pytest.mark.parametrize("case", CONTENT, ids=lambda case: case.name)
def test_a_file_with_a_wrong_figure_is_quarantined_by_the_check_that_names_its_place(
    nights: Nights, case: Case
) -> None:
    quarantine(nights, case)


@pytest.mark.slow
@pytest.mark.xdist_group("bad-input")
def test_a_bad_release_after_a_good_one_leaves_the_good_one_as_it_was(nights: Nights) -> None:
    """Also when the bad one brought the page of a year that was accepted before."""
    [good] = nights.process_release(IRCC) if nights.fetch(IRCC).new_files else []
    assert good.release.state == "accepted"
    nights.agency.set_date("2023-12-20")
    nights.agency.fault("duplicated_row", path=YEAR_PAGE)
    nights.fetch(IRCC)
    [bad] = nights.process_release(IRCC)
    assert (bad.release.state, bad.release.published.text) == ("quarantined", "2023-12-20")
    with Manifest(nights.home.manifest) as manifest:
        [kept] = manifest.releases(IRCC, "accepted")
    assert (kept.release_id, kept.published.text) == (good.release.release_id, FIRST)
