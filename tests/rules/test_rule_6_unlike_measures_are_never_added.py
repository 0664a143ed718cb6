"""Rule 6: unlike measures are never added; `comparable_group` says what may be.

That a mart which did so turns the build red is tested in tests/dbt (`no_fact_adds_up_unlike_measures`); here: that the
groups themselves promise nothing false. Interceptions, encounters, apprehensions and claims are four different things,
and the same person may be in two of them.
"""

from __future__ import annotations

import itertools

import duckdb
import pytest

from ingest.catalog.source import load_sources
from ingest.core.home import REPOSITORY, Home
from tests.rules.conftest import Story

MEASURES = [(source.id, measure) for source in load_sources().values() for measure in source.definition]
CONTAINS = {
    "ca_cbsa_claimants": {"ca_cbsa_claimants_air", "ca_cbsa_claimants_land", "ca_cbsa_claimants_marine",
                          "ca_cbsa_claimants_inland", "ca_cbsa_claimants_ports_of_entry"},
    "ca_cbsa_claimants_ports_of_entry": {"ca_cbsa_claimants_air", "ca_cbsa_claimants_land", "ca_cbsa_claimants_marine"},
    "ca_asylum_claimants": {"ca_cbsa_claimants", "ca_ircc_claimants", "ca_cbsa_claimants_air",
                            "ca_cbsa_claimants_land", "ca_rcmp_interceptions"},
}  # fmt: skip


def test_measures_of_one_group_are_counted_alike() -> None:
    for (one_source, one), (other_source, other) in itertools.combinations(MEASURES, 2):
        if one.comparable_group == other.comparable_group:
            alike = [(each.unit, each.counts_persons, each.rounded_to, each.cumulative) for each in (one, other)]
            assert alike[0] == alike[1] and one_source == other_source, (one.measure, other.measure)


def test_a_measure_shares_no_group_with_one_that_it_contains() -> None:
    group = {measure.measure: measure.comparable_group for _, measure in MEASURES}
    assert CONTAINS.keys() <= group.keys() and set().union(*CONTAINS.values()) <= group.keys()
    for whole, parts in CONTAINS.items():
        assert all(group[whole] != group[part] for part in parts), whole


def test_interceptions_encounters_and_claims_are_groups_of_their_own() -> None:
    group = {measure.measure: measure.comparable_group for _, measure in MEASURES}
    kinds = [group["ca_rcmp_interceptions"], group["us_cbp_encounters"], group["ca_asylum_claimants"]]
    assert len(set(kinds)) == 3


def test_the_test_that_goes_red_when_a_mart_mixes_groups_is_part_of_every_build() -> None:
    test = REPOSITORY / "dbt_project" / "tests" / "no_fact_adds_up_unlike_measures.sql"
    assert "comparable_group" in test.read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.xdist_group("rules")
def test_every_build_ran_it(story: Story) -> None:
    ran = story.ask(
        story.good, "select success, stage from marts.rpt_quality where \"check\" = 'no_fact_adds_up_unlike_measures'"
    )
    assert ran == [(True, "dbt")]


@pytest.mark.slow
@pytest.mark.xdist_group("sample")
def test_no_row_of_a_mart_names_two_measures_and_none_is_left_without_a_group(sample_home: Home) -> None:
    with duckdb.connect(str(sample_home.current / "warehouse.duckdb"), read_only=True) as connection:
        without = connection.execute(
            "select distinct facts.measure_id from marts.fct_crossings_monthly as facts left join marts.dim_measure "
            "as measures using (measure_id) where measures.comparable_group is null"
        ).fetchall()
        # The two agencies' figures for one month and place stay two rows, though both are about asylum seekers.
        rows = connection.execute(
            "select count(distinct measure_id), count(*) from marts.fct_crossings_monthly where geography_id = 'CA' "
            "and month = '2023-01-01'"
        ).fetchone()
    assert without == [] and rows and rows[0] == rows[1] > 5
