"""Exports: safe to open in a spreadsheet, valid as a Frictionless data package."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import json
import re
import zipfile
from functools import cache
from pathlib import Path

import duckdb
import frictionless
import openpyxl
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ingest.core.builds import CandidateInfo
from ingest.core.home import REPOSITORY, Home
from ingest.core.outgoing_text import FORMULA_STARTS, without_formula
from warehouse import exports

NASTY = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", '=HYPERLINK("http://x")']
PLAIN = ["Quebec", "a=b", " =1", "'quoted", "3-4", ""]
INFO = CandidateInfo("2024-01-01-aaaa", "a", dt.date(2024, 1, 1), False, ())


@pytest.fixture
def written(home: Home) -> Home:
    """Exports of a mart that somebody means ill with."""
    home.candidate.mkdir(parents=True)
    with duckdb.connect(str(home.candidate_warehouse)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            'create table marts.m (n integer, x double, day date, seen timestamp, yes boolean, "check" text)'
        )
        for number, text in enumerate([*NASTY, *PLAIN]):
            connection.execute("insert into marts.m values (?, ?, '2024-01-01', '2024-01-01 12:00:00', true, ?)",
                               [-number, -number / 2, text])  # fmt: skip
        connection.execute("create table marts.only_numbers (n integer)")
        connection.execute("comment on table marts.m is 'Nasty rows.'")
    exports.write(home, INFO)
    return home


def test_no_text_in_a_csv_can_become_a_formula(written):
    with (written.candidate / "exports" / "m.csv").open(encoding="utf-8", newline="") as stream:
        said = {-int(row["n"]): row["check"] for row in csv.DictReader(stream)}
    assert [said[number] for number in range(len(NASTY))] == [f"'{text}" for text in NASTY]
    assert [said[len(NASTY) + number] for number in range(len(PLAIN))] == PLAIN


def test_numbers_keep_their_sign_and_parquet_keeps_every_text(written):
    folder = written.candidate / "exports"
    with (folder / "m.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert min(float(row["x"]) for row in rows) == -(len(NASTY) + len(PLAIN) - 1) / 2
    assert {row["seen"] for row in rows} == {"2024-01-01T12:00:00Z"}
    found = duckdb.sql(f"select \"check\" from '{folder / 'm.parquet'}' order by n desc").fetchall()
    assert [text for (text,) in found] == [*NASTY, *PLAIN]


def test_the_data_package_says_so_and_is_valid(written):
    package = json.loads((written.candidate / "datapackage.json").read_text())
    assert "apostrophe" in package["description"]
    assert package["resources"][0]["description"] == "Nasty rows."
    report = frictionless.validate(str(written.candidate / "datapackage.json"))
    assert report.valid, report.flatten(["name", "fieldName", "message"])


@cache
def empty_database() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@given(st.text())
def test_python_and_sql_escape_alike(text):
    """It once looked at Python's escape only."""
    safe = without_formula(text)
    assert safe == text or (safe == f"'{text}" and text[0] in FORMULA_STARTS)
    assert not safe.startswith(tuple(FORMULA_STARTS))
    connection = empty_database()
    connection.execute("create or replace table export as select ?::varchar as said", [text])
    columns = exports._safe_columns(connection)
    assert connection.execute(f"select {columns} from export").fetchall() == [(safe,)]


@pytest.mark.slow
@pytest.mark.xdist_group("site")
def test_the_data_package_of_a_whole_build_is_valid_and_its_dictionary_complete(sample_home):
    path = sample_home.current / "datapackage.json"
    package = json.loads(path.read_text())
    assert {each["path"].removeprefix("exports/") for each in package["resources"]} == {
        each.name for each in (sample_home.current / "exports").iterdir()
    }
    for resource in package["resources"]:
        assert resource["description"], resource["name"]
        assert all(field["description"] for field in resource.get("schema", {}).get("fields", ())), resource["name"]
    described = {each["name"]: each for each in package["resources"]}
    facts = described["fct-crossings-monthly"]["schema"]
    assert facts["primaryKey"] == ["measure_id", "month", "geography_id"]
    assert {each["reference"]["resource"] for each in facts["foreignKeys"]} == {
        "dim-measure",
        "dim-geography",
        "dim-source",
    }
    assert {field["name"] for field in facts["fields"] if "unit" in field} == {"value", "computed_value", "first_value"}
    report = frictionless.validate(str(path.resolve()))
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "message"])[:20]


