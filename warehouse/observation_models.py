"""Finds the staging models that speak the observation contract, and keeps dbt's list of them true.

dbt must know what a model refers to before it can look at its own project, so the list is a macro, written here and kept
with the project: plain ``dbt``, sqlfluff, Cosmos and MetricFlow see the same models as a build.
"""

from __future__ import annotations

import re
from pathlib import Path

from ingest.core.home import REPOSITORY

PROJECT = REPOSITORY / "dbt_project"
# What makes a staging model speak the contract: it selects by the macro that lays out its columns.
SPEAKS = re.compile(r"\{\{-?\s*observation\(")
MACRO = """\
{{# Written by `roxham new-source`, and by a build that finds it out of date; not by hand. The staging models that speak the
   observation contract: those that call `observation`. dbt must know them before it can look at its own project. #}}
{{% macro listed_observation_models() -%}}
    {{{{ return([
{models}    ]) }}}}
{{%- endmacro %}}
"""


def observation_models(project: Path = PROJECT) -> list[str]:
    """The names of the staging models that speak the observation contract, in alphabetical order."""
    staging = project / "models" / "staging"
    return sorted(path.stem for path in staging.glob("*/stg_*.sql") if SPEAKS.search(path.read_text(encoding="utf-8")))


def macro_path(project: Path = PROJECT) -> Path:
    """Where dbt finds the list."""
    return project / "macros" / "observation_models.sql"


def macro_text(project: Path = PROJECT) -> str:
    """The list as dbt reads it."""
    return MACRO.format(models="".join(f"        '{name}',\n" for name in observation_models(project)))


def refresh(project: Path = PROJECT) -> bool:
    """Write the list where it is out of date, and only there: an installed project is never written to.

    Returns:
        Whether it was out of date.
    """
    path, text = macro_path(project), macro_text(project)
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    path.write_text(text, encoding="utf-8")
    return True
