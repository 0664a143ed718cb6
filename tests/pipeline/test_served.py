"""What is served from the bundled sample: the questions of the command line, traced to the printed cell."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from ingest.archive.manifest import Manifest
from ingest.core.home import Home
from pipeline import steps
from pipeline.cli import main
from tests.support.builds import copied, exports_of
from tests.support.pages import csv_file, state_line

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("sample")]


def roxham(home: Home, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--home", str(home.root), *arguments])


def test_the_build_is_stamped_sample_wherever_a_person_looks(sample_home: Home) -> None:
    release = json.loads((sample_home.current / "release.json").read_text())
    package = json.loads((sample_home.current / "datapackage.json").read_text())
    assert (release["sample"], release["stamp"]) == (True, "SAMPLE")
    assert "SAMPLE" in package["title"]
    assert "[SAMPLE]" in roxham(sample_home, "status").output
    assert roxham(sample_home, "trace", "ca_rcmp_interceptions", "2022-12", "CA").output.startswith("SAMPLE")


def test_a_trace_reads_the_printed_cell_again_from_the_archived_bytes(sample_home: Home) -> None:
    result = roxham(sample_home, "trace", "ca_rcmp_interceptions/2023-01/CA", "--json")
    assert result.exit_code == 0
    traced = json.loads(result.output)
    newest = traced["releases"][-1]
    [figure] = [cell for cell in newest["cells"] if cell["role"] == "printed figure"]
    assert (figure["printed"], figure["row_head"], figure["column_head"]) == ("4,994", "Total - RCMP", "Jan")
    parts = [int(cell["printed"].replace(",", "")) for cell in newest["cells"] if cell["role"] == "part of the sum"]
    assert sum(parts) == traced["fact"]["computed_value"] == 4998


def test_every_cell_of_a_sum_is_traced_in_every_release_that_changed_it(sample_home: Home) -> None:
    traced = json.loads(
        roxham(sample_home, "trace", "us_cbp_encounters", "2023-10", "us-land-border-northern", "--json").output
    )
    assert [release["value"] for release in traced["releases"]] == [15399, 15396]
    for release in traced["releases"]:
        assert sum(int(cell["printed"]) for cell in release["cells"]) == release["value"]


def test_a_broken_down_cell_is_traced_by_its_id_in_every_release_that_changed_it(sample_home: Home) -> None:
    with duckdb.connect(str(sample_home.current / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            """select cell_id, value, locator, (select count(*) from marts.fct_crossings_monthly_detail_vintages as log
                   where log.cell_id = facts.cell_id) as states
               from marts.fct_crossings_monthly_detail as facts
               where locator is not null and value_basis = 'published'
               qualify row_number() over (partition by measure_id, cut order by states desc, cell_id) = 1
               order by cell_id"""
        ).fetchall()
    assert len(rows) > 3
    for cell_id, value, locator, states in rows:
        traced = json.loads(roxham(sample_home, "trace", cell_id, "--json").output)
        newest = traced["releases"][-1]
        assert (traced["fact"]["value"], newest["value"]) == (value, value)
        assert len(traced["releases"]) == states
        assert [cell["role"] for cell in newest["cells"]] == ["printed figure"]
        if len(traced["releases"]) == 1:
            assert newest["cells"][0]["printed"]
        assert locator
    assert roxham(sample_home, "trace", rows[0][0]).output.count("prints") == rows[0][3]
    assert roxham(sample_home, "trace", "us_cbp_encounters/state/detail/1999-01-01/US").exit_code == 1


def test_a_printed_total_of_a_year_is_traced_to_its_cell(sample_home: Home) -> None:
    traced = json.loads(roxham(sample_home, "trace", "ca_rcmp_interceptions", "2023", "CA", "--json").output)
    assert (traced["fact"]["value"], traced["fact"]["period_kind"]) == (14663, "year")
    (cell,) = traced["releases"][-1]["cells"]
    assert cell["locator"].endswith('column "Total"')
    assert cell["printed"].replace(",", "") == "14663"
    said = roxham(sample_home, "trace", "ca_rcmp_interceptions/2023/CA").output
    assert "ca_rcmp_interceptions · 2023 · CA: 14,663 (published; its 12 months sum to 14,655)" in said
    assert roxham(sample_home, "trace", "ca_rcmp_interceptions", "FY2023", "CA").exit_code == 1
    assert roxham(sample_home, "trace", "ca_rcmp_interceptions", "2023-Q1", "CA").exit_code == 1


def test_a_trace_refuses_bytes_that_are_not_what_their_hash_says(sample_home: Home, home: Home) -> None:
    copied(sample_home, home.root)
    traced = json.loads(roxham(home, "trace", "ca_rcmp_interceptions", "2023-01", "CA", "--json").output)
    damaged = (
        home.objects / traced["releases"][-1]["files"][0]["sha256"][:2] / traced["releases"][-1]["files"][0]["sha256"]
    )
    damaged.chmod(0o644)
    damaged.write_bytes(damaged.read_bytes().replace(b"4,994", b"5,994"))
    result = roxham(home, "trace", "ca_rcmp_interceptions", "2023-01", "CA")
    assert result.exit_code == 1


def test_what_was_known_on_a_day_is_not_what_is_known_now(sample_home: Home) -> None:
    question = ["--measure", "ca_rcmp_interceptions", "--place", "CA", "--month", "2017-01", "--json"]
    then = json.loads(roxham(sample_home, "as-of", "2017-04-01", *question).output)
    now = json.loads(roxham(sample_home, "as-of", "2026-01-01", *question).output)
    assert (then[0]["value"], now[0]["value"]) == (476, 315)
    assert roxham(sample_home, "as-of", "2017-01-01", *question).output.strip() == "[]"


def test_a_question_that_cannot_be_answered_ends_with_a_sentence_and_exit_code_1(sample_home: Home, home: Home) -> None:
    assert roxham(sample_home, "trace", "ca_rcmp_interceptions", "1999-01", "CA").exit_code == 1
    assert roxham(sample_home, "trace", "ca_rcmp_interceptions", "CA").exit_code == 1
    assert roxham(home, "as-of", "2024-01-01").exit_code == 1
    assert roxham(home, "revisions", "atlantis").exit_code == 2


def test_the_same_archive_and_code_give_the_same_exports_byte_for_byte(sample_home: Home, home: Home) -> None:
    shutil.copytree(sample_home.objects.parent, home.objects.parent)
    steps.build_and_publish(home)
    assert exports_of(home) == exports_of(sample_home)
    assert home.current.resolve().name == sample_home.current.resolve().name


def test_a_second_build_of_the_same_archive_does_nothing(sample_home: Home) -> None:
    """Quiet nights are cheap."""
    assert steps.prepare_candidate(sample_home) is None
    assert steps.build_and_publish(sample_home) is None


def test_check_says_what_is_wrong_with_a_file_and_records_nothing(sample_home: Home, tmp_path: Path) -> None:
    path = tmp_path / "nationwide-encounters-fy21-fy24-nov-state.csv"
    path.write_text(csv_file(state_line(state="ZZ"), state_line('"1,5"', month="NOV"), state_line(-3, month="DEC")))
    with Manifest(sample_home.manifest) as manifest:
        before = len(manifest.attempts())
    result = roxham(sample_home, "check", str(path), "--source", "cbp_nationwide_encounters")
    assert result.exit_code == 3
    assert "ZZ" in result.output
    assert "would be quarantined" in result.output
    with Manifest(sample_home.manifest) as manifest:
        assert len(manifest.attempts()) == before


def test_every_mart_is_exported_with_a_description_of_every_column(sample_home: Home) -> None:
    package = json.loads((sample_home.current / "datapackage.json").read_text())
    with duckdb.connect(str(sample_home.current / "warehouse.duckdb"), read_only=True) as connection:
        tables = {
            name
            for (name,) in connection.execute(
                "select table_name from duckdb_tables() where schema_name = 'marts'"
            ).fetchall()
        }
    assert {Path(resource["path"]).stem for resource in package["resources"]} == tables
    undescribed = [
        f"{resource['name']}.{field['name']}"
        for resource in package["resources"]
        for field in resource["schema"]["fields"]
        if not field["description"]
    ]
    assert undescribed == []
