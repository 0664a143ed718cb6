"""Rule 7: contradictions are shown, not smoothed: a warning, both figures, and a row in `rpt_discrepancies`.

Guards the page of 2023: British Columbia was revised and the Total row was not (January: 4,994 printed, 4,998 summed).
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from ingest.archive.manifest import Manifest
from ingest.catalog.source import load_sources
from ingest.core.home import Home
from tests.rules.test_rule_9_a_person_can_decide import checks_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("sample")]


@pytest.fixture
def served(sample_home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(sample_home.current / "warehouse.duckdb"), read_only=True) as connection:
        yield connection


def test_a_page_that_contradicts_itself_is_accepted_with_a_warning_that_names_both_figures(sample_home: Home) -> None:
    with Manifest(sample_home.manifest) as manifest:
        [release] = [each for each in manifest.releases(state="accepted") if each.published.text == "2024-04-22"]
        [check] = [each for each in manifest.check_results(release.release_id)
                   if each.check == "rows_sum_to_total:rcmp"]  # fmt: skip
    assert (check.severity, check.success) == ("warning", False)
    assert "Jan: rows sum to 4998, total row prints 4994" in (check.observed or "")


def test_the_printed_figure_is_served_and_the_computed_one_stands_beside_it(served: duckdb.DuckDBPyConnection) -> None:
    fact = served.execute(
        "select value, value_basis, computed_value from marts.fct_crossings_monthly where geography_id = 'CA' "
        "and measure_id = 'ca_rcmp_interceptions' and month = '2023-01-01'"
    ).fetchall()
    assert fact == [(4994, "published", 4998)]


def test_the_contradiction_is_a_row_that_readers_can_find(served: duckdb.DuckDBPyConnection) -> None:
    columns = [row[0] for row in served.execute("describe marts.rpt_discrepancies").fetchall()]
    rows = [dict(zip(columns, row, strict=True)) for row in served.execute("from marts.rpt_discrepancies").fetchall()]
    assert any({4994, 4998} <= {value for value in row.values() if isinstance(value, int)} for row in rows)


def test_the_warning_is_published_with_the_build_and_did_not_keep_it_back(served: duckdb.DuckDBPyConnection) -> None:
    shown = served.execute(
        "select distinct severity, success from marts.rpt_quality where \"check\" = 'rows_sum_to_total:rcmp' "
        "and release_id like '%2024-04-22%'"
    ).fetchall()
    assert shown == [("warning", False)]


def test_a_contradiction_is_never_critical_and_structure_never_a_warning() -> None:
    """The line between the two is the design's: keys, labels, types, captions and lost months stop a load."""
    severities = {check.name.partition(":")[0]: check.severity for source in load_sources().values()
                  for check in checks_of(source)}  # fmt: skip
    warns = {"rows_sum_to_total", "months_sum_to_year", "summary_repeats_tables", "both_cuts_agree",
             "closed_period_revised", "rounded_to_five"}  # fmt: skip
    stops = {"labels_known", "key_is_unique", "one_value_per_cell", "counts_are_whole_numbers",
             "no_month_lost", "no_table_lost", "reference_month_not_backwards", "closed_period_changed_share",
             "captions_are_different"}  # fmt: skip
    assert {name: severities.get(name) for name in warns} == dict.fromkeys(warns, "warning")
    assert {name: severities.get(name) for name in stops} == dict.fromkeys(stops, "critical")
