"""A year that is not over yet: built, audited, and its coming months are missing, not zero."""

from __future__ import annotations

import duckdb
import pytest

from ingest.catalog.source import load_sources
from ingest.core.home import Home
from ingest.releases.intake import process_release
from pipeline import steps
from tests.support.folders import IRCC
from tests.support.pages import archived, page, rcmp_rows, table


@pytest.mark.slow
@pytest.mark.xdist_group("crash")
def test_a_running_year_is_published_and_its_coming_months_are_not_yet_published(home: Home) -> None:
    """The marts' audit once refused every page of a running year from January to October.

    Two edits under one date are in it as well: they once made the vintages' key double and stopped every build.
    """
    for night, (quebec, coming) in enumerate((("10", ""), ("12", "0"), ("14", "--"))):
        rows = [[row[0], *row[1:5], *[coming] * 8, ""] for row in rcmp_rows(quebec, "1", str(int(quebec) + 1))]
        text = page([table("RCMP Interceptions", rows)], year=2024, modified="2024-04-22")
        archived(home, text, night, "asylum-claims-2024.html")
        [outcome] = process_release(home, load_sources()[IRCC], steps.validate_load)
        assert outcome.release.state == "accepted", [check.observed for check in outcome.failed_checks]
    steps.prepare_candidate(home)
    steps.run_dbt(home)
    steps.test_models(home)
    steps.audit_candidate(home)
    with duckdb.connect(str(home.candidate_warehouse), read_only=True) as connection:
        facts = connection.execute(
            "select value, missing_reason from marts.fct_crossings_monthly where geography_id = 'CA-QC' order by month"
        ).fetchall()
    assert facts == [(14, None)] * 4 + [(None, "not_yet_published")] * 8