def test_every_word_that_says_why_a_figure_is_missing_is_in_the_dictionary():
    said = (REPOSITORY / "dbt_project" / "models" / "docs.md").read_text(encoding="utf-8")
    dictionary = said.split("{% docs missing_reason %}")[1].split("{% enddocs %}")[0]
    words = (REPOSITORY / "dbt_project" / "tests" / "generic" / "in_vocabulary.sql").read_text(encoding="utf-8")
    vocabulary = re.findall(r"'(\w+)'", words.split("'missing_reason': [")[1].split("]")[0])
    assert len(vocabulary) > 4
    assert [word for word in vocabulary if f"{word}:" not in dictionary] == []


def test_parquet_says_what_it_is_and_that_integers_are_integers(written):
    """pandas made 39171.0 of 39171 in every column with a gap."""
    path = written.candidate / "exports" / "m.parquet"
    told = dict(duckdb.sql(f"select decode(key), decode(value) from parquet_kv_metadata('{path}')").fetchall())
    roxham, pandas = json.loads(told["roxham"]), json.loads(told["pandas"])
    assert (roxham["build"], roxham["description"]) == (INFO.build_id, "Nasty rows.")
    assert roxham["licenses"] and roxham["fields"][0]["name"] == "n"
    assert {each["name"]: each["numpy_type"] for each in pandas["columns"]} == {"n": "Int64", "yes": "boolean"}


def test_exports_are_the_same_bytes_whenever_they_are_written(home, monkeypatch):
    """A workbook and a packed file carry the hour of their writing unless they are kept from it."""
    home.candidate.mkdir(parents=True)
    with duckdb.connect(str(home.candidate_warehouse)) as connection:
        connection.execute("create schema marts; create table marts.fct_crossings_monthly_detail as select 1 as n")
    once = {path.name: path.read_bytes() for path in _written(home)}
    monkeypatch.setattr("time.time", lambda: 1_900_000_000.0)
    monkeypatch.setattr("time.localtime", lambda *_: (2031, 1, 2, 3, 4, 5, 0, 2, 0))
    assert {path.name: path.read_bytes() for path in _written(home)} == once
    assert once["fct_crossings_monthly_detail.csv.gz"][:8] == b"\x1f\x8b\x08" + bytes(5)
    assert gzip.decompress(once["fct_crossings_monthly_detail.csv.gz"]) == b"n\n1\n"


def _written(home: Home) -> list[Path]:
    exports.write(home, INFO)
    return sorted((home.candidate / "exports").iterdir())


@pytest.mark.slow
@pytest.mark.xdist_group("site")
def test_the_workbook_holds_the_headline_figures_and_says_how_to_add_them_up(sample_home):
    book = openpyxl.load_workbook(sample_home.current / "exports" / "headline_facts.xlsx", read_only=True)
    head, *rows = book["Figures"].iter_rows(values_only=True)
    figures = [dict(zip(head, row, strict=True)) for row in rows]
    interceptions = [each["value"] for each in figures if each["measure_id"] == "ca_rcmp_interceptions"
                     and each["place_level"] == "country" and each["month"].year == 2022]  # fmt: skip
    assert sum(interceptions) == 39540 and all(type(value) is int for value in interceptions)
    assert not [row for row in rows for cell in row if cell is not None and str(cell).startswith("=")]
    said = " ".join(str(line) for (line, *_) in book["About"].iter_rows(values_only=True))
    assert "SAMPLE" in said and "one place_level" in said


@pytest.mark.slow
@pytest.mark.xdist_group("site")
def test_superset_is_handed_the_view_with_a_sum_that_refuses_to_be_wrong(sample_home):
    """Not imported into a Superset here: held is that its columns are the view's and that its sum is right or none."""
    with zipfile.ZipFile(sample_home.current / "exports" / "superset_crossings.zip") as container:
        dataset = yaml.safe_load(container.read("roxham/datasets/Roxham/crossings.yaml"))
    [metric] = dataset["metrics"]
    with duckdb.connect(str(sample_home.current / "warehouse.duckdb"), read_only=True) as connection:
        columns = [name for name, *_ in connection.execute("describe marts.crossings").fetchall()]
        ask = f"select {metric['expression']} from marts.crossings where calendar_year = 2022 and "
        asked = {
            "measure_id = 'ca_rcmp_interceptions'": None,
            "measure_id = 'ca_rcmp_interceptions' and place_level = 'province'": 39540,
            "place_level = 'country'": None,
            "measure_id = 'ca_irb_irregular_intake'": None,
        }
        given = {where: connection.execute(ask + where).fetchall()[0][0] for where in asked}
    assert [column["column_name"] for column in dataset["columns"]] == columns
    assert given == asked
