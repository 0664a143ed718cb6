"""Rule 5: nothing is served unaudited; a candidate that fails its audit is kept and `current` stays."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from ingest.core.builds import BuildError
from ingest.core.home import Home
from pipeline import steps
from tests.support.builds import exports_of

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("sample")]
DAMAGES = {
    "a figure that no cell prints": (
        "update marts.fct_crossings_monthly set value = value + 1 where geography_id = 'CA' and month = '2017-08-01' "
        "and measure_id = 'ca_rcmp_interceptions'",
        "figures_lead_back_to_cells:ircc_rcmp_interceptions",
    ),
    "a missing figure made a zero": (
        "update marts.fct_crossings_monthly set value = 0, missing_reason = null where cell_id = (select min(cell_id) "
        "from marts.fct_crossings_monthly where missing_reason is not null)",
        "latest_is_the_fact:fct_crossings_monthly_vintages",
    ),
    "a month that readers have today is lost": (
        "delete from marts.fct_crossings_monthly where month = '2022-12-01' and measure_id = 'ca_rcmp_interceptions'",
        "no_month_lost:fct_crossings_monthly",
    ),
}


@pytest.fixture
def candidate(sample_home: Home, tmp_path: Path) -> Callable[[str], Home]:
    """A home that serves the sample and holds a candidate built of the same, damaged by one statement."""

    def make(damage: str) -> Home:
        home = Home(tmp_path / "home")
        shutil.copytree(sample_home.root, home.root, symlinks=True)
        home.candidate.mkdir()
        shutil.copyfile(home.current / "warehouse.duckdb", home.candidate_warehouse)
        served = json.loads((home.current / "release.json").read_text())
        (home.candidate / "candidate.json").write_text(json.dumps({**served, "build_id": "2030-01-01-damaged"}))
        with duckdb.connect(str(home.candidate_warehouse)) as connection:
            connection.execute(damage)
        return home

    return make


@pytest.mark.parametrize("name", DAMAGES)
def test_a_candidate_that_fails_its_audit_is_kept_and_what_is_served_stays(
    candidate: Callable[[str], Home], name: str
) -> None:
    damage, check = DAMAGES[name]
    home = candidate(damage)
    served, exports = home.current.resolve(), exports_of(home)
    with pytest.raises(steps.AuditFailed, match="nothing was published") as failure:
        steps.audit_candidate(home)
    assert check in str(failure.value)
    kept = home.failed / "2030-01-01-damaged"
    assert str(kept) in str(failure.value) and (kept / "warehouse.duckdb").exists()
    assert check in {
        each["check"] for each in json.loads((kept / "validation" / "marts.json").read_text())["results"]
        if not each["success"]
    }  # fmt: skip
    assert (home.current.resolve(), exports_of(home)) == (served, exports)
    assert not home.candidate.exists()
    with pytest.raises(BuildError):
        steps.finish_candidate(home)


def test_a_candidate_that_was_not_finished_cannot_be_published(candidate: Callable[[str], Home]) -> None:
    """`release.json` is written last; without it a directory is no build."""
    home = candidate("select 1")
    served = home.current.resolve()
    steps.publish(home)
    assert home.current.resolve() == served, "the build of the same archive stays; the unaudited one is not swapped in"
    assert home.candidate.exists()
