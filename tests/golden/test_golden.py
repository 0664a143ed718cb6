"""What is read out of a small release, compared with the golden rows character by character."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from ingest.catalog.source import load_sources
from ingest.releases.parsers import parser_for
from tests.golden.rows import figure_of, golden_of, golden_rows, read, samples


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)
def test_a_sample_release_is_read_exactly_as_its_golden_rows_say(sample: Path) -> None:
    """Guards every quirk in the samples at once: footnotes, quotes, masks, blanks, total rows, CRLF, quoted commas."""
    assert read(sample) == golden_of(sample).read_bytes().decode("utf-8")


def test_every_source_has_a_sample_with_golden_rows() -> None:
    """One of the five places that a new source touches."""
    assert {sample.parent.name for sample in samples()} == set(load_sources())


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)
def test_every_golden_row_is_found_again_by_its_locator(sample: Path) -> None:
    parser = parser_for(load_sources()[sample.parent.name].parser)
    rows = golden_rows(sample)
    cells = parser.cells(sample, [row["_locator"] for row in rows])
    assert [cell.printed for cell in cells] == [
        " ".join(filter(None, (figure_of(row), row.get("footnote")))) for row in rows
    ]


def test_the_page_has_its_nine_tables_and_the_golden_rows_hold_masks_zeros_and_blanks_apart() -> None:
    [page] = [sample for sample in samples() if sample.parent.name == "ircc_rcmp_interceptions"]
    rows = list(csv.DictReader(golden_of(page).open(encoding="utf-8", newline="")))
    assert len({row["caption"] for row in rows}) == 9
    assert {"--", "0", "", "—", "46", '"1,035"', "2,680"} <= {row["printed"] for row in rows}
