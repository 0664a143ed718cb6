"""The labelled view as a dataset that Superset imports: its columns with their meanings, and a sum that refuses to be wrong.

A zip as Superset itself exports it (metadata, database, dataset); the address of the warehouse is for the reader to fill in.
"""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path
from typing import Any

import yaml
from roxham_web.exported_files import SUPERSET

from ingest.core.builds import CandidateInfo
from warehouse.stable_zip import zipped

# Superset knows things by their uuid: importing a later build's file renews what an earlier one's made.
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://roxham/superset")
DATABASE, DATASET = (str(uuid.uuid5(NAMESPACE, name)) for name in ("database", "crossings"))
ADDRESS = "duckdb:////path/to/current/warehouse.duckdb?access_mode=read_only"
# One measure at one level, no running total; anything else has no sum, and shows none.
SAFE_SUM = (
    "case when count(distinct measure_id || ' ' || place_level) = 1 and bool_and(is_additive) then sum(value) end"
)


def write(folder: Path, info: CandidateInfo, labelled: dict[str, Any] | None) -> dict[str, str] | None:
    """Write the zip into the exports.

    Args:
        folder: the exports.
        info: what they are made of.
        labelled: the entry of the labelled view; None where there is none.

    Returns:
        Name and sha256 of the file; None where there is no view.
    """
    if labelled is None:
        return None
    content = {
        "metadata.yaml": {
            "version": "1.0.0",
            "type": "SqlaTable",
            "timestamp": f"{info.as_of.isoformat()}T00:00:00+00:00",
        },
        "databases/Roxham.yaml": _database(),
        "datasets/Roxham/crossings.yaml": _dataset(labelled),
    }
    packed = zipped(
        (f"roxham/{name}", yaml.safe_dump(told, sort_keys=False, allow_unicode=True).encode())
        for name, told in content.items()
    )
    (folder / SUPERSET).write_bytes(packed)
    return {"name": SUPERSET, "sha256": hashlib.sha256(packed).hexdigest()}


def _database() -> dict[str, Any]:
    return {
        "database_name": "Roxham", "sqlalchemy_uri": ADDRESS, "cache_timeout": None, "expose_in_sqllab": True,
        "allow_run_async": False, "allow_ctas": False, "allow_cvas": False, "allow_dml": False,
        "allow_file_upload": False, "extra": {}, "uuid": DATABASE, "version": "1.0.0",
    }  # fmt: skip


def _dataset(labelled: dict[str, Any]) -> dict[str, Any]:
    return {
        "table_name": labelled["table"], "main_dttm_col": "month", "description": labelled["about"], "schema": "marts",
        "sql": None, "params": None, "template_params": None, "filter_select_enabled": True, "extra": None,
        "uuid": DATASET,
        "metrics": [{
            "metric_name": "sum_of_figures", "verbose_name": "Sum of figures", "metric_type": None,
            "expression": SAFE_SUM, "d3format": ",d", "extra": {}, "warning_text": None,
            "description": "Of one measure at one place_level, where is_additive; empty for anything else.",
        }],
        "columns": [_column(field) for field in labelled["fields"]],
        "version": "1.0.0", "database_uuid": DATABASE,
    }  # fmt: skip


def _column(field: dict[str, Any]) -> dict[str, Any]:
    is_day = field["type"] == "date"
    return {
        "column_name": field["name"], "verbose_name": None, "is_dttm": is_day, "is_active": True,
        "type": "DATE" if is_day else {"integer": "BIGINT", "boolean": "BOOLEAN"}.get(field["type"], "VARCHAR"),
        "groupby": True, "filterable": True, "expression": None, "description": field["description"],
        "python_date_format": None, "extra": {},
    }  # fmt: skip
