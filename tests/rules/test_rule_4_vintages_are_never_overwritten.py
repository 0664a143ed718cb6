"""Rule 4: vintages are never overwritten, and a late release takes the place that its date gives it.

Guards against "newest overwrites older" and against fiscal 2023 = 6,123,971 instead of 3,201,144, which is what stacking
vintages without a vintage key gives (seen in public).
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from ingest.catalog.source import Source
from ingest.core.home import Home
from ingest.core.records import CheckResult
from pipeline import steps
from pipeline.replay import replay
from tests.support.folders import CBP, IRCC, ReleasesFolder
from tests.support.nights import PAGE, cuts, rcmp_page

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("rules")]
VINTAGES = {
    "2023-11-20": ("oct", {"OCT": 5}, "10"),
    "2023-12-20": ("nov", {"OCT": 6, "NOV": 7}, "12"),
    "2024-01-20": ("dec", {"OCT": 6, "NOV": 9, "DEC": 8}, "11"),
}
MARTS = ("fct_crossings_monthly", "fct_crossings_monthly_vintages", "fct_crossings_monthly_detail",
         "fct_crossings_monthly_detail_vintages", "fct_published_totals", "fct_revisions", "rpt_release_summary",
         "dim_release")  # fmt: skip


def accept_all(warehouse: Path, source: Source, release_id: str) -> list[CheckResult]:
    return []


def folder_of(root: Path, *published: str) -> Path:
    folder = ReleasesFolder(root)
    for day in published:
        month, counts, december = VINTAGES[day]
        for name, text in cuts(month, **counts).items():
            folder.add(CBP, day, name, text)
        folder.add(IRCC, day, PAGE, rcmp_page(day, december))
    return root


def marts_after(root: Path, *nights: tuple[str, ...]) -> dict[str, list[tuple[object, ...]]]:
    """Every mart of a home that was given these vintages, a folder a night; only the last night builds."""
    home = Home(root / "home")
    for number, published in enumerate(nights):
        replay(home, folder_of(root / f"night-{number}", *published), accept_all)
    steps.prepare_candidate(home)
    steps.run_dbt(home)
    with duckdb.connect(str(home.candidate_warehouse), read_only=True) as connection:
        marts = {mart: connection.execute(f"select * from marts.{mart} order by all").fetchall() for mart in MARTS}
        said = (
            "select value from marts.fct_crossings_monthly_vintages where geography_id = 'US' "
            "and month = date '2023-11-01' order by valid_from"
        )
        return marts | {"what was said of November": connection.execute(said).fetchall()}


def test_late_and_out_of_order_releases_give_the_same_vintages_as_in_order(tmp_path: Path) -> None:
    first, second, third = VINTAGES
    in_order = marts_after(tmp_path / "in-order", (first, second, third))
    out_of_order = marts_after(tmp_path / "out-of-order", (third,), (first,), (second,))
    for mart in MARTS:
        assert in_order[mart] == out_of_order[mart], mart
    assert len(in_order["rpt_release_summary"]) == 2 * len(VINTAGES)
    assert in_order["what was said of November"] == [(7,), (9,)], "each vintage is kept, and only what changed"
