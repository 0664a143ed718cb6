"""The semantic layer answers, and no metric can be asked to add unlike measures."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ingest.core.home import REPOSITORY, Home
from warehouse.queries import ask

PROJECT = REPOSITORY / "dbt_project"
SEMANTICS = yaml.safe_load((PROJECT / "models" / "metrics" / "semantic_models.yml").read_text(encoding="utf-8"))


def test_every_metric_is_over_one_measure_of_dim_measure() -> None:
    """Rule 6: a metric's rows are those of one measure, so no grouping or filter can bring in another."""
    expressions = {
        measure["name"]: measure["expr"]
        for model in SEMANTICS["semantic_models"]
        for measure in model.get("measures", [])
    }
    for metric in SEMANTICS["metrics"]:
        expression = expressions[metric["type_params"]["measure"]]
        assert expression.count("measure_id = '") == 1, metric["name"]
        named = expression.split("measure_id = '")[1].split("'")[0]
        assert f"= '{named}'" in metric["filter"], metric["name"]


@pytest.mark.slow
@pytest.mark.xdist_group("sample")
def test_mf_query_gives_the_figures_of_the_marts(sample_home: Home, tmp_path: Path) -> None:
    warehouse, project = tmp_path / "warehouse.duckdb", tmp_path / "dbt_project"
    shutil.copyfile(sample_home.current / "warehouse.duckdb", warehouse)
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    environment = {
        **os.environ,
        "ROXHAM_CANDIDATE": str(warehouse),
        "DBT_PROFILES_DIR": str(project),
        "DO_NOT_TRACK": "1",
    }
    bin_folder = Path(sys.executable).parent
    for command in (
        [bin_folder / "dbt", "-q", "parse"],
        [
            bin_folder / "mf",
            "query",
            "--metrics",
            "interceptions,interceptions_months",
            "--group-by",
            "metric_time__year",
            "--csv",
            "out.csv",
        ],
    ):
        done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    answers = [line.split(",") for line in (project / "out.csv").read_text().splitlines()[1:]]
    expected = ask(
        sample_home,
        "select strftime(date_trunc('year', month), '%Y') as y, sum(value) as n, count(value) as months "
        "from marts.fct_crossings_monthly "
        "where measure_id = 'ca_rcmp_interceptions' and geography_id = 'CA' group by 1 having sum(value) is not null",
    )
    given = {year[:4]: (int(float(value)), int(months)) for year, value, months in answers if value.strip()}
    assert given == {row["y"]: (row["n"], row["months"]) for row in expected}
