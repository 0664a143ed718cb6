"""What is served from the bundled sample: the questions of the command line, traced to the printed cell."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from ingest.archive.manifest import Manifest
from ingest.core.home import REPOSITORY, Home
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


def test_a_total_that_nobody_prints_is_traced_to_the_months_that_it_is_the_sum_of(sample_home: Home) -> None:
    """`trace us_cbp_encounters FY2024 US` once found nothing, though the site shows the sum."""
    traced = json.loads(roxham(sample_home, "trace", "us_cbp_encounters", "FY2024", "US", "--json").output)
    months = traced["months"]
    assert [months[0]["month"], months[-1]["month"], len(months)] == ["2023-10-01", "2024-09-01", 12]
    assert traced["fact"]["value"] == sum(month["value"] for month in months)
    assert traced["fact"]["value_basis"] == "computed" and traced["releases"] == []
    said = roxham(sample_home, "trace", "ca_rcmp_interceptions", "2023-Q1", "CA").output
    assert "2023-Q1 · CA: 13,748 (computed)" in said and "2023-01" in said
    partial = json.loads(roxham(sample_home, "trace", "us_cbp_encounters", "2025", "US", "--json").output)["fact"]
    assert (partial["value"], partial["missing_reason"]) == (None, "9 of 12 months")
    running = roxham(sample_home, "trace", "ca_irb_irregular_intake", "2022", "CA")
    assert running.exit_code == 1 and "running totals" in running.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("as-of", "2023-12-01", "--measure", "ca_rcmp_interception"), "did you mean ca_rcmp_interceptions?"),
        (("as-of", "2023-12-01", "--place", "Québec"), "did you mean CA-QC?"),
        (("as-of", "2023-12-01", "--month", "2023-13"), "is no month"),
        (("as-of", "2023-12-01", "--month", "1989-01"), "reaches from"),
        (("as-of", "2023-12-01", "--csv", "--json"), "give one"),
        (("trace", "ca_rcmp_interception", "2023", "CA"), "did you mean ca_rcmp_interceptions?"),
        (("trace", "us_cbp_encounters", "2023-10", "Swanton Sector (Border Patrol)"), "did you mean usbp-sector-swanton?"),
    ],
)  # fmt: skip
def test_an_unknown_name_is_an_error_that_suggests_the_right_one(
    sample_home: Home, arguments: tuple[str, ...], said: str
) -> None:
    """A mistyped measure was once answered with "no rows" and exit code 0."""
    result = roxham(sample_home, *arguments)
    assert result.exit_code == 2, "a name that is not there is wrong usage, whatever the verb"
    assert said in " ".join(result.output.replace("│", " ").split())


def test_what_was_known_on_a_day_is_told_as_text_csv_and_json(sample_home: Home) -> None:
    """README's example; on real data its older one answered nothing, because no release is held of so early."""
    example = ("as-of", "2023-12-01", "--measure", "us_cbp_encounters", "--place", "us-land-border-northern", "--month",
               "2023-10")  # fmt: skip
    assert "roxham " + " ".join(example) in (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert " 15399 " in roxham(sample_home, *example).output
    [row] = csv.DictReader(roxham(sample_home, *example, "--csv").output.splitlines())
    [told] = json.loads(roxham(sample_home, *example, "--json").output)
    assert (row["value"], row["is_final"]) == ("15399", "false") and told["value"] == 15399
    assert list(row) == list(told)
    early = roxham(sample_home, "as-of", "2001-01-01", "--measure", "ca_rcmp_interceptions")
    assert early.exit_code == 0 and "the first release held of ircc_rcmp_interceptions" in early.output


def test_a_published_warehouse_works_under_any_name_and_holds_marts_and_raw_alone(sample_home: Home) -> None:
    """`attach … as rox` once broke all 19 views and three macros: they carried the catalog's name."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{sample_home.current.resolve() / 'warehouse.duckdb'}' as rox (read_only)")
        schemas = connection.execute(
            "select distinct schema_name from duckdb_tables() where database_name = 'rox'"
            " union select distinct schema_name from duckdb_views() where database_name = 'rox' and not internal order by 1"
        ).fetchall()
        assert schemas == [("marts",), ("raw",)]
        views = connection.execute(
            "select view_name from duckdb_views() where database_name = 'rox' and not internal order by 1"
        ).fetchall()
        assert views == [("crossings",), ("time_spine_daily",)]
        for (view,) in views:
            assert connection.execute(f"select count(*) > 0 from rox.marts.{view}").fetchone() == (True,)
        connection.execute("use rox")
        for call in (
            "crossings_as_of(date '2024-06-01')", "press_as_of(date '2024-06-01')",
            "sum_of(['ca_rcmp_interceptions'], 'CA', date '2022-01-01', date '2022-12-01')",
        ):  # fmt: skip
            assert connection.execute(f"select count(*) > 0 from marts.{call}").fetchone() == (True,), call


def test_the_labelled_view_is_summed_right_at_any_one_level(sample_home: Home) -> None:
    """Country and provinces together gave 79,080 for 2022, where 39,540 is right."""
    with duckdb.connect(str(sample_home.current / "warehouse.duckdb"), read_only=True) as connection:
        sums = connection.execute(
            "select place_level, sum(value) from marts.crossings where measure_id = 'ca_rcmp_interceptions'"
            " and calendar_year = 2022 and is_additive group by 1 order by 1"
        ).fetchall()
        running = connection.execute(
            "select bool_or(is_additive) from marts.crossings where measure_id like 'ca_irb_irregular_%'"
        ).fetchone()
    assert sums == [("country", 39540), ("province", 39540)]
    assert running == (False,)
    assert "at one `place_level`" in " ".join((REPOSITORY / "README.md").read_text(encoding="utf-8").split())


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
    for kind in ("csv", "parquet"):
        exported = {
            Path(each["path"]).name.partition(".")[0] for each in package["resources"] if each["format"] == kind
        }
        assert exported == {*tables, "crossings"}
    undescribed = [
        f"{resource['name']}.{field['name']}"
        for resource in package["resources"]
        for field in resource.get("schema", {}).get("fields", ())
        if not field["description"]
    ]
    assert undescribed == []
