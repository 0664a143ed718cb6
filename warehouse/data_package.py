"""``datapackage.json``: what the exported files are, in the words of Frictionless Data Package.

A mart is two resources: its CSV, with schema, keys and units, and beside it its Parquet.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from expectations.marts import KEYS
from ingest.catalog.source import load_sources
from ingest.core.builds import CandidateInfo

FRICTIONLESS = {
    "BIGINT": "integer", "INTEGER": "integer", "HUGEINT": "integer", "SMALLINT": "integer", "BOOLEAN": "boolean",
    "DATE": "date", "DOUBLE": "number", "TIMESTAMP": "datetime", "VARCHAR": "string",
}  # fmt: skip
FORMULA_NOTE = (
    "Texts that a spreadsheet would take for a formula (beginning with =, +, -, @, a tab or a line break) carry a leading "
    "apostrophe. Numbers are untouched; the Parquet files hold every text as it is. CSV files are UTF-8 without a byte "
    "order mark."
)
LABELLED = "crossings"
# The key of each mart that has one; the audit holds them.
KEYS_OF_FILES = {**KEYS, LABELLED: ("cell_id",)}
# Which dimension a column points at, where a mart has it.
POINTS_AT = {
    "measure_id": ("dim_measure", "measure_id"), "source_id": ("dim_source", "source_id"),
    "geography_id": ("dim_geography", "geography_id"), "ca_geography_id": ("dim_geography", "geography_id"),
    "us_geography_id": ("dim_geography", "geography_id"), "parent_id": ("dim_geography", "geography_id"),
    "policy_event_id": ("dim_policy_event", "policy_event_id"), "citizenship": ("dim_citizenship", "citizenship"),
}  # fmt: skip
# The unit of a count differs from measure to measure.
UNIT_OF_COUNTS = "as dim_measure.unit says of the row's measure"
COUNTS = frozenset({
    "value", "computed_value", "first_value", "from_value", "to_value", "absolute_change", "sum_of_months", "difference",
})  # fmt: skip
UNITS = {"lag_days": "days", "days": "days", "relative_change": "1"}


def field(table: str, name: str, kind: str, is_nullable: bool, comment: str | None) -> dict[str, Any]:
    """A column as Frictionless describes it."""
    told: dict[str, Any] = {"name": name, "type": _frictionless(kind), "description": comment or ""}
    unit = UNIT_OF_COUNTS if name in COUNTS else UNITS.get(name)
    if unit:
        told["unit"] = unit
    if not is_nullable:
        told["constraints"] = {"required": True}
    return told


def licences() -> list[dict[str, str]]:
    """The terms of all sources, each once."""
    declared = load_sources().values()
    terms = sorted({(each.licence.name, str(each.licence.url)) for each in declared})
    return [{"title": name, "path": path} for name, path in terms]


def write(
    candidate: Path, info: CandidateInfo, entries: list[dict[str, Any]], workbook: dict[str, str],
    dataset: dict[str, str] | None,
) -> None:  # fmt: skip
    """Write ``datapackage.json`` into the candidate.

    Args:
        candidate: its folder.
        info: what it is made of.
        entries: the exported marts, as ``exports.write`` returns them.
        workbook: name and hash of the workbook.
        dataset: the same of Superset's dataset.
    """
    exported = {str(entry["table"]) for entry in entries}
    package = {
        "profile": "data-package",
        "name": "roxham-sample" if info.sample else "roxham",
        "title": "Roxham monthly crossing facts" + (" (SAMPLE)" if info.sample else ""),
        "version": info.build_id,
        "description": FORMULA_NOTE,
        "licenses": licences(),
        "sources": [
            {"title": f"{each.title}. {each.licence.attribution}", "path": each.resources.page_url}
            for each in load_sources().values()
        ],
        "resources": [
            *(_table(entry, exported) for entry in entries),
            *(
                _file(entry["parquet"], entry["parquet_sha256"], "application/vnd.apache.parquet", entry["about"])
                for entry in entries
            ),
            _file(
                workbook["name"], workbook["sha256"],
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                "The figures of the headline measures for spreadsheets.",
            ),
            *([_file(dataset["name"], dataset["sha256"], "application/zip",
                     "The labelled view as a dataset for Superset to import.")] if dataset else []),
        ],
    }  # fmt: skip
    (candidate / "datapackage.json").write_text(json.dumps(package, indent=2) + "\n")


def _table(entry: dict[str, Any], exported: set[str]) -> dict[str, Any]:
    table = str(entry["table"])
    packed = {"compression": "gz"} if entry["csv"].endswith(".gz") else {}
    return {
        "profile": "tabular-data-resource",
        "name": table.replace("_", "-"),
        "path": f"exports/{entry['csv']}",
        "format": "csv",
        **packed,
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "hash": f"sha256:{entry['csv_sha256']}",
        "description": entry["about"],
        "schema": {"fields": entry["fields"], "missingValues": [""], **_keys(table, entry["fields"], exported)},
    }


def _keys(table: str, fields: list[dict[str, Any]], exported: set[str]) -> dict[str, Any]:
    names = [str(field["name"]) for field in fields]
    key = [column for column in KEYS_OF_FILES.get(table, ()) if column in names]
    keys: dict[str, Any] = {"primaryKey": key} if key else {}
    foreign = [
        # An empty name is Frictionless' own word for the table itself.
        {"fields": [name], "reference": {"resource": "" if target == table else target.replace("_", "-"),
                                         "fields": [column]}}
        for name, (target, column) in POINTS_AT.items()
        if name in names and target in exported and (target, column) != (table, name)
    ]  # fmt: skip
    return keys | ({"foreignKeys": foreign} if foreign else {})


def _file(name: str, sha256: str, mediatype: str, about: str) -> dict[str, Any]:
    stem, _, kind = name.partition(".")
    return {
        "profile": "data-resource",
        # It has no schema that a reader of tables without Parquet could check.
        "type": "file",
        "name": f"{stem.replace('_', '-')}-{kind}",
        "path": f"exports/{name}",
        "format": kind,
        "mediatype": mediatype,
        "hash": f"sha256:{sha256}",
        "description": about,
    }


def _frictionless(kind: str) -> str:
    return FRICTIONLESS.get(kind.split("(")[0], "number" if kind.startswith("DECIMAL") else "string")
